import type { EventHandler } from "../engine/index.ts";
import type { TcpHost } from "./tcp.ts";

/** What keeping alive asks of a connection. */
export interface TcpKept {
  /** Whether it is open and nothing of it is under way. */
  isIdle(): boolean;
  isOver(): boolean;
  /** Sends a segment that the peer must answer. */
  probe(): void;
  giveUp(): void;
}

/** What Node asks of the system: probes a second apart, ten of them. */
const PROBE_US = 1_000_000;
const PROBES_MAX = 10;

/** Asks a silent peer whether it is still there (RFC 9293, section 3.8.4). One event waits at a time, however much passes. */
export class TcpKeepAlive implements EventHandler<undefined> {
  readonly label: string;
  readonly #host: TcpHost;
  readonly #silenceUs: number;
  readonly #kept: TcpKept;
  #heardUs = 0;
  #probes = 0;

  /** @param silenceUs 0 never to ask. */
  constructor(host: TcpHost, silenceUs: number, kept: TcpKept) {
    this.label = `${host.name} tcp keep-alive`;
    this.#host = host;
    this.#silenceUs = silenceUs;
    this.#kept = kept;
  }

  start(): void {
    if (this.#silenceUs > 0) this.#host.simulation.schedule(this.#silenceUs, this, undefined);
  }

  /** The peer sent something. */
  heard(): void {
    this.#heardUs = this.#host.simulation.nowUs;
    this.#probes = 0;
  }

  handle(): void {
    if (this.#kept.isOver()) return;
    const { simulation } = this.#host;
    const silentUs = simulation.nowUs - this.#heardUs;
    const isSilent = silentUs >= this.#silenceUs && this.#kept.isIdle();
    if (isSilent) {
      if (this.#probes === PROBES_MAX) {
        this.#kept.giveUp();
        return;
      }
      this.#probes += 1;
      this.#kept.probe();
    }
    const nextUs = isSilent ? PROBE_US : Math.max(PROBE_US, this.#silenceUs - silentUs);
    simulation.schedule(nextUs, this, undefined);
  }
}
