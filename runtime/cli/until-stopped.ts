import type { Log } from "../io/log.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";

/**
 * Waits for work that leaves something behind if it is cut short: a signal ends the process meanwhile, after
 * the process's `exit` handlers have tidied up.
 */
export async function interruptible<Result>(work: Promise<Result>): Promise<Result> {
  const stop = (): never => process.exit(EXIT.interrupted);
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    return await work;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/**
 * Waits for SIGINT or SIGTERM and then closes, so that everything is on disk when the process ends. A second signal does not
 * wait. To be called before anybody is told that the process is ready: the signal may follow at once.
 */
export async function untilStopped(
  running: { close(): Promise<void> },
  log: Log,
): Promise<ExitCode> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  const stop = (signal: NodeJS.Signals): void => {
    resolve(signal);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const signal = await promise;
  log.info({ signal }, "stopping");
  process.off("SIGINT", stop).off("SIGTERM", stop);
  const forced = (): never => process.exit(EXIT.failed);
  process.once("SIGINT", forced).once("SIGTERM", forced);
  await running.close();
  process.off("SIGINT", forced).off("SIGTERM", forced);
  return EXIT.ok;
}
