import type { PeerCommand, PeerEvent } from "../../runtime/roles/peer/peer-events.ts";
import type { Action, Case, CaseRun, Checker } from "../campaign/scenario.ts";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import { PEER_HOSTS, SERVER_HOSTS } from "./draw-peer-case.ts";
import type { PeerParameters } from "./draw-peer-case.ts";
import { POISON, bodiesOn } from "./peer-programs.ts";
import { SimulatedCertificates } from "./simulated-certificates.ts";
import { SimulatedCrypto } from "../crypto/simulated-crypto.ts";
import { RandomStream } from "../engine/index.ts";

export const DELIVERED_ONCE: Checker = {
  name: "delivered-once",
  doc: "No message is on a peer's disk twice.",
};

export const REPORTED_TRULY: Checker = {
  name: "reported-truly",
  doc: "What is reported delivered is on the other peer's disk, and everything that was sent is reported delivered or failed, and not both, whoever crashed meanwhile.",
};

export const PEERS_CONVERGE: Checker = {
  name: "peers-converge",
  doc: "After the last fault every peer reaches every other, directly or through a server, within the longest waits of the spec.",
};

export const PEERS_END: Checker = {
  name: "peers-end",
  doc: "A peer that was stopped has no timer left.",
};

/** Peers are at this port and the next ones, since two may live behind one address; servers are at the other. */
const PEER_PORT = 40_000;
const SERVER_PORT = 7450;

/** Longest waits of the spec, one after another: unavailable, register, greet, message. */
const CONVERGE_MS = 240_000;
const LOOK_MS = 500;
const CANCEL_MS = 900;

/** What no application takes is tried so long, which is over before the end of a run. */
const POISON_MS = 300_000;

/** A peer that was stopped is down for so long, and its process goes on for so long before. */
const DOWN_MS = 1_500;
const LAST_WORDS_MS = 200;
const AGAIN_MS = 500;

/** What ends processes. */
const QUITTING: ReadonlySet<string> = new Set(["quit", "again"]);

/** What an action has besides its name. */
interface Deed {
  readonly to: string;
  readonly text: string;
  readonly transfer: number;
  readonly sizeBytes: number;
  readonly afterMs: number;
  readonly first: string;
}

/** A message that somebody said. */
interface Said {
  readonly from: string;
  readonly to: string;
  readonly reference: number;
  readonly text: string;
}

const certificates = new SimulatedCertificates(
  new SimulatedCrypto(RandomStream.fromSeed("peer certificates")),
);

/** The peers of one run, and what they said. */
export class PeerStage {
  readonly #run: CaseRun;
  readonly #said: Said[] = [];
  /** Messages that a process has taken from its user. */
  readonly #accepted = new Set<string>();
  readonly #delivered = new Set<string>();
  readonly #failed = new Set<string>();
  /** The file that each peer sent last. */
  readonly #files = new Map<string, Extract<PeerCommand, { readonly type: "sendFile" }>>();
  #lastReference = 0;

  private constructor(run: CaseRun) {
    this.#run = run;
  }

  /** Starts servers and peers. */
  static async build(run: CaseRun): Promise<PeerStage> {
    const stage = new PeerStage(run);
    const { direct, disks, forger, limits, moods } = run.case
      .parameters as unknown as PeerParameters;
    const present = (host: string): boolean =>
      run.case.topology.hosts.some(({ name }) => name === host);
    const servers = SERVER_HOSTS.filter(present);
    for (const host of servers) {
      await run.world.add({
        host,
        program: "peerServer",
        options: { limits },
        udpPort: SERVER_PORT,
      });
    }
    for (const [at, host] of PEER_HOSTS.entries()) {
      if (!present(host)) continue;
      const forges = host === forger;
      const options = { name: host, servers, direct, disks, forges, moods, limits };
      const process = await run.world.add({
        host,
        program: "peer",
        options,
        udpPort: PEER_PORT + at,
      });
      process.onEvent((event) => {
        stage.#take(host, event as PeerEvent);
      });
    }
    return stage;
  }

