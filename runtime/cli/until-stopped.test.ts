import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { EXIT } from "./exit-code.ts";
import { tagwire } from "./main.ts";
import { withFolder } from "./testing/run-tagwire.ts";

const COMMANDS: readonly (readonly string[])[] = [
  ["hub", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
  ["router", "--hub", "127.0.0.1:9", "--mac", "02:00:5e:10:00:03"],
  ["tunnel", "main", "--listen", "127.0.0.1:0"],
  ["peer", "server", "--listen", "127.0.0.1:0"],
];

for (const command of COMMANDS) {
  test(`a signal that comes as soon as ${command[0] ?? ""} says that it is ready closes it`, async () => {
    await withFolder(async (folder) => {
      const before = process.listenerCount("SIGTERM");
      let heardBy = 0;
      const out = new Writable({
        write: (_chunk, _encoding, done) => {
          heardBy = process.listenerCount("SIGTERM") - before;
          process.emit("SIGTERM", "SIGTERM");
          done();
        },
      });
      const err = new Writable({
        write: (_chunk, _encoding, done) => {
          done();
        },
      });
      const data = command[0] === "peer" ? [] : ["--data", folder];
      const code = tagwire([...command, "--json", ...data], { env: {}, out, err });
      // Who hears nothing would run for ever.
      const late = setInterval(() => {
        if (heardBy === 0) process.emit("SIGTERM", "SIGTERM");
      }, 1000);
      assert.equal(await code, EXIT.ok);
      clearInterval(late);
      assert.equal(heardBy, 1);
    });
  });
}
