import type { EventHandler, EventId } from "../engine/index.ts";
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
  #silenceUs: number;
  readonly #kept: TcpKept;
  #heardUs = 0;
  #isStarted = false;
  #wake: EventId | undefined;
  #probes = 0;

  /** @param silenceUs 0 never to ask. */
  constructor(host: TcpHost, silenceUs: number, kept: TcpKept) {
    this.label = `${host.name} tcp keep-alive`;
    this.#host = host;
    this.#silenceUs = silenceUs;
    this.#kept = kept;
  }

  start(): void {
    this.#isStarted = true;
    this.#begin();
  }

  /** Asks after another silence from now on. @param silenceUs 0 never. */
  change(silenceUs: number): void {
    this.#silenceUs = silenceUs;
    if (this.#wake !== undefined) this.#host.simulation.cancel(this.#wake);
    this.#wake = undefined;
    if (this.#isStarted) this.#begin();
  }

  /** The peer sent something. */
  heard(): void {
    this.#heardUs = this.#host.simulation.nowUs;
    this.#probes = 0;
  }

  handle(): void {
    this.#wake = undefined;
    if (this.#kept.isOver() || this.#silenceUs === 0) return;
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
    this.#wake = simulation.schedule(nextUs, this, undefined);
  }

  #begin(): void {
    if (this.#silenceUs === 0) return;
    this.#wake = this.#host.simulation.schedule(this.#silenceUs, this, undefined);
  }
}
