import {
  ENROL_REQUEST_BYTES_MAX,
  encodeEnrolRequest,
} from "../../generated/control/messages/enrolment.ts";
import { TELEMETRY_OFFSETS } from "../../generated/control/messages/telemetry.ts";
import type { HubUdpReceived } from "../../generated/control/receive.ts";
import type { Endpoint } from "../../runtime/core/index.ts";
import type { Action } from "../campaign/scenario.ts";
import type { RandomStream } from "../engine/index.ts";
import type { NetworkNode } from "../network/network-node.ts";
import { attackStream, STREAM_ATTACKS } from "./attack-stream.ts";
import type { StreamAttack } from "./attack-stream.ts";
import { contentOf } from "./checkers/datagram-content.ts";
import { FalseHub } from "./false-hub.ts";
import type { ControlStage } from "./control-stage.ts";
import type { DrawnStage } from "./draw-case.ts";
import type { Datagram } from "./happening.ts";

/** What attackers do. */
const ATTACKS = [
  "replayUp",
  "replayDown",
  "hello",
  "request",
  "challenge",
  "enrol",
  "falseHub",
  "echo",
  ...STREAM_ATTACKS,
] as const;

/** One attack: what is drawn of it. */
interface Attack {
  readonly kind: (typeof ATTACKS)[number];
  /** How far back in what was seen, from the newest, 0–. */
  readonly back: number;
  /** Whether the source address is forged; otherwise the attacker's own. */
  readonly isForged: boolean;
  /** A bit to flip, counted round the bytes; none if absent. */
  readonly bit?: number;
  /** How often in a row. */
  readonly times: number;
}

/** What an attacker remembers of each direction; the oldest is forgotten. */
const SEEN_MAX = 256;
const BACK_MAX = 40;
const TIMES_MAX = 3;
const ATTACKER_PORT = 40_000;
/** Of the key field, after its version. */
const KEY_ID_OFFSET = TELEMETRY_OFFSETS.key + 1;
const KEY_ID_BYTES = 4;
/** How long an attacker takes to answer the hub, ms. */
const ANSWER_MS = 20;
/** How long a false hub answers in the real one's place, ms. */
const FALSE_HUB_MS = 2_000;
/** How long an attacker sends what others ask for keys with, ms. */
const ECHO_MS = 5_000;
const STREAM_BYTES_MAX = 2_000;
/** How long a stream of an attacker that nobody closes is held open, ms. */
const STREAM_HELD_MS = 3_000;

/** Attacks at random times before a time. */
export function drawAttacks(
  random: RandomStream,
  { attackers, healAtMs }: DrawnStage,
  count: number,
): readonly Action[] {
  if (attackers.length === 0) return [];
  return Array.from({ length: count }, () => {
    const attack: Attack = {
      kind: random.pick(ATTACKS),
      back: random.below(BACK_MAX),
      isForged: random.chance(0.7),
      times: random.integer(1, TIMES_MAX),
      ...(random.chance(0.4) && { bit: random.below(8 * 1200) }),
    };
    const atMs = random.below(healAtMs);
    return { atMs, name: "attack", host: random.pick(attackers), with: { ...attack } };
  });
}

/**
 * Machines on the Internet that see everything which passes there, can send from any address, and have no key. They
 * replay, forge and change datagrams of both directions, ask for keys with certificates and requests of others, answer in the hub's
 * place, and send streams that are none of the protocol's.
 */
export class Attackers {
  readonly #stage: ControlStage;
  /** To the hub, as it came to the Internet; and from the hub. */
  readonly #up: Datagram[] = [];
  readonly #down: Datagram[] = [];
  /** Addresses of those who know the hub: others would take the false one for theirs. */
  readonly #known = new Set<string>();
  readonly #falseHub: FalseHub;
  #falseAt: NetworkNode | undefined;
  #falseUntilMs = 0;
  #echoAt: NetworkNode | undefined;
  #echoUntilMs = 0;

