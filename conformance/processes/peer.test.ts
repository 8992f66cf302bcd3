import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { encodeBase64Url, encodeHex } from "../../runtime/core/index.ts";
import { PassThrough } from "node:stream";
import { createLog } from "../../runtime/io/log.ts";
import { runPeerDemo } from "../../runtime/processes/peer-demo.ts";
import { PeerError } from "../../runtime/processes/peer-error.ts";
import { runPeerServer } from "../../runtime/processes/peer-server.ts";
import { PeerOutgoing } from "../../runtime/processes/peer-outgoing.ts";
import type {
  PeerConfig,
  RunningPeer,
  RunningPeerServer,
} from "../../runtime/processes/peer-types.ts";
import { visitPeer } from "../../runtime/processes/peer-visitor.ts";
import { createPeer, openPeerIdentity } from "../../runtime/processes/peer.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "tagwire-peer-test-"));
after(() => {
  rmSync(FOLDER, { recursive: true, force: true });
});

const LOG = createLog({ output: new PassThrough().resume(), part: "test", level: "silent" });
const LOOPBACK = { host: "127.0.0.1", port: 0 };

let folders = 0;

function peerConfig(port: number, config: Partial<PeerConfig> = {}): PeerConfig {
  folders += 1;
  return {
    dataFolder: join(FOLDER, String(folders)),
    name: `peer ${String(folders)}`,
    key: "ed25519",
    servers: [{ host: "127.0.0.1", port }],
    ...config,
  };
}

test("the demonstration finds that codes match and that each message came once", async () => {
  const report = await runPeerDemo(LOG);
  assert.deepEqual(report, { codeMatches: true, direct: true, messages: 100, exactlyOnce: true });
});

test("a certificate is made once and kept, with every kind of key", async () => {
  for (const key of ["p256", "ed25519", "rsa"] as const) {
    const config = { dataFolder: join(FOLDER, key), name: "ann", key };
    const made = await openPeerIdentity(config);
    const kept = await openPeerIdentity({ ...config, name: "somebody else" });
    assert.deepEqual([made.isNew, kept.isNew], [true, false]);
    assert.equal(encodeHex(made.fingerprint), encodeHex(kept.fingerprint));
    const sha256 = createHash("sha256").update(made.certificate).digest("hex");
    assert.equal(encodeHex(made.fingerprint), sha256);
    assert.equal(kept.name, "ann");
  }
});

test("a peer whose servers do not answer hears the verdict", async () => {
  const peer = await createPeer(peerConfig(9), LOG);
  try {
    await assert.rejects(
      peer.registered(),
      (error) => error instanceof PeerError && error.reason === "unavailable",
    );
  } finally {
    await peer.close();
  }
});

test("messages wait for a handler, and one that fails brings its message again", async () => {
  await withPeers({}, async ({ alice, startBob }) => {
    const got: string[] = [];
    let failures = 1;
    const bob = await startBob({
      onMessage: ({ body }) => {
        if (failures > 0) {
          failures -= 1;
          throw new Error("not now");
        }
        got.push(new TextDecoder().decode(body));
      },
    });
    await alice.send(bob.fingerprint, "hello");
    assert.deepEqual(got, ["hello"]);
    await assert.rejects(alice.send(bob.fingerprint, "x".repeat(1025)), /1024 bytes/);
  });
});

test("a file comes whole, with progress, and what is there already is not sent again", async () => {
  await withPeers({}, async ({ alice, startBob }) => {
    const bytes = randomBytes(700_001);
    const path = join(FOLDER, "a file.bin");
    writeFileSync(path, bytes);
    const paths: string[] = [];
    const filesFolder = join(FOLDER, "received");
    const bob = await startBob(
      { onFileOffered: () => true, onFile: (file) => paths.push(file.path) },
      filesFolder,
    );
    const progress: number[] = [];
    await alice.sendFile(bob.fingerprint, path, {
      onProgress: (haveBytes) => progress.push(haveBytes),
    });
    assert.ok(readFileSync(paths[0] ?? "").equals(bytes));
    assert.ok(progress.length > 10 && progress.at(-1) === bytes.length);
    assert.ok(progress.every((have, at) => at === 0 || have >= (progress[at - 1] ?? 0)));

    // The half of another copy is there, as a transfer that broke off would have left it.
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const sender = Buffer.from(alice.fingerprint.subarray(0, 8)).toString("hex");
    const part = join(filesFolder, `${sha256}-${sender}.part`);
    writeFileSync(part, bytes);
    truncateSync(part, 512 * 1024);
    const again: number[] = [];
    await alice.sendFile(bob.fingerprint, path, {
      onProgress: (haveBytes) => again.push(haveBytes),
    });
    assert.ok((again[0] ?? 0) > 512 * 1024);
    assert.ok(readFileSync(paths[1] ?? "").equals(bytes));
    assert.notEqual(paths[0], paths[1]);
  });
});

