import { StateFile } from "../state-file.ts";

/* A process to be killed (crash.test.ts). It replaces one state file for ever and says which one is safe. */
const [path = ""] = process.argv.slice(2);
const file = new StateFile(path);
for (let value = 1; ; value++) {
  file.save({ value, filling: "x".repeat(value % 20_000), end: value });
  process.stdout.write(`saved ${String(value)}\n`);
}
