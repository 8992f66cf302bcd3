import type { ReporterState } from "../../../runtime/roles/reporter/reporter.ts";
import type { ProgramDisk } from "../../world/world.ts";
import { readJson, writeJson } from "./disk-json.ts";

/** The name of the file. */
export const REPORTER_FILE = "reporter";

/** What a router or server keeps of its enrolment; nothing before the first. */
export function readReporter(disk: ProgramDisk): ReporterState {
  const kept = readJson(disk, REPORTER_FILE) as Partial<ReporterState> | undefined;
  return { key: kept?.key, hub: kept?.hub };
}

/** Writes it; it may be lost until the disk is synced. */
export function writeReporter(disk: ProgramDisk, state: ReporterState): void {
  writeJson(disk, REPORTER_FILE, state);
}
