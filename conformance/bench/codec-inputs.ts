import { createTelemetry } from "../../generated/control/index.ts";
import type { Telemetry } from "../../generated/control/index.ts";
import { createPing } from "../../generated/system/index.ts";
import type { Ping } from "../../generated/system/index.ts";

/** A source of integers of 0 … bound-1 that is the same in every run (mulberry32). */
function integers(seed: number): (bound: number) => number {
  let state = seed;
  const word = (): number => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return (bound) => Math.floor(((word() * 0x20_0000 + (word() >>> 11)) / 2 ** 53) * bound);
}

/** What routers of a fleet might report: values of the sizes that they have in practice. */
export function telemetryInputs(count: number): readonly Telemetry[] {
  const below = integers(1);
  return Array.from({ length: count }, () =>
    createTelemetry({
      key: {
        version: 1,
        keyId: 1 + below(100_000),
        sequence: (1 + below(200)) * 2 ** 32 + below(2 ** 32),
        tag: Uint8Array.from({ length: 16 }, () => below(256)),
      },
      mac: below(2 ** 48),
      uptimeS: below(50_000_000),
      periodMs: 20_000,
      loadPermille: below(4000),
      memoryTotalKib: 65_536 + below(16_000_000),
      memoryFreeKib: below(8_000_000),
      rxBytes: below(2 ** 42),
      txBytes: below(2 ** 40),
      sessions: below(4),
    }),
  );
}

/** Pings with nonces of any size. */
export function pingInputs(count: number): readonly Ping[] {
  const below = integers(2);
  return Array.from({ length: count }, () => createPing({ nonce: below(2 ** 32) }));
}
