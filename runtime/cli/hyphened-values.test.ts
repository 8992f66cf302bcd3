import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { COMMANDS } from "./commands.ts";
import type { CommandEntry } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { markHyphened, unmarked } from "./hyphened-values.ts";
import { runTagwire } from "./testing/run-tagwire.ts";

/** Base64url of as many bytes that begins with a hyphen. */
function hyphened(bytes: 16 | 32): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => {
    const [first = 0, ...rest] = value;
    // 62, the digit that is a hyphen, in the upper six bits.
    return Buffer.from([0xf8 | (first & 3), ...rest]).toString("base64url");
  });
}

/** The least text of a fingerprint that begins with a hyphen. */
const FINGERPRINT = `-${"b".repeat(41)}A`;

test("every id and fingerprint that begins with a hyphen is marked, and unmarked it is the same", () => {
  fc.assert(
    fc.property(fc.oneof(hyphened(16), hyphened(32)), (value) => {
      assert.ok(value.startsWith("-"));
      const [marked = ""] = markHyphened([value]);
      assert.ok(!marked.startsWith("-"));
      assert.equal(unmarked(marked), value);
      assert.deepEqual(unmarked({ peer: marked, rest: [marked, 1, undefined] }), {
        peer: value,
        rest: [value, 1, undefined],
      });
    }),
  );
});

test("no option of any command is taken for a value, nor is what begins with no hyphen", async () => {
  const flags = await flagsOf(COMMANDS);
  assert.ok(flags.includes("hub-fingerprint") && flags.includes("main-fingerprint"));
  const args = flags.flatMap((flag) => [`--${flag}`, `--no-${flag}`, `--${flag}=-b`]);
  const others = ["-h", "--", "-", "hello", "A".repeat(43), `--${"x".repeat(40)}g`];
  assert.deepEqual(markHyphened([...args, ...others]), [...args, ...others]);
});

test("every option and argument that takes a fingerprint takes one that begins with a hyphen", async () => {
  const cases: readonly (readonly string[])[] = [
    ["router", "--hub", "127.0.0.1:1", "--hub-fingerprint"],
    ["server", "--hub", "127.0.0.1:1", "--hub-fingerprint"],
    ["hub", "--server-fingerprint", FINGERPRINT],
    ["devices", "settle", "Attic", "--accept", "--rival"],
    ["tunnel", "node", "--main", "127.0.0.1:1", "--name", "north", "--main-fingerprint"],
  ];
  // A fault elsewhere ends the command before it does anything; a fingerprint that is none would be told too.
  const elsewhere = ["--log-level", "loud"];
  for (const args of cases) {
    const { code, err } = await runTagwire([...args, FINGERPRINT, ...elsewhere]);
    assert.equal(code, EXIT.usage);
    assert.match(err, /^tagwire: --log-level: [^\n]*\n$/, args.join(" "));
    const short = await runTagwire([...args, "short", ...elsewhere]);
    assert.match(short.err, /it is not a fingerprint/, args.join(" "));
  }
  const nothing = await runTagwire(["peer", "send", FINGERPRINT]);
  assert.match(nothing.err, /^tagwire: message: there is nothing to send/);
  const folder = await runTagwire(["check", FINGERPRINT]);
  assert.ok(folder.out.startsWith(`There is no folder ${FINGERPRINT}.`), folder.out);
});

async function flagsOf(entries: readonly CommandEntry[]): Promise<readonly string[]> {
  const commands = await Promise.all(entries.map(({ load }) => load()));
  const below = commands.map(({ subcommands = [] }) => flagsOf(subcommands));
  return [...commands.flatMap(({ flags }) => flags), ...(await Promise.all(below)).flat()];
}
