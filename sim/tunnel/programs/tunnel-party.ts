import { SYSTEM_LIMITS } from "../../../generated/system/limits.ts";
import type { SystemLimits } from "../../../generated/system/limits.ts";
import { TUNNEL_LIMITS } from "../../../generated/tunnel/limits.ts";
import type { TunnelLimits } from "../../../generated/tunnel/limits.ts";
import type { Identity, RpcValidators } from "../../../runtime/core/index.ts";
import type { RoleEnvironment } from "../../../runtime/roles/kernel/kernel.ts";
import { simulatedIdentity } from "../../crypto/simulated-crypto.ts";
import type { ProgramProcess, ProgramStart } from "../../world/world.ts";
import { TUNNEL_VALIDATORS } from "./tunnel-validators.ts";

/** What every party of a tunnel network is made from. */
export interface TunnelPartyOptions {
  /** Name of its identity. */
  readonly identity: string;
  /** Limits that differ from the spec's. */
  readonly limits?: Partial<TunnelLimits>;
  /**
   * When its disk does nothing, on the clock of its host; what is to be synced then takes until the end. That of a front
   * takes nothing at all then. Default never.
   */
  readonly stall?: { readonly fromMs: number; readonly toMs: number };
}

/** How long a disk takes to sync. */
export const SYNC_MS = 2;

/** What every role of a tunnel network is made with. */
export interface TunnelPartyEnvironment extends RoleEnvironment {
  readonly identity: Identity;
  readonly validators: RpcValidators;
  readonly limits: TunnelLimits;
  readonly systemLimits: SystemLimits;
}

/** Makes it. */
export function tunnelEnvironment(
  { identity, limits }: TunnelPartyOptions,
  { crypto, unixMs, observe }: ProgramStart,
): TunnelPartyEnvironment {
  return {
    crypto,
    unixMs,
    observe,
    identity: simulatedIdentity(identity),
    validators: TUNNEL_VALIDATORS,
    limits: { ...TUNNEL_LIMITS, ...limits },
    systemLimits: SYSTEM_LIMITS,
  };
}

/** Whether a disk does nothing at this time. */
export function isStalled(
  { stall }: { readonly stall?: TunnelPartyOptions["stall"] | undefined },
  nowMs: number,
): boolean {
  return stall !== undefined && nowMs >= stall.fromMs && nowMs < stall.toMs;
}

/** Syncs the disk, which takes its time, and then does what had to wait for that; never if the process ends before. */
export function afterSync<Command>(
  { stall }: Pick<TunnelPartyOptions, "stall">,
  on: { readonly process: ProgramProcess<Command>; readonly nowMs: number },
  done: () => void,
): void {
  const { process, nowMs } = on;
  const waitMs = isStalled({ stall }, nowMs) ? (stall?.toMs ?? nowMs) - nowMs : SYNC_MS;
  process.after(waitMs, () => {
    process.disk.sync();
    done();
  });
}

/** What a front shows its node; the two are one user's. */
export function tokenOf(user: string): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => user.charCodeAt(at % user.length));
}