test("a file that the other user does not want is refused, and so is one whose folder is a lie", async () => {
  await withPeers({}, async ({ alice, startBob }) => {
    const bob = await startBob({});
    const path = join(FOLDER, "unwanted.txt");
    writeFileSync(path, "unwanted");
    await assert.rejects(alice.sendFile(bob.fingerprint, path), /does not want it/);
    await assert.rejects(alice.sendFile(bob.fingerprint, FOLDER), /cannot be read/);
  });
});

test("codes that users call different end the comparison on both sides, and nothing is pinned", async () => {
  const codes: string[] = [];
  const onCode = ({ code }: { readonly code: string }): Promise<boolean> => {
    codes.push(code);
    return Promise.resolve(codes.length === 1);
  };
  await withPeers({ onCode }, async ({ alice, startBob }) => {
    const bob = await startBob({ onCode });
    assert.equal(await alice.compare(bob.fingerprint), "different");
    assert.equal(codes[0], codes[1]);
    assert.ok(!alice.isPinned(bob.fingerprint) && !bob.isPinned(alice.fingerprint));
  });
});

test("a peer that was pinned stays so after a restart, and another by its name gets nothing", async () => {
  const onCode = (): Promise<boolean> => Promise.resolve(true);
  const changed: string[] = [];
  const server = await runPeerServer({ listen: LOOPBACK, advertise: [] }, LOG);
  const aliceConfig = peerConfig(server.udp.port, { handlers: { onCode } });
  let alice = await createPeer(aliceConfig, LOG);
  const bob = await createPeer(
    peerConfig(server.udp.port, { name: "bob", handlers: { onCode } }),
    LOG,
  );
  try {
    assert.equal(await alice.compare(bob.fingerprint), "same");
    await alice.close();
    const onEvent: NonNullable<PeerConfig["handlers"]>["onEvent"] = (event) => {
      if (event.type === "certificateChanged") changed.push(encodeBase64Url(event.found));
    };
    alice = await createPeer({ ...aliceConfig, handlers: { onCode, onEvent } }, LOG);
    assert.ok(alice.isPinned(bob.fingerprint));
    await alice.send(bob.fingerprint, "still you?");
    const other = await createPeer(peerConfig(server.udp.port, { name: "bob" }), LOG);
    await assert.rejects(
      alice.send(other.fingerprint, "who are you?", { withinMs: 1500 }),
      /acknowledge/,
    );
    assert.deepEqual(changed, [encodeBase64Url(other.fingerprint)]);
    await other.close();
  } finally {
    await alice.close();
    await bob.close();
    await server.close();
  }
});

test("peers find each other through any server that they have in common, and go on when one is gone", async () => {
  const [first, second, third] = await Promise.all(
    [0, 1, 2].map(() => runPeerServer({ listen: LOOPBACK, advertise: [] }, LOG)),
  );
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const at = (...servers: readonly RunningPeerServer[]): Partial<PeerConfig> => ({
    servers: servers.map(({ udp }) => ({ host: udp.address, port: udp.port })),
    direct: false,
  });
  const got: string[] = [];
  const onMessage = ({ body }: { readonly body: Uint8Array }): void => {
    got.push(new TextDecoder().decode(body));
  };
  const alice = await createPeer(peerConfig(0, at(first, second)), LOG);
  const bob = await createPeer(
    peerConfig(0, { ...at(first, second, third), handlers: { onMessage } }),
    LOG,
  );
  const carol = await createPeer(peerConfig(0, at(third)), LOG);
  try {
    await alice.send(bob.fingerprint, "through any");
    await carol.send(bob.fingerprint, "through the third");
    await first.close();
    await alice.send(bob.fingerprint, "through the second");
    assert.deepEqual(got, ["through any", "through the third", "through the second"]);
    await assert.rejects(
      alice.send(carol.fingerprint, "nothing in common", { withinMs: 1500 }),
      /acknowledge/,
    );
  } finally {
    await Promise.all([alice, bob, carol].map((peer) => peer.close()));
    await Promise.all([second, third].map((server) => server.close()));
  }
});

