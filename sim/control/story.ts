import type { Endpoint } from "../../runtime/core/index.ts";
import type { TraceRecord, TraceValue } from "../engine/index.ts";
import type { SimulatedWorld } from "../world/simulated-world.ts";
import type { Observation } from "../world/observation.ts";
import type { ControlEvent, Datagram, Happening } from "./happening.ts";

type Fields = Readonly<Record<string, TraceValue>>;

/** Flags of a TCP segment that asks for a connection: SYN without ACK. */
const SYN = 2;
const SYN_ACK_MASK = 2 | 16;

/** What the hub answers a report with whose key it knows; whoever it does not know it challenges. */
const REPLIES = new Set(["TelemetryAck", "KeyOffer"]);
const REPORTS = new Set(["Telemetry", "LoadReport"]);
/** What reporters take in under a key. */
const KEYED = new Set(["TelemetryAck", "KeyOffer", "ConnectToHub"]);

/** A datagram that was sent. */
interface Sent {
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
}

/** Turns what a world records into happenings, as they happen, and passes them on. */
export class Story {
  readonly #listeners: ((happening: Happening) => void)[] = [];
  readonly #sent = new Map<number, Sent>();
  /** What arrives next instead of what was sent, by packet. */
  readonly #changed = new Map<number, Uint8Array>();
  /** What each host is handling. */
  readonly #current = new Map<string, Datagram>();
  /** A report that was taken in and is not answered yet, by host. */
  readonly #unanswered = new Map<string, string>();

  /** @param world whose processes are added later. */
  constructor(world: SimulatedWorld) {
    world.onRecord((record) => {
      this.#take(record);
    });
    world.onObservation((observation) => {
      this.tell({ kind: "observed", observation });
      this.#takeObservation(observation);
    });
  }

  /** Hears everything from now on. */
  onHappening(listener: (happening: Happening) => void): void {
    this.#listeners.push(listener);
  }

  /** Passes on what the world's records do not tell. */
  tell(happening: Happening): void {
    for (const listener of this.#listeners) listener(happening);
  }

  /** What a role reported. */
  event(host: string, event: ControlEvent): void {
    this.tell({ kind: "event", host, event });
  }

  #take({ host, kind, detail }: TraceRecord): void {
    switch (kind) {
      case "host":
        this.tell({ kind: "process", host, what: detail === "started" ? "started" : "crashed" });
        return;
      case "udp-sent":
        this.#takeSent(host, detail as Fields);
        return;
      case "udp-delivered":
        this.#takeDelivered(host, detail as Fields);
        return;
      case "tcp-sent": {
        const fields = detail as Fields;
        if (((fields["flags"] as number) & SYN_ACK_MASK) !== SYN) return;
        this.tell({ kind: "dialled", host, to: endpoint(fields, "to") });
        return;
      }
      case "udp-changed": {
        const { packet, bytes } = detail as Fields;
        this.#changed.set(packet as number, bytes as Uint8Array);
        return;
      }
      default:
        return;
    }
  }

  #takeSent(host: string, fields: Fields): void {
    const packet = fields["packet"] as number;
    const sent = { to: endpoint(fields, "to"), bytes: fields["bytes"] as Uint8Array };
    this.#sent.set(packet, sent);
    const from = endpoint(fields, "from");
    this.tell({ kind: "sent", host, packet, from, ...sent });
  }

  #takeDelivered(host: string, fields: Fields): void {
    const packet = fields["packet"] as number;
    const sent = this.#sent.get(packet);
    if (sent === undefined) return;
    const bytes = this.#changed.get(packet) ?? sent.bytes;
    this.#changed.delete(packet);
    const datagram = { host, packet, from: endpoint(fields, "from"), to: sent.to, bytes };
    this.#current.set(host, datagram);
    this.#unanswered.delete(host);
    this.tell({ kind: "delivered", ...datagram });
  }

  #takeObservation(observation: Observation): void {
    if (observation.kind === "transition" || observation.scope !== "udp") return;
    const { host, kind, message } = observation;
    const datagram = this.#current.get(host);
    if (datagram === undefined) return;
    if (kind === "received") {
      if (REPORTS.has(message)) this.#unanswered.set(host, message);
      if (KEYED.has(message)) this.tell({ kind: "accepted", message, ...datagram });
      return;
    }
    const report = this.#unanswered.get(host);
    if (report === undefined || !REPLIES.has(message)) return;
    this.#unanswered.delete(host);
    this.tell({ kind: "accepted", message: report, ...datagram });
  }
}

function endpoint(fields: Fields, which: "from" | "to"): Endpoint {
  return { address: fields[which] as string, port: fields[`${which}Port`] as number };
}
