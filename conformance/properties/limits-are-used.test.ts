import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import { SYSTEM_LIMITS } from "../../generated/system/limits.ts";
import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";

const ROOT = new URL("../../", import.meta.url);

/** What may read a limit: the runtime, and the machines that are generated from the spec. */
const FOLDERS = [
  "runtime",
  "generated/system/machines",
  "generated/control/machines",
  "generated/peer/machines",
  "generated/tunnel/machines",
];

/** The code of every source file, without tests and comments, which read nothing. */
const CODE = FOLDERS.flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .map((path) => readFileSync(new URL(`${folder}/${path}`, ROOT), "utf8")),
)
  .join("\n")
  .replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");

/** A limit is read as a member, or taken out of an object by its name; a declaration is no reading. */
function hasReader(limit: string): boolean {
  return new RegExp(`\\.${limit}\\b|[{,]\\s*${limit}\\s*[,}:]`).test(CODE);
}

for (const [protocol, limits] of Object.entries({
  system: SYSTEM_LIMITS,
  control: CONTROL_LIMITS,
  peer: PEER_LIMITS,
  tunnel: TUNNEL_LIMITS,
})) {
  test(`every limit of the protocol ${protocol} is used`, () => {
    assert.deepEqual(
      Object.keys(limits).filter((limit) => !hasReader(limit)),
      [],
    );
  });
}

test("a limit that nothing reads is noticed", () => {
  assert.equal(hasReader("neverHeardOfMs"), false);
});
