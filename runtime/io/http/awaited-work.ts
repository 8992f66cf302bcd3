import type { ServerResponse } from "node:http";
import { Problem } from "./problem.ts";

/**
 * Does work for a client as long as it waits: the signal is aborted when the client goes away and when
 * the work has taken `limitMs`. Fastify's `request.signal` and `handlerTimeout` take a body that has been
 * read for a client that has gone.
 *
 * @throws {Problem} `busy` after `limitMs`; else what the work throws.
 */
export async function awaitedWork<Result>(
  response: ServerResponse,
  limitMs: number,
  work: (signal: AbortSignal) => Result | Promise<Result>,
): Promise<Result> {
  const end = new AbortController();
  const abort = (): void => {
    end.abort();
  };
  response.once("close", abort);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    abort();
    reject(new Problem("busy", { retryAfterS: 5 }));
  }, limitMs);
  try {
    return await Promise.race([work(end.signal), late]);
  } finally {
    clearTimeout(timer);
    response.off("close", abort);
  }
}
