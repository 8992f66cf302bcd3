import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { TagwireProcess, waitFor } from "./tagwire-process.ts";
import type { Ended } from "./tagwire-process.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "tagwire-peer-command-"));
const server = new TagwireProcess(["peer", "server", "--listen", "127.0.0.1:0", "--json"]);
const { udp } = await server.ready<{ readonly udp: string }>();
const started: TagwireProcess[] = [server];
after(async () => {
  // After a failure some still run.
  await Promise.all(started.map((process) => process.stop("SIGKILL")));
  rmSync(FOLDER, { recursive: true, force: true });
});

/** Runs `tagwire peer` as the user of a folder. */
function peer(user: string, words: readonly string[], typed = false): TagwireProcess {
  const data = ["--data", join(FOLDER, user), "--name", user, "--json"];
  const process = new TagwireProcess(["peer", ...words, ...data], { typed });
  started.push(process);
  return process;
}

/** The same with the server. */
function online(user: string, words: readonly string[], typed = false): TagwireProcess {
  return peer(user, [...words, "--server", udp], typed);
}

async function fingerprintOf(user: string): Promise<string> {
  const { out } = await peer(user, ["id"]).ended();
  return (JSON.parse(out) as { readonly fingerprint: string }).fingerprint;
}

/** The objects that a process has printed. */
function objectsOf({ printed }: TagwireProcess): readonly Readonly<Record<string, unknown>>[] {
  const lines = printed.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

/** Waits for an object with this member, and gives the member. */
async function said(
  process: TagwireProcess,
  name: string,
  isWanted: (value: unknown) => boolean = () => true,
): Promise<string> {
  const found = (): unknown =>
    objectsOf(process).find((object) => name in object && isWanted(object[name]))?.[name];
  await waitFor(
    () => `no ${name}: ${process.printed}${process.log}`,
    () => found() !== undefined,
    20_000,
  );
  return String(found());
}

/** Waits for words on standard error. */
async function told(process: TagwireProcess, words: RegExp): Promise<void> {
  await waitFor(
    () => `${String(words)} is not told: ${process.log}`,
    () => words.test(process.log),
    20_000,
  );
}

function succeeded({ code, err }: Ended): void {
  assert.equal(code, 0, err);
}

function wasInterrupted({ code, err, out, signal }: Ended, told: RegExp): void {
  assert.deepEqual([code, signal], [130, null], `${out}${err}`);
  assert.match(out, told);
}

function messagesOf(process: TagwireProcess): readonly unknown[] {
  return objectsOf(process).flatMap((object) => ("message" in object ? [object["message"]] : []));
}

test("Two users chat both ways in order, compare digits, send a file, and end by Ctrl-D and by Ctrl-C.", async () => {
  const [ann, bob] = [await fingerprintOf("chat ann"), await fingerprintOf("chat bob")];
  const anns = online("chat ann", ["chat", bob, "--accept-files"], true);
  const bobs = online("chat bob", ["chat", ann], true);
  await Promise.all([anns.ready(), bobs.ready()]);
  const lines = Array.from({ length: 12 }, (_, at) => `line ${String(at)}`);
  for (const line of lines) anns.type(line);
  await said(bobs, "message", (text) => text === lines.at(-1));
  assert.deepEqual(messagesOf(bobs), lines);
  bobs.type("and back");
  await said(anns, "message", (text) => text === "and back");

  bobs.type("/verify");
  const [annSees, bobSees] = await Promise.all([said(anns, "code"), said(bobs, "code")]);
  assert.match(annSees, /^\d{6}$/);
  assert.equal(annSees, bobSees);
  anns.type("let me look");
  await said(bobs, "message", (text) => text === "let me look");
  anns.type("yes");
  bobs.type("Y");
  await Promise.all([anns, bobs].map((process) => told(process, /certificate is genuine/)));

  const path = join(FOLDER, "chat.txt");
  writeFileSync(path, "a file");
  bobs.type(`/send ${path}`);
  await told(bobs, /sent .*chat\.txt/);
  assert.equal(readFileSync(await said(anns, "file"), "utf8"), "a file");
  bobs.type("/nonsense");
  await told(bobs, /\/verify compares digits[^]*\/verify compares digits/);

  anns.type("goodbye");
  anns.endInput();
  succeeded(await anns.ended());
  assert.equal(messagesOf(bobs).at(-1), "goodbye");
  succeeded(await bobs.stop("SIGINT"));
});

test("Digits that one user calls different alarm both, and nothing is remembered.", async () => {
  const [ann, bob] = [await fingerprintOf("no ann"), await fingerprintOf("no bob")];
  const bobs = online("no bob", ["chat", ann], true);
  await bobs.ready();
  const anns = online("no ann", ["verify", bob], true);
  await Promise.all([said(anns, "code"), said(bobs, "code")]);
  bobs.type("no");
  anns.type("yes");
  const { code, out } = await anns.ended();
  assert.equal(code, 1);
  assert.match(out, /"result":"different"/);
  await told(bobs, /SOMEBODY IS IN THE MIDDLE/);
  succeeded(await bobs.stop("SIGINT"));
});

test("A comparison that nobody can answer ends at once and says why.", async () => {
  const bob = await fingerprintOf("mute bob");
  const bobs = online("mute bob", ["run"]);
  await bobs.ready();
  const anns = online("mute ann", ["verify", bob], true);
  await told(bobs, /nobody can answer here/);
  anns.endInput();
  const { code, err } = await anns.ended();
  assert.equal(code, 1);
  assert.match(err, /standard input: has ended without an answer/);
  succeeded(await bobs.stop());
});

test("While a peer runs, send and verify with its folder go through it and need no server.", async () => {
  const [ann, bob] = [await fingerprintOf("door ann"), await fingerprintOf("door bob")];
  const anns = online("door ann", ["run"]);
  const bobs = online("door bob", ["run", "--accept-files"]);
  await Promise.all([anns.ready(), bobs.ready()]);
  const { code, out, err } = await peer("door ann", ["send", bob, "through the door"]).ended();
  assert.equal(code, 0, err);
  assert.equal((JSON.parse(out) as { readonly delivered: unknown }).delivered, true);
  assert.deepEqual(messagesOf(bobs), ["through the door"]);
  const path = join(FOLDER, "door.bin");
  const bytes = randomBytes(300_000);
  writeFileSync(path, bytes);
  succeeded(await peer("door ann", ["send", bob, "--file", path]).ended());
  assert.ok(readFileSync(await said(bobs, "file")).equals(bytes));
  const long = await peer("door ann", ["send", bob, "x".repeat(1025)]).ended();
  assert.match(long.err, /more than 1024 bytes/);

  const anothers = peer("door ann", ["verify", bob], true);
  const seen = await said(anothers, "code");
  // Bob's process cannot ask anybody; the one that he starts then can.
  const later = peer("door bob", ["verify", ann], true);
  assert.equal(await said(later, "code"), seen);
  anothers.type("yes");
  later.type("yes");
  succeeded(await anothers.ended());
  succeeded(await later.ended());

  assert.ok(existsSync(join(FOLDER, "door ann", "door.json")));
  succeeded(await anns.stop());
  assert.ok(!existsSync(join(FOLDER, "door ann", "door.json")));
  // Without it there must be a server.
  const alone = await peer("door ann", ["send", bob, "hello"]).ended();
  assert.equal(alone.code, 2);
  assert.match(alone.err, /1 to 8 servers/);
  succeeded(await bobs.stop());
});

test("What a killed peer left at its door leads nowhere, and send starts a peer of its own.", async () => {
  const bob = await fingerprintOf("stale bob");
  const bobs = online("stale bob", ["run"]);
  const anns = online("stale ann", ["run"]);
  await Promise.all([anns.ready(), bobs.ready()]);
  await anns.stop("SIGKILL");
  assert.ok(existsSync(join(FOLDER, "stale ann", "door.json")));
  succeeded(await online("stale ann", ["send", bob, "by myself"]).ended());
  assert.deepEqual(messagesOf(bobs), ["by myself"]);
  succeeded(await bobs.stop());
});

test("What a peer was killed over, its next start delivers once and tells.", async () => {
  const [ann, bob] = [await fingerprintOf("crash ann"), await fingerprintOf("crash bob")];
  const first = online("crash ann", ["chat", bob], true);
  await first.ready();
  first.type("are you there?");
  await waitFor("nothing is kept", () => isKept(join(FOLDER, "crash ann"), "are you there?"));
  await first.stop("SIGKILL");
  const bobs = online("crash bob", ["chat", ann], true);
  await bobs.ready();
  const second = online("crash ann", ["run"]);
  await told(second, /"are you there\?", said to .* before this start: delivered/);
  assert.deepEqual(messagesOf(bobs), ["are you there?"]);
  succeeded(await second.stop());
  const third = online("crash ann", ["chat", bob], true);
  await third.ready();
  third.type("again");
  await said(bobs, "message", (text) => text === "again");
  assert.deepEqual(messagesOf(bobs), ["are you there?", "again"]);
  succeeded(await third.stop("SIGINT"));
  succeeded(await bobs.stop("SIGINT"));
});

test("Ctrl-C gives a message up: it says so, nothing sends it later, and what is said then comes once.", async () => {
  const bob = await fingerprintOf("quit bob");
  const alone = online("quit ann", ["send", bob, "never mind"]);
  await waitFor("nothing is kept", () => isKept(join(FOLDER, "quit ann"), "never mind"));
  wasInterrupted(await alone.stop("SIGINT"), /"delivered":false,"cancelled":true/);

  // The same at the door of a peer that runs.
  const anns = online("quit ann", ["run"]);
  await anns.ready();
  const visiting = peer("quit ann", ["send", bob, "nor this"]);
  await waitFor("nothing is kept", () => isKept(join(FOLDER, "quit ann"), "nor this"));
  wasInterrupted(await visiting.stop("SIGINT"), /"delivered":false,"cancelled":true/);

  const bobs = online("quit bob", ["run"]);
  await bobs.ready();
  succeeded(await peer("quit ann", ["send", bob, "but this"]).ended());
  succeeded(await anns.stop());
  succeeded(await online("quit ann", ["send", bob, "and that"]).ended());
  assert.deepEqual(messagesOf(bobs), ["but this", "and that"]);
  assert.ok(!anns.log.includes("never mind"), anns.log);

  const verifying = online("quit ann", ["verify", bob], true);
  await said(verifying, "code");
  wasInterrupted(await verifying.stop("SIGINT"), /"result":"abandoned"/);
  succeeded(await bobs.stop());
});

test("Ctrl-C ends a send that no server has answered yet, and one of a file, which the same command goes on with.", async () => {
  const bob = await fingerprintOf("slow bob");
  const nowhere = peer("slow ann", ["send", bob, "hello", "--server", "127.0.0.1:9"]);
  await waitFor("it does not start", () => existsSync(join(FOLDER, "slow ann", "outgoing.sqlite")));
  wasInterrupted(await nowhere.stop("SIGINT"), /"delivered":false/);

  const bytes = randomBytes(4 * 1024 * 1024);
  const path = join(FOLDER, "slow.bin");
  writeFileSync(path, bytes);
  const hash = createHash("sha256").update(bytes).digest("hex");
  const have = (): number => partBytes(join(FOLDER, "slow bob", "files"), hash);
  const bobs = online("slow bob", ["run", "--accept-files"]);
  await bobs.ready();
  const first = online("slow ann", ["send", bob, "--file", path]);
  await waitFor("nothing comes", () => have() > 200_000);
  wasInterrupted(await first.stop("SIGINT"), /"cancelled":true/);
  assert.ok(have() > 200_000 && have() < bytes.length, String(have()));
  const second = await online("slow ann", ["send", bob, "--file", path]).ended();
  succeeded(second);
  assert.doesNotMatch(second.err, / 0 % /);
  assert.ok(readFileSync(await said(bobs, "file")).equals(bytes));
  succeeded(await bobs.stop());
});

test("A file that nobody asked for is refused at once.", async () => {
  const bob = await fingerprintOf("unwilling bob");
  const bobs = online("unwilling bob", ["run"]);
  await bobs.ready();
  const path = join(FOLDER, "unwanted.txt");
  writeFileSync(path, "unwanted");
  const { code, err } = await online("unwilling ann", ["send", bob, "--file", path]).ended();
  assert.equal(code, 1);
  assert.match(err, /does not want it\. Ask its user\./);
  await told(bobs, /offers unwanted\.txt, 8 bytes: refused/);
  succeeded(await bobs.stop());
});

test("A file whose receiver and then whose sender is killed goes on where it was, and progress is told.", async () => {
  const bob = await fingerprintOf("file bob");
  const bytes = randomBytes(4 * 1024 * 1024);
  const path = join(FOLDER, "large.bin");
  writeFileSync(path, bytes);
  const hash = createHash("sha256").update(bytes).digest("hex");
  const folder = join(FOLDER, "file bob", "files");
  const have = (): number => partBytes(folder, hash);
  const startBob = async (): Promise<TagwireProcess> => {
    const process = online("file bob", ["run", "--accept-files"]);
    await process.ready();
    return process;
  };
  const sendIt = (): TagwireProcess => online("file ann", ["send", bob, "--file", path]);

  const [firstBob, first] = [await startBob(), sendIt()];
  await waitFor("nothing comes", () => have() > 500_000);
  await firstBob.stop("SIGKILL");
  await first.stop("SIGKILL");
  const before = have();
  assert.ok(before > 500_000 && before < bytes.length, String(before));

  const [secondBob, second] = [await startBob(), sendIt()];
  await waitFor("it does not go on", () => have() > before + 500_000);
  await second.stop("SIGKILL");
  const between = have();
  assert.ok(between < bytes.length, String(between));

  const last = await sendIt().ended();
  succeeded(last);
  const percents = [...last.err.matchAll(/(\d+) % {2}(\d+) of/g)].map(([, percent]) =>
    Number(percent),
  );
  assert.ok((percents[0] ?? 0) >= Math.floor((100 * before) / bytes.length), last.err);
  assert.equal(percents.at(-1), 100);
  assert.ok(readFileSync(await said(secondBob, "file")).equals(bytes));
  assert.equal(have(), 0);
  succeeded(await secondBob.stop());
});

test("Another certificate under a compared name is told loudly on the command line, and nothing passes.", async () => {
  const [ann, bob] = [await fingerprintOf("loud"), await fingerprintOf("bob")];
  const bobs = online("bob", ["chat", ann], true);
  await bobs.ready();
  const verifying = online("loud", ["verify", bob], true);
  await Promise.all([said(verifying, "code"), said(bobs, "code")]);
  bobs.type("yes");
  verifying.type("yes");
  succeeded(await verifying.ended());
  succeeded(await bobs.stop("SIGINT"));
  rmSync(join(FOLDER, "bob"), { recursive: true });
  const other = await fingerprintOf("bob");
  assert.notEqual(other, bob);
  const impostor = online("bob", ["run"]);
  await impostor.ready();
  const { code, err } = await online("loud", ["send", other, "who?", "--wait-ms", "3000"]).ended();
  assert.equal(code, 1);
  assert.match(err, /WARNING: bob shows another certificate than the one that was compared/);
  assert.deepEqual(messagesOf(impostor), []);
  succeeded(await impostor.stop());
});

/** How much of a file has come that is not whole yet. */
function partBytes(folder: string, hash: string): number {
  if (!existsSync(folder)) return 0;
  const part = readdirSync(folder).find((name) => name.startsWith(hash) && name.endsWith(".part"));
  return part === undefined ? 0 : statSync(join(folder, part)).size;
}

/** Whether a peer's folder keeps this message for its next start. */
function isKept(folder: string, text: string): boolean {
  return ["outgoing.sqlite", "outgoing.sqlite-wal"].some((name) => {
    const path = join(folder, name);
    return existsSync(path) && readFileSync(path).includes(text);
  });
}
