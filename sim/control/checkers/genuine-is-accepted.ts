import type { Endpoint } from "../../../runtime/core/index.ts";
import type { ControlChecker, Datagram, Happening, WatchedRun } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** What a key protects is not refused if it is what it should be. */
export const genuineIsAccepted: ControlChecker = {
  name: "genuine-is-accepted",
  doc: "What a party sends under a key that the other side has shown to have is taken in, if it arrives whole and for the first time, unless what came before was sent much later: whoever was started again in between.",
  watch: (run) => {
    const observer = new ArrivalObserver(run);
    return (happening: Happening): void => {
      if (happening.kind === "accepted") observer.accepted(happening);
      else if (happening.kind === "sent") observer.sent(happening);
      else if (happening.kind === "delivered") observer.delivered(happening);
      else if (happening.kind === "process") observer.process(happening.host);
      else if (happening.kind === "settled") observer.settled();
    };
  },
};

/** A late datagram is taken in if so few were sent after the newest that was: the width of the window. */
const LATE_MAX = 64;

/** A datagram of a party, as it was sent. */
interface Sent {
  readonly host: string;
  readonly keyId: number;
  /** Counts what its sender sent. */
  readonly index: number;
}

/** What one side knows of what the other sends it: the reporter's reports, or the hub's answers to it. */
interface Side {
  /** A key that the receiving side certainly has; undefined if none is known. */
  keyId: number | undefined;
  /** Index of the newest that was taken in under it. */
  newest: number;
  /** What was sent before either side was started the last time is not judged. */
  floor: number;
}

class ArrivalObserver {
  readonly #run: WatchedRun;
  readonly #hub: string | undefined;
  readonly #reporters: ReadonlySet<string>;
  readonly #sent = new Map<string, Sent>();
  readonly #counts = new Map<string, number>();
  /** Where the hub sends from; reporters hear nobody else. */
  #hubAt: Endpoint | undefined;
  /** By reporter: what it says to the hub, and what the hub says to it. */
  readonly #up = new Map<string, Side>();
  readonly #down = new Map<string, Side>();
  /** Bytes that arrived before, by host. */
  readonly #arrived = new Set<string>();
  /** What must be taken in before anything else arrives. */
  #owed: { readonly host: string; readonly packet: number; readonly sender: string } | undefined;

  constructor(run: WatchedRun) {
    this.#run = run;
    this.#hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    const reporters = run.parties.filter(({ kind }) => kind === "router" || kind === "server");
    this.#reporters = new Set(reporters.map(({ host }) => host));
  }

  sent({ host, from, bytes }: Datagram): void {
    const content = contentOf(bytes);
    if (host === this.#hub) this.#hubAt = from;
    const received = host === this.#hub ? content.fromHub : content.toHub;
    if (received === undefined || !("key" in received.message)) return;
    if (host !== this.#hub && !this.#reporters.has(host)) return;
    const index = (this.#counts.get(host) ?? 0) + 1;
    this.#counts.set(host, index);
    const { keyId } = received.message.key;
    if (keyId === 0) return;
    if (!this.#sent.has(content.text)) this.#sent.set(content.text, { host, keyId, index });
    if (host === this.#hub) return;
    const side = sideOf(this.#down, host);
    if (side.keyId !== keyId) this.#down.set(host, { keyId, newest: 0, floor: side.floor });
  }

  delivered({ host, from, packet, bytes }: Datagram): void {
    this.#collect();
    if (host !== this.#hub && (this.#hubAt === undefined || !isSame(from, this.#hubAt))) return;
    const { text } = contentOf(bytes);
    const sent = this.#sent.get(text);
    if (sent === undefined) return;
    const place = `${host} ${text}`;
    if (this.#arrived.has(place)) return;
    this.#arrived.add(place);
    const side = this.#sideOf(host, sent.host);
    if (side === undefined || this.#run.roleOf(host) === undefined) return;
    const { floor, keyId, newest } = side;
    const isDue = sent.keyId === keyId && sent.index > Math.max(floor, newest - LATE_MAX);
    if (isDue) this.#owed = { host, packet, sender: sent.host };
  }

  accepted({ host, packet, bytes }: Datagram): void {
    if (this.#owed?.packet === packet && this.#owed.host === host) this.#owed = undefined;
    const sent = this.#sent.get(contentOf(bytes).text);
    const side = sent && this.#sideOf(host, sent.host);
    if (sent === undefined || side === undefined) return;
    if (side.keyId !== sent.keyId) {
      // What a reporter has only its own reports show; the hub has shown it now.
      if (host !== this.#hub) return;
      this.#up.set(sent.host, { ...side, keyId: sent.keyId, newest: sent.index });
    } else {
      side.newest = Math.max(side.newest, sent.index);
    }
  }

  /** What was sent before is judged by a window that is gone, or numbered otherwise than what follows. */
  process(host: string): void {
    this.#owed = undefined;
    for (const reporter of this.#reporters) {
      if (host !== this.#hub && host !== reporter) continue;
      const [up, down] = [this.#up, this.#down].map((sides) => sideOf(sides, reporter));
      const upFloor = this.#counts.get(reporter) ?? 0;
      const downFloor = this.#hub === undefined ? 0 : (this.#counts.get(this.#hub) ?? 0);
      const [upKey, downKey] =
        host === this.#hub ? [undefined, down?.keyId] : [up?.keyId, undefined];
      this.#up.set(reporter, { keyId: upKey, newest: up?.newest ?? 0, floor: upFloor });
      this.#down.set(reporter, { keyId: downKey, newest: down?.newest ?? 0, floor: downFloor });
    }
  }

  /** The hub forgets the keys of whom it does not know any more. */
  settled(): void {
    this.#up.clear();
  }

  #sideOf(receiver: string, sender: string): Side | undefined {
    if (receiver === this.#hub) return sideOf(this.#up, sender);
    if (sender === this.#hub && this.#reporters.has(receiver)) return sideOf(this.#down, receiver);
    return undefined;
  }

  /** Whoever takes something in does so before anything else happens to it. */
  #collect(): void {
    const owed = this.#owed;
    if (owed === undefined) return;
    this.#owed = undefined;
    this.#run.violate(`${owed.host} refuses what ${owed.sender} sent it under a key that it has`);
  }
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}

function sideOf(sides: Map<string, Side>, reporter: string): Side {
  const known = sides.get(reporter);
  if (known !== undefined) return known;
  const side = { keyId: undefined, newest: 0, floor: 0 };
  sides.set(reporter, side);
  return side;
}
