import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createLog } from "../io/log.ts";
import type { PeerCommand } from "../roles/peer/peer-events.ts";
import { IncomingFiles } from "./peer-incoming-files.ts";

const LOG = createLog({ output: { write: () => true }, part: "test" });
const [ANN, EVE] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const BYTES = new TextEncoder().encode("what was promised");

interface Stage {
  readonly folder: string;
  readonly files: IncomingFiles;
  readonly commands: PeerCommand[];
  readonly paths: string[];
  /** Offers a file, and says what was commanded. */
  readonly offer: (
    peer: Uint8Array,
    transfer: number,
    file?: { readonly fileName?: string; readonly sizeBytes?: number },
  ) => Promise<PeerCommand["type"] | undefined>;
  /** The whole of it comes. */
  readonly receive: (peer: Uint8Array, transfer: number) => Promise<void>;
}

function stage(t: TestContext, isWanted: Promise<boolean> = Promise.resolve(true)): Stage {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-files-"));
  const commands: PeerCommand[] = [];
  const paths: string[] = [];
  const files = new IncomingFiles({
    folder,
    log: LOG,
    handlers: { onFileOffered: () => isWanted, onFile: ({ path }) => paths.push(path) },
    command: (command) => commands.push(command),
  });
  t.after(() => {
    files.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const sha256 = new Uint8Array(createHash("sha256").update(BYTES).digest());
  return {
    folder,
    files,
    commands,
    paths,
    offer: async (peer, transfer, { fileName = "a", sizeBytes = BYTES.length } = {}) => {
      const file = { fileName, sizeBytes, sha256 };
      await files.offered({ type: "fileOffered", peer, transfer, file });
      return commands.at(-1)?.type;
    },
    receive: async (peer, transfer) => {
      files.write({ type: "writeFile", peer, transfer, offsetBytes: 0, bytes: BYTES });
      await files.check({ type: "checkFile", peer, transfer });
      assert.deepEqual(commands.at(-1), { type: "fileChecked", peer, transfer, good: true });
      files.ended({ type: "fileReceived", peer, transfer });
    },
  };
}

test("no name of a file leads out of the folder, hides it, moves a cursor or is too long, also the second time", async (t) => {
  const { folder, offer, paths, receive } = stage(t);
  const names = [
    "../../etc/passwd",
    "..\\..\\boot.ini",
    ".bashrc",
    "..",
    "",
    "a\u009b31mb\u001b[2Jc",
    "gpj.\u202eexe",
    "é".repeat(127),
    "€".repeat(85),
    `${"x".repeat(251)}.txt`,
  ];
  let transfer = 0;
  for (const fileName of [...names, ...names]) {
    transfer += 1;
    assert.equal(await offer(ANN, transfer, { fileName }), "acceptFile", fileName);
    await receive(ANN, transfer);
  }
  assert.equal(paths.length, 2 * names.length);
  assert.equal(new Set(paths).size, paths.length);
  for (const path of paths) {
    assert.equal(dirname(path), folder);
    assert.match(
      basename(path),
      /^[^.\u0000-\u001f\u007f-\u009f\u202a-\u202e/][^\u0000-\u001f\u007f-\u009f\u202a-\u202e/]*$/u,
    );
    assert.ok(Buffer.byteLength(basename(path)) <= 255);
    assert.deepEqual(new Uint8Array(readFileSync(path)), BYTES);
  }
});

test("of two transfers of one file by one peer the later goes on, and one peer's part is nobody else's", async (t) => {
  const { commands, files, folder, offer, paths, receive } = stage(t);
  assert.equal(await offer(ANN, 7), "acceptFile");
  assert.equal(await offer(ANN, 1), "acceptFile");
  assert.deepEqual(commands.at(-2), { type: "refuseFile", peer: ANN, transfer: 7 });
  assert.equal(await offer(EVE, 1, { sizeBytes: 3 }), "acceptFile");
  await receive(ANN, 1);
  // What Eve writes now is not in the file that was compared.
  const bytes = new TextEncoder().encode("what was forged!!");
  files.write({ type: "writeFile", peer: ANN, transfer: 7, offsetBytes: 0, bytes });
  files.write({ type: "writeFile", peer: EVE, transfer: 1, offsetBytes: 0, bytes });
  assert.deepEqual(new Uint8Array(readFileSync(paths[0] ?? "")), BYTES);
  files.ended({ type: "fileBroken", peer: EVE, transfer: 1 });
  assert.equal(readdirSync(folder).length, 2);
  // It is over, so it may come again.
  assert.equal(await offer(ANN, 3), "acceptFile");
});

test("a file that the disk has no room for, or that has no folder, is refused at once", async (t) => {
  const { folder, offer } = stage(t);
  assert.equal(await offer(ANN, 1, { sizeBytes: 2 ** 48 - 1 }), "refuseFile");
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "in the way");
  assert.equal(await offer(ANN, 2), "refuseFile");
});

test("what the user says of an offer that is over opens nothing", async (t) => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { commands, files, folder, offer } = stage(t, promise);
  const offered = offer(ANN, 1);
  files.ended({ type: "fileBroken", peer: ANN, transfer: 1 });
  resolve(true);
  await offered;
  assert.deepEqual(commands, []);
  assert.deepEqual(readdirSync(folder), []);
});