  get #peers(): readonly string[] {
    const { hosts } = this.#run.case.topology;
    return PEER_HOSTS.filter((host) => hosts.some(({ name }) => name === host));
  }

  /** Plays the actions of a case, then the healed phase. */
  async play({ actions, healAtMs }: Case): Promise<void> {
    const { world } = this.#run;
    for (const action of actions) {
      await world.pass(Math.max(0, action.atMs - world.nowMs));
      this.#act(action);
    }
    // Whoever was stopped last is up again by then.
    await world.pass(Math.max(0, healAtMs + DOWN_MS - world.nowMs));
    for (const host of this.#peers) await this.#process(host).start();
    await world.pass(LOOK_MS);
    const last = this.#peers.flatMap((from) =>
      this.#peers
        .filter((to) => to !== from)
        .map((to) => this.#say(from, to, `after all, ${from} to ${to}`)),
    );
    const arrived = (): boolean => last.every((said) => this.#isOnDisk(said));
    for (let left = CONVERGE_MS; left > 0 && !arrived(); left -= LOOK_MS) {
      // What nobody acknowledged in time is said again, as its user would.
      for (const said of last) {
        if (this.#failed.has(keyOf(said)) && !this.#isOnDisk(said))
          this.#say(said.from, said.to, said.text);
      }
      await world.pass(LOOK_MS);
    }
    const missing = last.filter((said) => !this.#isOnDisk(said)).map(({ text }) => text);
    if (missing.length > 0)
      this.#run.violate(PEERS_CONVERGE.name, `did not arrive: ${missing.join("; ")}`);
    // By then everything is over that was said before the last fault, also by clocks that were set back.
    const overMs = healAtMs + POISON_MS + CONVERGE_MS / 4;
    await world.pass(Math.max(CONVERGE_MS, overMs - world.nowMs));
    this.#check();
    // Whatever was found out about the network is forgotten with it.
    for (const host of this.#peers.slice(1)) this.#move(host);
    await world.pass(LOOK_MS);
    await this.#stopAll();
    const timers = this.#peers.flatMap((host) => this.#process(host).simHost.timers);
    if (timers.length > 0) this.#run.violate(PEERS_END.name, `left behind: ${timers.join(", ")}`);
  }

  /** One after the other: whoever is stopped while it greets one that has gone leaves nothing behind either. */
  async #stopAll(): Promise<void> {
    const { world } = this.#run;
    for (const [at, host] of this.#peers.entries()) {
      const gone = this.#peers[at - 1];
      if (gone !== undefined) this.#say(host, gone, "too late");
      await world.pass(LOOK_MS);
      this.#command(host, { type: "stop" });
      await world.pass(LOOK_MS);
    }
  }

  #act({ name, host, with: more = {} }: Action): void {
    const deed = more as unknown as Deed;
    const { text, to } = deed;
    if (!this.#peers.includes(host) || !this.#peers.includes(to)) return;
    switch (name) {
      case "say":
        this.#say(host, to, text);
        return;
      case "poison":
        this.#say(host, to, `${POISON} ${text}`, POISON_MS);
        return;
      case "compare":
        this.#command(host, { type: "compare", peer: fingerprintOf(to) });
        return;
      case "file":
        this.#sendFile(host, deed);
        return;
      case "cancel":
        this.#sendFile(host, deed);
        // Whoever cancels does so in the middle of it.
        this.#later(CANCEL_MS, `cancel ${host}`, () => {
          this.#command(host, { type: "cancelFile", transfer: deed.transfer });
        });
        return;
      case "again":
        this.#sendAgain(host);
        return;
      case "quit":
        this.#quit(host, deed);
        return;
      default:
        this.#move(host);
    }
  }

  #sendFile(host: string, { sizeBytes, text, to, transfer }: Deed): void {
    const sha256 = new Uint8Array(32).fill(transfer & 255);
    const file = { fileName: text, sizeBytes, sha256 };
    const command = { type: "sendFile", transfer, peer: fingerprintOf(to), file } as const;
    this.#files.set(host, command);
    this.#command(host, command);
  }

  /** Its process dies, and the next sends what it sent last: a start may name a transfer as an earlier one did. */
  #sendAgain(host: string): void {
    const command = this.#files.get(host);
    if (command === undefined) return;
    this.#restart(host);
    this.#later(AGAIN_MS, `again ${host}`, () => {
      this.#command(host, command);
    });
  }

  #restart(host: string): void {
    void this.#process(host).crash();
    void this.#process(host).start();
  }

  /** A user stops a peer just after it did something, and starts it again. */
  #quit(host: string, deed: Deed): void {
    const { afterMs, first, text, to } = deed;
    if (first === "compare") {
      this.#command(host, { type: "compare", peer: fingerprintOf(to) });
    } else if (first === "say") {
      this.#say(host, to, text);
    } else {
      this.#restart(host);
    }
    this.#later(afterMs, `stop ${host}`, () => {
      this.#command(host, { type: "stop" });
    });
    this.#later(afterMs + LAST_WORDS_MS, `end ${host}`, () => {
      void this.#process(host).crash();
    });
    this.#later(afterMs + DOWN_MS, `start ${host}`, () => {
      void this.#process(host).start();
    });
  }

  /** It is on another network, as far as it knows. */
  #move(host: string): void {
    this.#command(host, { type: "network", addresses: [this.#process(host).endpoint] });
  }

  #later(delayMs: number, what: string, work: () => void): void {
    const { world } = this.#run;
    world.schedule(world.nowMs + delayMs, what, work);
  }

  #say(from: string, to: string, text: string, withinMs?: number): Said {
    this.#lastReference += 1;
    const said = { from, to, reference: this.#lastReference, text };
    const body = Uint8Array.from(text, (character) => character.charCodeAt(0));
    if (!this.#process(from).isRunning) return said;
    this.#said.push(said);
    const { reference } = said;
    const within = withinMs === undefined ? {} : { withinMs };
    this.#command(from, { type: "send", reference, peer: fingerprintOf(to), body, ...within });
    return said;
  }

  #take(host: string, event: PeerEvent): void {
    if (event.type === "outgoing") {
      this.#accepted.add(`${host}/${String(event.message.reference)}`);
    }
    if (event.type === "delivered" || event.type === "failed") {
      const key = `${host}/${String(event.reference)}`;
      const [one, other] =
        event.type === "delivered"
          ? [this.#delivered, this.#failed]
          : [this.#failed, this.#delivered];
      if (one.has(key) || other.has(key)) {
        this.#run.violate(REPORTED_TRULY.name, `${key} was reported twice`);
      }
      one.add(key);
    }
  }

  #check(): void {
    const { actions, faults } = this.#run.case;
    const crashed = new Set([
      ...faults.flatMap((fault) => (fault.kind === "crash" ? [fault.host] : [])),
      ...actions.flatMap(({ host, name }) => (QUITTING.has(name) ? [host] : [])),
    ]);
    for (const said of this.#said) {
      const copies = this.#bodies(said.to).filter((text) => text === said.text).length;
      const isDelivered = this.#delivered.has(keyOf(said));
      const repeated = this.#said.filter(({ text }) => text === said.text).length;
      if (copies > repeated) {
        this.#run.violate(DELIVERED_ONCE.name, `"${said.text}" came ${String(copies)} times`);
      }
      if (isDelivered && copies === 0) {
        this.#run.violate(
          REPORTED_TRULY.name,
          `"${said.text}" is reported delivered and never came`,
        );
      }
      // Whoever crashed or was stopped may not have heard its user any more.
      const isAccepted = this.#accepted.has(keyOf(said)) || !crashed.has(said.from);
      if (isAccepted && !isDelivered && !this.#failed.has(keyOf(said))) {
        this.#run.violate(REPORTED_TRULY.name, `"${said.text}" is neither delivered nor failed`);
      }
    }
  }

  #bodies(host: string): readonly string[] {
    return bodiesOn(this.#process(host).disk);
  }

  #isOnDisk({ to, text }: Said): boolean {
    return this.#bodies(to).includes(text);
  }

  #process(host: string): SimulatedProcess {
    return this.#run.world.process(host);
  }

  #command(host: string, command: PeerCommand): void {
    this.#process(host).command(command);
  }
}

function fingerprintOf(host: string): Uint8Array {
  return certificates.signer(host).certificate.fingerprint;
}

function keyOf({ from, reference }: Said): string {
  return `${from}/${String(reference)}`;
}
