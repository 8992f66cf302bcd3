import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Endpoint, PeerSigner } from "../../runtime/core/index.ts";
import { encodePeer } from "../../generated/peer/send.ts";
import type { PeerSent } from "../../generated/peer/send.ts";
import { PEER_TAGS } from "../../generated/peer/tags.ts";
import { decodePeerUdp } from "../../generated/peer/receive.ts";
import { makePeerCertificate } from "../../runtime/io/peer-certificate-maker.ts";
import { NodePeerCertificates, createPeerSigner } from "../../runtime/io/peer-certificates.ts";
import { registrationStatement } from "../../runtime/roles/peer/statements.ts";
import { TagwireProcess } from "../processes/tagwire-process.ts";
import type { BenchReport, BenchRow } from "./bench.ts";

const LOOPBACK = "127.0.0.1";
const ECHO = fileURLToPath(new URL("./peer-echo.ts", import.meta.url));
const ROUNDS = 9;
const ROUND_MS = 700;
/** Sockets that talk at a time, and datagrams of each that may be under way. */
const SOCKETS = 8;
const IN_FLIGHT = 16;
const PAYLOAD_BYTES = 100;
const RATIO_LEAST = 0.7;
const DAY_MS = 86_400_000;

/**
 * How many datagrams a second a peer server passes on, and how many registrations it takes, on the one core that
 * its process has; beside it in turn a bare socket that sends every datagram back.
 */
export async function benchPeer(): Promise<BenchReport> {
  const server = new TagwireProcess(["peer", "server", "--listen", `${LOOPBACK}:0`, "--json"]);
  const echo = new TagwireProcess([ECHO], { program: process.execPath });
  try {
    const { udp } = await server.ready<{ readonly udp: string }>();
    const { port } = await echo.ready<{ readonly port: number }>();
    const serverAt = { address: LOOPBACK, port: Number(udp.split(":")[1]) };
    return await measure(serverAt, { address: LOOPBACK, port });
  } finally {
    await server.stop("SIGTERM");
    await echo.stop("SIGKILL");
  }
}

async function measure(server: Endpoint, echo: Endpoint): Promise<BenchReport> {
  const signers = await Promise.all(Array.from({ length: SOCKETS }, () => makeSigner()));
  const peers = await Promise.all(signers.map((signer) => BenchPeer.open(server, signer)));
  const bare = await Promise.all(signers.map(() => openSocket()));
  const payload = new Uint8Array(PAYLOAD_BYTES).fill(7);
  const to = (at: number): Uint8Array =>
    signers[(at + 1) % signers.length]?.certificate.fingerprint ?? new Uint8Array(32);
  const events = peers.map((_peer, at) =>
    frameOf({ name: "Send", message: { to: to(at), payload } }),
  );
  const rates = { forwarded: [] as number[], echoed: [] as number[], registered: [] as number[] };
  for (let round = -1; round < ROUNDS; round += 1) {
    const sockets = peers.map(({ socket }) => socket);
    const forwarded = await pingPong(sockets, { at: server, frames: events });
    const echoed = await pingPong(bare, { at: echo, frames: events });
    const registered = await registrations(peers);
    if (round < 0) continue;
    rates.forwarded.push(forwarded);
    rates.echoed.push(echoed);
    rates.registered.push(registered);
  }
  for (const socket of [...bare, ...peers.map((peer) => peer.socket)]) socket.close();
  const ratios = rates.forwarded.map((rate, at) => rate / (rates.echoed[at] ?? rate));
  const ratio = median(ratios);
  const row = (task: string, name: string, values: readonly number[]): BenchRow => ({
    task,
    name,
    values: { perSecond: median(values) },
  });
  return {
    bench: "peer",
    rows: [
      row("forward an event", "peer server", rates.forwarded),
      row("send back", "bare dgram echo", rates.echoed),
      row("register", "peer server", rates.registered),
    ],
    goals: [{ goal: "events forwarded, to datagrams echoed", value: ratio, bound: RATIO_LEAST }],
  };
}

/** Datagrams a second, where each that comes sends the next. */
async function pingPong(
  sockets: readonly Socket[],
  { at, frames }: { readonly at: Endpoint; readonly frames: readonly Uint8Array[] },
): Promise<number> {
  let received = 0;
  const listeners = sockets.map((socket, index) => {
    const listener = (): void => {
      received += 1;
      socket.send(frames[index] ?? new Uint8Array(0), at.port, at.address);
    };
    socket.on("message", listener);
    for (let sent = 0; sent < IN_FLIGHT; sent += 1) {
      socket.send(frames[index] ?? new Uint8Array(0), at.port, at.address);
    }
    return { socket, listener };
  });
  const startMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  const rate = (received * 1000) / (performance.now() - startMs);
  for (const { socket, listener } of listeners) socket.off("message", listener);
  // What is still under way must not count for the next.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return rate;
}

async function registrations(peers: readonly BenchPeer[]): Promise<number> {
  const startMs = performance.now();
  const endMs = startMs + ROUND_MS;
  const counts = await Promise.all(
    peers.map(async (peer) => {
      let made = 0;
      while (performance.now() < endMs) {
        await peer.register();
        made += 1;
      }
      return made;
    }),
  );
  const all = counts.reduce((sum, count) => sum + count, 0);
  return (all * 1000) / (performance.now() - startMs);
}

/** A peer's registration and nothing else. */
class BenchPeer {
  readonly socket: Socket;
  readonly #server: Endpoint;
  readonly #signer: PeerSigner;

  private constructor(socket: Socket, server: Endpoint, signer: PeerSigner) {
    this.socket = socket;
    this.#server = server;
    this.#signer = signer;
  }

  static async open(server: Endpoint, signer: PeerSigner): Promise<BenchPeer> {
    const peer = new BenchPeer(await openSocket(), server, signer);
    await peer.register();
    return peer;
  }

  async register(): Promise<void> {
    const certificate = this.#signer.certificate.bytes;
    const server = this.#server;
    const answer = await this.#ask(
      { name: "Register", message: { certificate } },
      PEER_TAGS.Challenge,
    );
    const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
    const received = decodePeerUdp(PEER_TAGS.Challenge, answer, view, 4, answer.length);
    if (received.name !== "Challenge") throw new RangeError("the server did not challenge");
    const { issuedMs, cookie, observed } = received.message;
    const statement = registrationStatement({ issuedMs, cookie, observed, server });
    const signature = this.#signer.sign(statement);
    const message = { issuedMs, cookie, server, signature, certificate };
    await this.#ask({ name: "Proof", message }, PEER_TAGS.Ok);
  }

  async #ask(sent: PeerSent, tag: number): Promise<Uint8Array> {
    for (;;) {
      this.socket.send(frameOf(sent), this.#server.port, this.#server.address);
      const [answer] = (await once(this.socket, "message")) as [Uint8Array];
      if ((((answer[0] ?? 0) << 8) | (answer[1] ?? 0)) === tag) return answer;
    }
  }
}

async function makeSigner(): Promise<PeerSigner> {
  const made = await makePeerCertificate({
    kind: "ed25519",
    name: "bench",
    validFromUnixMs: Date.now() - DAY_MS,
    validToUnixMs: Date.now() + DAY_MS,
    bytesMax: 880,
  });
  return createPeerSigner(new NodePeerCertificates(), made);
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  socket.bind(0, LOOPBACK);
  await once(socket, "listening");
  return socket;
}

function frameOf(sent: PeerSent): Uint8Array {
  const bytes = new Uint8Array(1300);
  return bytes.slice(0, encodePeer(sent, bytes, new DataView(bytes.buffer), 0));
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}
