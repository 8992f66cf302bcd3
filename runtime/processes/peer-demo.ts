import { join } from "node:path";
import type { Log } from "../io/log.ts";
import { encodeBase64Url } from "../core/index.ts";
import type { Endpoint } from "../core/index.ts";
import { opened } from "./closing.ts";
import type { Closing } from "./closing.ts";
import { temporaryFolder } from "./demo-folder.ts";
import { runPeerServer } from "./peer-server.ts";
import { createPeer } from "./peer.ts";
import type { RunningPeer } from "./peer-types.ts";

/** Messages that each of the two says. */
const MESSAGES_EACH = 50;

/** How long the two get to find a direct path, and how often to look. */
const DIRECT_MS = 5_000;
const LOOK_MS = 20;

/** What the demonstration showed. */
export interface PeerDemoReport {
  /** Whether both users saw one code, and their certificates were pinned. */
  readonly codeMatches: boolean;
  /** Whether both sent straight to each other at the end. */
  readonly direct: boolean;
  /** Messages that were acknowledged. */
  readonly messages: number;
  /** Whether each of them reached the other application once. */
  readonly exactlyOnce: boolean;
}

/** One of the two, with what its application got and its user saw. */
interface DemoPeer {
  readonly peer: RunningPeer;
  readonly got: string[];
  readonly codes: string[];
}

/**
 * Runs a server and two peers on this machine, compares codes, and has each say something to the other.
 * @throws {OperatorError} if a file or a port cannot be had, or the parts do not find each other.
 */
export function runPeerDemo(log: Log): Promise<PeerDemoReport> {
  return opened(async (closing) => {
    const report = await play(closing, log);
    await closing.run();
    return report;
  });
}

async function play(closing: Closing, log: Log): Promise<PeerDemoReport> {
  const folder = await temporaryFolder(closing);
  const listen = { host: "127.0.0.1", port: 0 };
  const server = await runPeerServer({ listen, advertise: [] }, log);
  closing.add(() => server.close());
  const start = (name: string): Promise<DemoPeer> =>
    startPeer(closing, { name, folder, log, server: server.udp });
  const [alice, bob] = await Promise.all([start("alice"), start("bob")]);
  await Promise.all([alice.peer.registered(), bob.peer.registered()]);
  const result = await alice.peer.compare(bob.peer.fingerprint);
  const said = await Promise.all([converse(alice, bob), converse(bob, alice)]);
  const direct = await isDirect(alice, bob);
  const codeMatches =
    result === "same" &&
    alice.codes.length === 1 &&
    alice.codes[0] === bob.codes[0] &&
    alice.peer.isPinned(bob.peer.fingerprint) &&
    bob.peer.isPinned(alice.peer.fingerprint);
  return {
    codeMatches,
    direct,
    messages: said[0].length + said[1].length,
    exactlyOnce: isSame(said[0], bob.got) && isSame(said[1], alice.got),
  };
}

async function startPeer(
  closing: Closing,
  {
    name,
    folder,
    log,
    server,
  }: {
    readonly name: string;
    readonly folder: string;
    readonly log: Log;
    readonly server: Endpoint;
  },
): Promise<DemoPeer> {
  const got: string[] = [];
  const codes: string[] = [];
  const peer = await createPeer(
    {
      dataFolder: join(folder, name),
      name,
      key: "p256",
      servers: [{ host: server.address, port: server.port }],
      handlers: {
        onMessage: ({ body }) => {
          got.push(new TextDecoder().decode(body));
        },
        // Nobody is there to compare: the demonstration does it at the end.
        onCode: ({ code }) => {
          codes.push(code);
          return Promise.resolve(true);
        },
      },
    },
    log,
  );
  closing.add(() => peer.close());
  return { peer, got, codes };
}

/** Says all messages; gives those that were acknowledged. */
async function converse(from: DemoPeer, to: DemoPeer): Promise<readonly string[]> {
  const name = encodeBase64Url(from.peer.fingerprint);
  const texts = Array.from({ length: MESSAGES_EACH }, (_, at) => `${String(at)} of ${name}`);
  await Promise.all(texts.map((text) => from.peer.send(to.peer.fingerprint, text)));
  return texts;
}

async function isDirect(alice: DemoPeer, bob: DemoPeer): Promise<boolean> {
  const endMs = performance.now() + DIRECT_MS;
  for (;;) {
    const both =
      alice.peer.isDirect(bob.peer.fingerprint) && bob.peer.isDirect(alice.peer.fingerprint);
    if (both || performance.now() > endMs) return both;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Whether two lists have the same texts, each as often. */
function isSame(one: readonly string[], other: readonly string[]): boolean {
  const sorted = (texts: readonly string[]): string => JSON.stringify(texts.toSorted());
  return sorted(one) === sorted(other);
}
