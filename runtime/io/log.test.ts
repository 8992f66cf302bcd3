import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LogRing } from "./log-ring.ts";
import { createLog } from "./log.ts";
import type { Log, LogOptions } from "./log.ts";

function logInto(options: Partial<LogOptions> = {}): {
  readonly log: Log;
  readonly text: () => string;
} {
  const written: string[] = [];
  const output = {
    isTTY: false,
    write: (line: string) => {
      written.push(line);
    },
  };
  const log = createLog({ part: "hub", output, ...options });
  return { log, text: () => written.join("") };
}

const SECRET = "wq7-hunter2-zz";
const SECRET_NAMES = [
  "password",
  "newPassword",
  "key",
  "mac_key",
  "privateKey",
  "ticket",
  "routerTicket",
  "cookie",
  "set-cookie",
  "Authorization",
  "sessionToken",
  "claimCode",
  "code",
  "joinSecret",
  "grant",
];

test("A secret is written nowhere, however deep it lies and in whatever format.", () => {
  const path = fc.array(fc.constantFrom("request", "headers", "0", "body"), { maxLength: 4 });
  fc.assert(
    fc.property(
      path,
      fc.constantFrom(...SECRET_NAMES),
      fc.constantFrom("text" as const, "json" as const),
      (names, secretName, format) => {
        const ring = new LogRing();
        const { log, text } = logInto({ format, ring });
        const entry = [...names]
          .reverse()
          .reduce<object>(
            (inner, name) => (name === "0" ? [inner] : { [name]: inner, other: "kept" }),
            { [secretName]: SECRET, login: "ann" },
          );
        log.info({ entry }, "said");
        log.info({ [secretName]: SECRET }, "said");
        assert.ok(!text().includes(SECRET), text());
        assert.ok(!ring.tail(9).join("").includes(SECRET));
        assert.match(text(), /ann/);
      },
    ),
  );
});

test("Bytes are counted, not shown, and what is deep or long is cut.", () => {
  const { log, text } = logInto({ format: "json" });
  let deep: object = { bottom: "never shown" };
  for (let depth = 0; depth < 12; depth++) deep = { deep };
  log.info(
    { frame: new Uint8Array([222, 173, 190, 239]), deep, list: new Array(500).fill(1) },
    "x",
  );
  const entry = JSON.parse(text()) as { frame: string; list: unknown[] };
  assert.equal(entry.frame, "[4 bytes]");
  assert.equal(entry.list.at(-1), "[500 items]");
  assert.ok(!text().includes("never shown"));
});

test("Passwords in queries and addresses are cut from URLs, and only they.", () => {
  const { log, text } = logInto({ format: "json" });
  log.info({ url: "/auth?login=ann&password=pw1&p%61ssword=pw2&x" }, "request");
  log.info({ redisUrl: "redis://user:pw3@192.0.2.1/0" }, "request");
  assert.doesNotMatch(text(), /pw\d/);
  assert.match(text(), /\/auth\?login=ann&password=\[redacted\]/);
  assert.match(text(), /@192\.0\.2\.1\/0/);
});

test("An error keeps its message and stack.", () => {
  const { log, text } = logInto({ format: "json" });
  log.error({ err: new TypeError("broken") }, "failed");
  const { err } = JSON.parse(text()) as { err: { type: string; message: string; stack: string } };
  assert.equal(err.message, "broken");
  assert.match(err.stack, /log\.test/);
});

test("A person reads one line an entry.", () => {
  const { log, text } = logInto({ format: "text" });
  log.warn({ port: 4100, name: "with space" }, "listening");
  assert.match(
    text(),
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}hub: listening port=4100 name="with space"\n$/,
  );
});

test("Text from outside cannot forge a line or move the cursor.", () => {
  const ring = new LogRing();
  const { log, text } = logInto({ format: "text", ring });
  log.info({ hostname: "a\nFATAL b\u001b[2J\u202e\u0007" }, "router\r\nnamed");
  assert.equal(text().split("\n").length, 2);
  assert.doesNotMatch(text(), /[\u001b\u202e\u0007\r]/);
  assert.equal(ring.tail(5).length, 1);
});

test("Only what reaches the level is written, and JSON is the default away from a terminal.", () => {
  const { log, text } = logInto({ level: "warn" });
  log.info("quiet");
  log.error("loud");
  assert.deepEqual(
    text()
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { msg: string }).msg),
    ["loud"],
  );
});

test("The ring holds the last lines, oldest first.", () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(20), (count, asked) => {
      const ring = new LogRing({ linesMax: 10, lineCharsMax: 3 });
      for (let line = 0; line < count; line++) ring.push(String(line));
      const all = Array.from({ length: count }, (_, line) => String(line));
      assert.deepEqual(ring.tail(asked), asked === 0 ? [] : all.slice(-Math.min(asked, 10)));
    }),
  );
  const ring = new LogRing({ lineCharsMax: 4 });
  ring.push("too long");
  assert.deepEqual(ring.tail(1), ["too…"]);
});
