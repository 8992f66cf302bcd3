import type {
  TunnelNodeCommand,
  TunnelNodeEvent,
} from "../../../runtime/roles/tunnel/node/node-events.ts";
import { TunnelNode } from "../../../runtime/roles/tunnel/node/tunnel-node.ts";
import { readJson, writeJson } from "../../control/programs/disk-json.ts";
import type { Program } from "../../world/world.ts";
import { afterSync, tokenOf, tunnelEnvironment } from "./tunnel-party.ts";
import type { TunnelPartyOptions } from "./tunnel-party.ts";

/** What a node is made from. */
export interface NodeProgramOptions extends TunnelPartyOptions {
  /** Name of the main server's host. */
  readonly main: string;
  /** Name of its user. */
  readonly user: string;
  readonly operator: string;
  /** Whether it relays for others. */
  readonly relays: boolean;
  /** Where fronts come. */
  readonly frontPort: number;
  /** Most bytes a second of one tunnel in each direction. Default: no bound. */
  readonly bytesPerS?: number;
}

/** Where a node keeps its password. */
export const PASSWORD_FILE = "password";
const MAIN_FILE = "main";
const TUNNELS_MAX = 64;
const LOAD_PERMILLE = 100;

/** A node that keeps its password and the main server's identity on its disk. */
export function nodeProgram(
  options: NodeProgramOptions,
): Program<TunnelNodeCommand, TunnelNodeEvent> {
  let nowMs = (): number => 0;
  return {
    createRole: (start) => {
      nowMs = start.nowMs;
      const { address } = start.endpoint;
      return new TunnelNode({
        ...tunnelEnvironment(options, start),
        main: start.endpointOf(options.main),
        mainFingerprint: readJson(start.disk, MAIN_FILE) as Uint8Array | undefined,
        password: readJson(start.disk, PASSWORD_FILE) as string | undefined,
        description: {
          name: options.user,
          operator: options.operator,
          relays: options.relays,
          relay_for: [],
          tunnels_max: TUNNELS_MAX,
          address: null,
        },
        fronts: { address, port: options.frontPort },
        token: tokenOf(options.user),
        bytesPerS: options.bytesPerS,
        loadPermille: () => LOAD_PERMILLE,
      });
    },
    onStart: (process) => {
      process.command({ type: "start" });
    },
    onEvent: (event, process) => {
      if (event.type === "savePassword") {
        writeJson(process.disk, PASSWORD_FILE, event.password);
        afterSync(options, { process, nowMs: nowMs() }, () => {
          process.command({ type: "saved" });
        });
      } else if (event.type === "mainLearnt") {
        writeJson(process.disk, MAIN_FILE, event.fingerprint);
        process.disk.sync();
      }
    },
  };
}
