import { arch, availableParallelism } from "node:os";
import { RpcError, formatMac } from "../core/index.ts";
import type { Inventory } from "../../generated/control/messages/visits.ts";
import { ROUTER_METHODS, RouterErrors } from "../../generated/control/rpc/router.ts";
import type {
  Configuration,
  NetworkInterface,
  RouterHandlers,
} from "../../generated/control/rpc/router.ts";
import { CONTROL_VERSION } from "../../generated/control/tags.ts";
import type { LogRing } from "../io/log-ring.ts";
import type { RouterReadings } from "../roles/router/router-events.ts";
import { ping } from "./ping.ts";

/** What a router's handlers act on. */
export interface RouterMachine {
  readonly mac: number;
  readonly inventory: () => Inventory;
  readonly readings: () => RouterReadings;
  readonly interfaces: () => readonly NetworkInterface[];
  readonly log: LogRing;
  readonly configuration: () => Configuration;
  /** On disk when it returns. @throws {OperatorError} if it cannot be saved. */
  readonly configure: (change: Partial<Configuration>) => void;
  /** Restarts the machine after so many seconds. @throws {Error} if it cannot. */
  readonly reboot: (inS: number) => Promise<void>;
}

/** Time for the answer to reach the client before the machine goes down, seconds. */
const REBOOT_IN_S = 5;

/** How this machine answers the methods of the service Router. */
export function routerHandlers(machine: RouterMachine): RouterHandlers<undefined> {
  return {
    systemInfo: () => {
      const { model, firmware, hostname, software } = machine.inventory();
      return {
        mac: formatMac(machine.mac),
        model,
        firmware,
        hostname,
        software,
        architecture: arch(),
        processors: availableParallelism(),
      };
    },
    systemUptime: () => ({ uptimeS: machine.readings().uptimeS }),
    systemLoad: () => {
      const { loadPermille, memoryTotalKib, memoryFreeKib } = machine.readings();
      return { loadPermille, memoryTotalKib, memoryFreeKib };
    },
    networkInterfaces: () => machine.interfaces(),
    networkPing: ({ host, count = 3 }) => ping(host, count),
    logTail: ({ lines = 50 }) => ({ lines: [...machine.log.tail(lines)] }),
    configGet: () => machine.configuration(),
    configSet: (change) => {
      try {
        machine.configure(change);
      } catch (error) {
        throw new RpcError(RouterErrors.unavailable, "The settings could not be saved.", {
          reason: error instanceof Error ? error.message : String(error),
        });
      }
      return machine.configuration();
    },
    systemReboot: async () => {
      if (!machine.configuration().allowReboot) {
        throw new RpcError(RouterErrors.notAllowed, "Restarting is not allowed on this router.");
      }
      try {
        await machine.reboot(REBOOT_IN_S);
      } catch {
        throw new RpcError(RouterErrors.unavailable, "This machine cannot be restarted from here.");
      }
      return { inS: REBOOT_IN_S };
    },
    rpcDescribe: () => ({
      service: "Router",
      version: CONTROL_VERSION,
      methods: Object.entries(ROUTER_METHODS).map(
        ([name, { doc, idempotent, timeoutMs, params, result }]) => ({
          name,
          doc,
          idempotent,
          timeoutMs,
          params: { ...params },
          result: { ...result },
        }),
      ),
    }),
  };
}
