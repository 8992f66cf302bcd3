import { pino } from "pino";
import type { Logger } from "pino";
import { logLine } from "./log-line.ts";
import { redactMembers } from "./log-redaction.ts";
import type { LogRing } from "./log-ring.ts";

/** What the parts of a process log with: `log.info({ router }, "router enrolled")`. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error" | "fatal">;

/** Where a log goes and what of it. */
export interface LogOptions {
  /** Which part of the network this process is: `hub`, `server`… Named in every line. */
  readonly part: string;
  /** Least level that is written. Default `info`. */
  readonly level?: "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  /** `text` for a person, `json` for a machine. Default: text on a terminal, else JSON. */
  readonly format?: "text" | "json";
  /** Also keeps the last lines in memory, always as text without colours. */
  readonly ring?: LogRing;
  /** Default: standard error, so that results on standard output stay clean. */
  readonly output?: { readonly isTTY?: boolean; write(text: string): unknown };
}

/**
 * A log that keeps secrets out by their names (log-redaction.ts), at any depth. Every line is written
 * before the call returns, so that the last words of a crash are not lost.
 */
export function createLog(options: LogOptions): Log {
  const output = options.output ?? process.stderr;
  const isTerminal = output.isTTY === true;
  const format = options.format ?? (isTerminal ? "text" : "json");
  const destination = {
    write(json: string): void {
      options.ring?.push(logLine(json, { colour: false }));
      const line = format === "text" ? `${logLine(json, { colour: isTerminal })}\n` : json;
      output.write(line);
    },
  };
  return pino(
    {
      level: options.level ?? "info",
      base: { part: options.part },
      formatters: { log: redactMembers, bindings: redactMembers },
    },
    destination,
  );
}

/** A log that says nothing, for tests and for embedding. */
export function createSilentLog(): Log {
  return pino({ level: "silent" });
}
