import { formatMac } from "../../../runtime/core/index.ts";
import type { Configuration } from "../../../generated/control/rpc/router.ts";
import { CONTROL_LIMITS } from "../../../generated/control/limits.ts";
import { Router } from "../../../runtime/roles/router/router.ts";
import type {
  RouterCommand,
  RouterEvent,
  RouterReadings,
} from "../../../runtime/roles/router/router-events.ts";
import type { Program, ProgramDisk, ProgramProcess, ProgramStart } from "../../world/world.ts";
import { readJson, writeJson } from "./disk-json.ts";
import { countStart, partyEnvironment, syncThen } from "./party-program.ts";
import type { PartyProgramOptions } from "./party-program.ts";
import { readReporter, writeReporter } from "./reporter-file.ts";
import { ROUTER_VALIDATORS } from "./router-validators.ts";

/** What a router is made from. */
export interface RouterProgramOptions extends PartyProgramOptions {
  /** Name of the hub's host. */
  readonly hub: string;
  readonly mac: number;
  /** How often it reports. Default: that of the spec, or what a client set. */
  readonly periodMs?: number;
  /** Claim code to present at each start. Default none. */
  readonly claim?: string;
  /** Identity of the hub that alone is accepted, 32 bytes. Default: the first that answers. */
  readonly hubFingerprint?: Uint8Array;
  /** Methods that it never answers. Default none. */
  readonly mute?: readonly string[];
}

/** `txBytes` of report n of a start is n more than this many times the number of starts, so that each report is told from every other. */
const REPORTS_PER_START = 2 ** 20;

const SETTINGS_FILE = "settings";
const MEMORY_KIB = 65_536;

/** A router that keeps its key and settings on its disk and answers the methods of the service Router. */
export function routerProgram(options: RouterProgramOptions): Program<RouterCommand, RouterEvent> {
  let started: ProgramStart;
  const { hubFingerprint, claim } = options;
  return {
    createRole: (start) => {
      started = start;
      const starts = countStart(start.disk);
      const kept = readReporter(start.disk);
      return new Router({
        ...partyEnvironment(options, start),
        mac: options.mac,
        hub: start.endpointOf(options.hub),
        state: { key: kept.key, hub: kept.hub ?? hubFingerprint },
        starts,
        periodMs: readSettings(start.disk, options).telemetryPeriodMs,
        inventory: inventoryOf(options),
        readings: readingsOf(start, starts),
        validators: ROUTER_VALIDATORS,
        ...(claim !== undefined && { claim }),
      });
    },
    onStart: (process) => {
      process.command({ type: "start" });
    },
    onEvent: (event, process) => {
      if (event.type === "save") {
        writeReporter(process.disk, event.state);
        syncThen(options, { process, nowMs: started.nowMs() }, () => {
          process.command({ type: "saved" });
        });
      } else if (event.type === "call" && options.mute?.includes(event.method) !== true) {
        const { session, call } = event;
        const handled = answer(event, { options, process, start: started });
        process.command({ type: "callEnded", session, call, handled });
      }
    },
  };
}

/** The model that the router of this identity reports: of each another, so that nobody's is taken for another's. */
export function modelOf(identity: string): string {
  return `simulated ${identity}`;
}

/** Time since the start, and a number of its own for each report. */
function readingsOf({ nowMs }: ProgramStart, starts: number): () => RouterReadings {
  const startMs = nowMs();
  let reports = 0;
  return () => {
    reports += 1;
    return {
      uptimeS: Math.floor((nowMs() - startMs) / 1000),
      loadPermille: reports % 1000,
      memoryTotalKib: MEMORY_KIB,
      memoryFreeKib: MEMORY_KIB / 2,
      rxBytes: starts,
      txBytes: starts * REPORTS_PER_START + reports,
    };
  };
}

function inventoryOf({
  identity,
}: RouterProgramOptions): ConstructorParameters<typeof Router>[0]["inventory"] {
  return {
    model: modelOf(identity),
    firmware: "simulated 1",
    hostname: identity,
    software: "tagwire",
    interfaces: [],
  };
}

function readSettings(disk: ProgramDisk, { periodMs }: RouterProgramOptions): Configuration {
  const kept = readJson(disk, SETTINGS_FILE) as Partial<Configuration> | undefined;
  return {
    label: "",
    telemetryPeriodMs: periodMs ?? CONTROL_LIMITS.telemetryPeriodMs,
    allowReboot: false,
    ...kept,
  };
}

type Handled = Extract<RouterCommand, { type: "callEnded" }>["handled"];

/** What a method answers; those that ask more of a machine than a simulated one has fail. */
function answer(
  { method, params }: Extract<RouterEvent, { type: "call" }>,
  router: {
    readonly options: RouterProgramOptions;
    readonly process: ProgramProcess<RouterCommand>;
    readonly start: ProgramStart;
  },
): Handled {
  const { options, process } = router;
  const { model, firmware, hostname, software } = inventoryOf(options);
  switch (method) {
    case "system.info": {
      const machine = { model, firmware, hostname, software, architecture: "none", processors: 1 };
      return { ok: true, result: { mac: formatMac(options.mac), ...machine } };
    }
    case "system.uptime":
      return { ok: true, result: { uptimeS: Math.floor(router.start.nowMs() / 1000) } };
    case "config.get":
      return { ok: true, result: readSettings(process.disk, options) };
    case "config.set": {
      const settings = { ...readSettings(process.disk, options), ...(params as Configuration) };
      writeJson(process.disk, SETTINGS_FILE, settings);
      process.disk.sync();
      process.command({ type: "setPeriod", periodMs: settings.telemetryPeriodMs });
      return { ok: true, result: settings };
    }
    default:
      return { ok: false, error: new RangeError(`a simulated router has no ${method}`) };
  }
}
