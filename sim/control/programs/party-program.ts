import { CONTROL_LIMITS } from "../../../generated/control/limits.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import { SYSTEM_LIMITS } from "../../../generated/system/limits.ts";
import type { SystemLimits } from "../../../generated/system/limits.ts";
import type { Identity } from "../../../runtime/core/index.ts";
import type { RoleEnvironment } from "../../../runtime/roles/kernel/kernel.ts";
import type { ProgramDisk, ProgramProcess, ProgramStart } from "../../world/world.ts";
import { partyIdentity } from "../identities.ts";
import { readJson, writeJson } from "./disk-json.ts";

/** A time in which a disk takes writes but does not sync. Milliseconds of the host's monotonic clock. */
export interface DiskStall {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What every party of the control network is made from. */
export interface PartyProgramOptions {
  /** Name of its identity. */
  readonly identity: string;
  /** Limits that differ from the spec's. */
  readonly limits?: Partial<ControlLimits>;
  readonly systemLimits?: Partial<SystemLimits>;
  /** How long its disk takes to sync, ms. Default 2. */
  readonly syncMs?: number;
  /** Default none. */
  readonly stalls?: readonly DiskStall[];
}

const SYNC_MS = 2;
const STARTS_FILE = "starts";

/** What every role of the control network is made with. */
export interface PartyEnvironment extends RoleEnvironment {
  readonly identity: Identity;
  readonly limits: ControlLimits;
  readonly systemLimits: SystemLimits;
}

/** Makes it. */
export function partyEnvironment(
  { identity, limits, systemLimits }: PartyProgramOptions,
  { crypto, unixMs, observe }: ProgramStart,
): PartyEnvironment {
  return {
    crypto,
    unixMs,
    observe,
    identity: partyIdentity(crypto, identity),
    limits: { ...CONTROL_LIMITS, ...limits },
    systemLimits: { ...SYSTEM_LIMITS, ...systemLimits },
  };
}

/** How often this party was started with its disk, this start included. It is on the disk when this returns. */
export function countStart(disk: ProgramDisk): number {
  const starts = ((readJson(disk, STARTS_FILE) as number | undefined) ?? 0) + 1;
  writeJson(disk, STARTS_FILE, starts);
  disk.sync();
  return starts;
}

/** Syncs the disk, which takes its time, and then does what had to wait for that; never if the process ends before. */
export function syncThen<Command>(
  { syncMs = SYNC_MS, stalls = [] }: PartyProgramOptions,
  { process, nowMs }: { readonly process: ProgramProcess<Command>; readonly nowMs: number },
  done: () => void,
): void {
  const stall = stalls.find(({ fromMs, toMs }) => nowMs >= fromMs && nowMs < toMs);
  const delayMs = syncMs + (stall === undefined ? 0 : stall.toMs - nowMs);
  process.after(delayMs, () => {
    process.disk.sync();
    done();
  });
}