test("peers register and talk straight over IPv6", async (context) => {
  const listen = { host: "::1", port: 0 };
  const server = await runPeerServer({ listen, advertise: [] }, LOG).catch(() => undefined);
  if (server === undefined) {
    context.skip("this machine has no IPv6");
    return;
  }
  const servers = [{ host: "::1", port: server.udp.port }];
  const alice = await createPeer(peerConfig(0, { servers }), LOG);
  const bob = await createPeer(peerConfig(0, { servers }), LOG);
  try {
    await alice.send(bob.fingerprint, "six");
    const endMs = performance.now() + 5000;
    while (!alice.isDirect(bob.fingerprint) && performance.now() < endMs) await delay(20);
    assert.ok(alice.isDirect(bob.fingerprint));
    await bob.send(alice.fingerprint, "straight");
  } finally {
    await Promise.all([alice.close(), bob.close(), server.close()]);
  }
});

test("a message of an earlier start is told of when its time was over meanwhile", async () => {
  const server = await runPeerServer({ listen: LOOPBACK, advertise: [] }, LOG);
  const settled: string[] = [];
  const onSettled: NonNullable<PeerConfig["handlers"]>["onSettled"] = ({ body, failure }) => {
    settled.push(`${new TextDecoder().decode(body)}: ${failure ?? "delivered"}`);
  };
  const config = peerConfig(server.udp.port, { handlers: { onSettled } });
  // As a process that was killed has left it.
  const kept = new PeerOutgoing(config.dataFolder);
  const said = { peer: randomBytes(32), withinMs: 5000, saidUnixMs: Date.now() - 6000 };
  kept.keep({ ...said, reference: 7, number: 2 ** 32 + 1, body: Buffer.from("too late") });
  kept.close();
  const peer = await createPeer(config, LOG);
  try {
    await peer.registered();
    assert.deepEqual(settled, ["too late: timeout"]);
  } finally {
    await peer.close();
    await server.close();
  }
  const after = new PeerOutgoing(config.dataFolder);
  assert.deepEqual(after.earlier, []);
  after.close();
});

test("the door of a peer opens to who has its token, says what went wrong, and to nobody else", async () => {
  const server = await runPeerServer({ listen: LOOPBACK, advertise: [] }, LOG);
  const config = peerConfig(server.udp.port, { door: true });
  const peer = await createPeer(config, LOG);
  const other = await createPeer(peerConfig(server.udp.port), LOG);
  const file = join(config.dataFolder, "door.json");
  const door = readFileSync(file, "utf8");
  try {
    const visitor = await visitPeer(config.dataFolder);
    assert.ok(visitor !== undefined);
    await Promise.all([
      visitor.send(other.fingerprint, "one"),
      visitor.send(other.fingerprint, "two"),
    ]);
    await assert.rejects(
      visitor.send(randomBytes(32), "nobody", { withinMs: 300 }),
      /did not acknowledge/,
    );
    await assert.rejects(visitor.sendFile(other.fingerprint, file), /does not want it/);

    const { port } = JSON.parse(door) as { readonly port: number };
    const hello = Buffer.from([4, 1, 0, 32, ...randomBytes(32)]);
    for (const words of ["", "no frame\n", hello, "x".repeat(100_000), Buffer.alloc(8, 255)]) {
      const socket = connect(port, "127.0.0.1").resume();
      socket.on("error", () => undefined).end(words);
      // A connection that is cut is closed, too.
      await new Promise((resolve) => socket.once("close", resolve));
    }
    writeFileSync(file, door.replace(/"base64": "[^"]*"/, `"base64": "${"A".repeat(43)}="`));
    assert.equal(await visitPeer(config.dataFolder), undefined);
    writeFileSync(file, door);
    assert.ok((await visitPeer(config.dataFolder)) !== undefined);
  } finally {
    await Promise.all([peer.close(), other.close(), server.close()]);
  }
  assert.equal(await visitPeer(config.dataFolder), undefined);
});

/** Runs a server and a peer, and gives a way to start another. */
async function withPeers(
  handlers: NonNullable<PeerConfig["handlers"]>,
  play: (stage: {
    readonly alice: RunningPeer;
    readonly startBob: (
      handlers: NonNullable<PeerConfig["handlers"]>,
      filesFolder?: string,
    ) => Promise<RunningPeer>;
  }) => Promise<void>,
): Promise<void> {
  const server = await runPeerServer({ listen: LOOPBACK, advertise: [] }, LOG);
  const peers: RunningPeer[] = [];
  const start = async (config: Partial<PeerConfig>): Promise<RunningPeer> => {
    const peer = await createPeer(peerConfig(server.udp.port, config), LOG);
    peers.push(peer);
    await peer.registered();
    return peer;
  };
  try {
    const alice = await start({ handlers });
    await play({
      alice,
      startBob: (theirs, filesFolder) =>
        start({ handlers: theirs, ...(filesFolder === undefined ? {} : { filesFolder }) }),
    });
  } finally {
    for (const peer of peers) await peer.close();
    await server.close();
  }
}