  constructor(stage: ControlStage) {
    this.#stage = stage;
    const [hub] = stage.hosts("hub");
    const { world } = stage;
    const random = world.simulation.random("false hub");
    this.#falseHub = new FalseHub(
      random,
      () => world.nowMs,
      ({ to, bytes }) => {
        const hubAt = this.#up.at(-1)?.to;
        if (hubAt !== undefined) this.#falseAt?.sendForgedUdp(hubAt, to, bytes);
      },
    );
    stage.story.onHappening((happening) => {
      if (happening.kind === "accepted" && happening.host === hub?.host) {
        this.#known.add(nameOf(happening.from));
      }
      if (happening.kind !== "delivered" && happening.kind !== "sent") return;
      if (happening.host === hub?.host) {
        remember(happening.kind === "delivered" ? this.#up : this.#down, happening);
        if (happening.kind === "sent") this.#answer(happening);
        else {
          this.#answerFalsely(happening);
          this.#echo(happening);
        }
      }
    });
  }

  /** Carries out an action `attack`. */
  attack({ host, with: given }: Action): void {
    const attack = given as unknown as Attack;
    const { network } = this.#stage.world;
    const node = network.node(host);
    for (let time = 0; time < attack.times; time += 1) this.#attackOnce(node, attack);
  }

