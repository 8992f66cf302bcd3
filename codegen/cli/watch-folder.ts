import { watch } from "node:fs";

/** Editors save in several steps; changes within this time make one run. */
const SETTLE_MS = 60;

/**
 * Calls `run` after each burst of changes below a folder, never twice at a time, until `signal` is aborted. A run that
 * is going on when something changes is followed by another.
 * @returns once aborted and the last run is over; rejects if the folder cannot be watched or `run` rejects
 */
export function watchFolder(
  folder: string,
  run: () => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let running: Promise<void> | undefined;
    let isAgain = false;
    const watcher = watch(folder, { recursive: true });
    const stop = (): void => {
      clearTimeout(timer);
      watcher.close();
      if (running === undefined) resolve();
      else running.then(resolve, reject);
    };
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      watcher.close();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const start = (): void => {
      if (running !== undefined) {
        isAgain = true;
        return;
      }
      running = run().finally(() => {
        running = undefined;
        if (isAgain && signal?.aborted !== true) {
          isAgain = false;
          start();
        }
      });
      running.catch(fail);
    };
    watcher.on("change", () => {
      clearTimeout(timer);
      timer = setTimeout(start, SETTLE_MS);
    });
    watcher.on("error", fail);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
