import type { CampaignProgress } from "../../../sim/campaign/index.ts";
import type { TextOutput } from "../terminal.ts";

/** How often a terminal's line is written anew, and how often a log gets one. Milliseconds. */
const TERMINAL_PERIOD_MS = 200;
const LOG_PERIOD_MS = 30_000;
/** Takes the cursor to the start of the line and clears it. */
const CLEAR_LINE = "\r\u001b[2K";

/** Tells people on standard error how far a campaign is: one line that changes on a terminal, a few lines elsewhere. */
export class ProgressText {
  readonly #output: TextOutput;
  readonly #name: string;
  readonly #startedMs = performance.now();
  #toldMs = this.#startedMs;
  #isLineOpen = false;

  constructor(output: TextOutput, name: string) {
    this.#output = output;
    this.#name = name;
  }

  /** Tells it if it is time to. */
  take(progress: CampaignProgress): void {
    const nowMs = performance.now();
    const isTerminal = this.#output.isTTY === true;
    if (nowMs - this.#toldMs < (isTerminal ? TERMINAL_PERIOD_MS : LOG_PERIOD_MS)) return;
    this.#toldMs = nowMs;
    const text = progressText(this.#name, progress);
    if (!isTerminal) {
      this.#output.write(`${text}\n`);
      return;
    }
    const { columns = 80 } = this.#output;
    this.#output.write(`${CLEAR_LINE}${text.slice(0, columns - 1)}`);
    this.#isLineOpen = true;
  }

  /** Writes a line that stays. */
  note(text: string): void {
    this.end();
    this.#output.write(`${text}\n`);
  }

  /** Takes the changing line away. */
  end(): void {
    if (this.#isLineOpen) this.#output.write(CLEAR_LINE);
    this.#isLineOpen = false;
  }
}

/** `control: 120 of 1000 seeds, 1 failed, 512 seeds/min, 1 min 43 s left`. */
function progressText(name: string, progress: CampaignProgress): string {
  const { runs, total, failures, seedsPerMinute } = progress;
  const left =
    seedsPerMinute > 0 ? [`${durationText(((total - runs) * 60_000) / seedsPerMinute)} left`] : [];
  const parts = [
    `${String(runs)} of ${String(total)} seeds`,
    `${String(failures)} failed`,
    `${String(seedsPerMinute)} seeds/min`,
    ...left,
  ];
  return `${name}: ${parts.join(", ")}`;
}

/** A time in the two units that fit: `1 h 4 min`, `12 s`, `340 ms`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${String(Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ${String(seconds % 60)} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}