  #attackOnce(node: NetworkNode, attack: Attack): void {
    switch (attack.kind) {
      case "replayUp":
        this.#send(node, attack, this.#up);
        return;
      case "replayDown":
        this.#send(node, attack, this.#down);
        return;
      case "hello":
        this.#send(
          node,
          attack,
          this.#up.filter(({ bytes }) => bytes.length < LARGE_BYTES),
        );
        return;
      case "request":
        this.#send(
          node,
          attack,
          this.#up.filter(({ bytes }) => bytes.length >= LARGE_BYTES),
        );
        return;
      case "challenge": {
        const isChallenge = ({ bytes }: Datagram): boolean =>
          contentOf(bytes).fromHub?.name === "EnrolChallenge";
        // Only from the hub's address is it heard at all, and undamaged.
        const { bit: _bit, ...others } = attack;
        this.#send(node, { ...others, isForged: true }, this.#down.filter(isChallenge));
        return;
      }
      case "stream":
      case "fault":
      case "helloThenJunk":
      case "helloThenFault":
        this.#openStream(node, attack.kind, attack);
        return;
      case "falseHub":
        this.#falseUntilMs = this.#stage.world.nowMs + FALSE_HUB_MS;
        this.#falseAt = node;
        return;
      case "echo":
        this.#echoUntilMs = this.#stage.world.nowMs + ECHO_MS;
        this.#echoAt = node;
        return;
      case "enrol":
        this.#knock(node, attack);
        return;
    }
  }

  #send(node: NetworkNode, { back, isForged, bit }: Attack, seen: readonly Datagram[]): void {
    const datagram = seen.at(-1 - (back % Math.max(1, seen.length)));
    if (datagram === undefined) return;
    const { from, to } = datagram;
    const bytes = bit === undefined ? datagram.bytes.slice() : flipped(datagram.bytes, bit);
    if (isForged) node.sendForgedUdp(from, to, bytes);
    else node.sendUdp(ATTACKER_PORT, to, bytes);
  }

  /** A report without a key from the attacker's own address: the hub answers with a cookie that is good there. */
  #knock(node: NetworkNode, { back }: Attack): void {
    const reports = this.#up.filter(({ bytes }) => contentOf(bytes).toHub?.name === "Telemetry");
    const report = reports.at(-1 - (back % Math.max(1, reports.length)));
    if (report === undefined) return;
    const bytes = report.bytes.slice();
    bytes.fill(0, KEY_ID_OFFSET, KEY_ID_OFFSET + KEY_ID_BYTES);
    node.sendUdp(ATTACKER_PORT, report.to, bytes);
  }

  /** For some time a false hub answers too. */
  #answerFalsely(delivered: Datagram): void {
    const { world } = this.#stage;
    if (world.nowMs > this.#falseUntilMs || !this.#known.has(nameOf(delivered.from))) return;
    world.schedule(world.nowMs, "false hub answers", () => {
      this.#falseHub.hear(delivered);
    });
  }

  /** For some time each request for a key comes once more, from the attacker's own address, where its cookie is none. */
  #echo({ from, to, bytes }: Datagram): void {
    const { world } = this.#stage;
    if (world.nowMs > this.#echoUntilMs || from.port === ATTACKER_PORT) return;
    if (contentOf(bytes).toHub?.name !== "EnrolRequest") return;
    const request = bytes.slice();
    world.schedule(world.nowMs + ANSWER_MS, "attacker echoes", () => {
      this.#echoAt?.sendUdp(ATTACKER_PORT, to, request);
    });
  }

  /** What the hub sends to an attacker is answered a little later. */
  #answer(sent: Datagram): void {
    const { world } = this.#stage;
    if (sent.to.port !== ATTACKER_PORT) return;
    world.schedule(world.nowMs + ANSWER_MS, "attacker asks", () => {
      this.#ask(sent);
    });
  }

  /** Answers that cookie with a router's certificate, which anybody may have seen, and a proof that is none. */
  #ask({ from, to, bytes }: Datagram): void {
    const { network, topology } = this.#stage.world;
    const attacker = topology.hosts.find(({ address }) => address === to.address);
    const challenge = contentOf(bytes).fromHub;
    if (attacker === undefined || to.port !== ATTACKER_PORT) return;
    if (challenge?.name !== "EnrolChallenge") return;
    const seen = this.#up.map((one) => contentOf(one.bytes).toHub).findLast(isRequest);
    if (seen === undefined) return;
    const { nonce, cookie } = challenge.message;
    const ephemeral = flipped(seen.message.ephemeral, nonce);
    const message = { ...seen.message, nonce, cookie, ephemeral };
    const out = new Uint8Array(ENROL_REQUEST_BYTES_MAX);
    const end = encodeEnrolRequest(message, out, new DataView(out.buffer), 0);
    network.node(attacker.name).sendUdp(ATTACKER_PORT, from, out.slice(0, end));
  }

  /** To a hub or server that expects a handshake. */
  #openStream(node: NetworkNode, kind: StreamAttack, { back, bit = 0 }: Attack): void {
    const listening = [...this.#stage.hosts("hub"), ...this.#stage.hosts("server")];
    const target = listening[back % listening.length];
    if (target === undefined) return;
    const { world } = this.#stage;
    const connection = node.createTcp(world.endpointOf(target.host));
    const { first, then } = attackStream(kind, {
      random: world.simulation.random("attack stream"),
      target: target.kind === "hub" ? "hub" : "server",
      seen: this.#up.at(-1)?.bytes ?? new Uint8Array(1),
      junkBytes: 1 + (bit % STREAM_BYTES_MAX),
    });
    let hasAnswered = false;
    connection.own({
      onOpened: () => {
        connection.write(first);
      },
      onData: () => {
        if (!hasAnswered && then !== undefined) connection.write(then);
        hasAnswered = true;
      },
      onEnded: () => {
        connection.end();
      },
      onClosed: () => undefined,
    });
    connection.dial();
    world.schedule(world.nowMs + STREAM_HELD_MS, "attacker leaves", () => {
      if (!connection.isClosed) connection.abort();
    });
  }
}

/** Certificates make requests large. */
const LARGE_BYTES = 500;

function nameOf({ address, port }: Endpoint): string {
  return `${address}:${String(port)}`;
}

function isRequest(
  received: HubUdpReceived | undefined,
): received is Extract<HubUdpReceived, { name: "EnrolRequest" }> {
  return received?.name === "EnrolRequest";
}

function remember(seen: Datagram[], datagram: Datagram): void {
  seen.push(datagram);
  if (seen.length > SEEN_MAX) seen.shift();
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  const at = (bit >> 3) % changed.length;
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
