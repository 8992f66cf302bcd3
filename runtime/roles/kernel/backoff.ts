import type { Crypto } from "../../core/index.ts";

/**
 * How long to wait before attempt number `attempt` (from 0), milliseconds: a random part of the step of the
 * series, whose last step serves for ever ("full jitter"), so that many parties that lost the same peer do
 * not return at the same moment.
 */
export function jitteredMs(seriesMs: readonly number[], attempt: number, crypto: Crypto): number {
  const ceiling = stepMs(seriesMs, attempt);
  const bytes = crypto.randomBytes(2);
  const share = (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) / 65536;
  return Math.round(ceiling * share);
}

/** The step of a series for attempt number `attempt`, milliseconds, without jitter. */
export function stepMs(seriesMs: readonly number[], attempt: number): number {
  return seriesMs[Math.min(attempt, seriesMs.length - 1)] ?? 0;
}
