import type {
  Consent,
  FrontCommand,
  FrontEvent,
  TunnelWish,
} from "../../../runtime/roles/tunnel/front/front-events.ts";
import { Front } from "../../../runtime/roles/tunnel/front/front.ts";
import { readJson, writeJson } from "../../control/programs/disk-json.ts";
import type { Program, ProgramDisk, ProgramProcess, ProgramStart } from "../../world/world.ts";
import { tokenOf, tunnelEnvironment } from "./tunnel-party.ts";
import type { TunnelPartyOptions } from "./tunnel-party.ts";

/** What a front is made from. */
export interface FrontProgramOptions extends TunnelPartyOptions {
  /** Name of its user. */
  readonly user: string;
  /** Name of the node's host, and its port for fronts. */
  readonly node: string;
  readonly nodePort: number;
  /** What it opens at each start; undefined for nothing. */
  readonly opens?: { readonly wish: TunnelWish; readonly port: number };
  /** Host and port of the program that tunnels of others lead to; undefined takes none. */
  readonly offers?: { readonly host: string; readonly port: number };
  readonly consent?: Consent;
  /** How the user answers questions, and after how long, ms. Default yes, after 300. */
  readonly answer?: { readonly isAllowed: boolean; readonly afterMs: number };
}

const USERS_FILE = "users";
/** What a front that lost its node or its port waits before it tries again, ms. */
const AGAIN_MS = 2_000;
const ANSWER = { isAllowed: true, afterMs: 300 };

type KnownUser = [user: string, fingerprint: Uint8Array];

function knownUsers(disk: ProgramDisk): readonly KnownUser[] {
  return (readJson(disk, USERS_FILE) as readonly KnownUser[] | undefined) ?? [];
}

function learn(disk: ProgramDisk, user: KnownUser): void {
  writeJson(disk, USERS_FILE, [...knownUsers(disk), user]);
  disk.sync();
}

/** A front that opens and accepts as it is told, again after each failure, and keeps the identities of users. */
export function frontProgram(options: FrontProgramOptions): Program<FrontCommand, FrontEvent> {
  let started: ProgramStart;
  let openings = 0;
  const open = (process: ProgramProcess<FrontCommand>): void => {
    const { opens } = options;
    if (opens === undefined) return;
    openings += 1;
    const at = { address: started.endpoint.address, port: opens.port };
    process.command({ type: "open", opening: openings, wish: opens.wish, at });
  };
  return {
    createRole: (start) => {
      started = start;
      return new Front({
        ...tunnelEnvironment(options, start),
        node: { ...start.endpointOf(options.node), port: options.nodePort },
        token: tokenOf(options.user),
        address: start.endpoint.address,
        users: new Map(knownUsers(start.disk)),
        consentOf: () => options.consent ?? "always",
      });
    },
    onStart: (process) => {
      process.command({ type: "start" });
    },
    onEvent: (event, process) => {
      switch (event.type) {
        case "attached":
          if (options.offers !== undefined) {
            const target = {
              ...started.endpointOf(options.offers.host),
              port: options.offers.port,
            };
            process.command({ type: "accept", target });
          }
          open(process);
          return;
        case "detached":
          process.after(AGAIN_MS, () => {
            process.command({ type: "start" });
          });
          return;
        case "openFailed":
          process.after(AGAIN_MS, () => {
            open(process);
          });
          return;
        case "consentWanted": {
          const { isAllowed, afterMs } = options.answer ?? ANSWER;
          process.after(afterMs, () => {
            process.command({
              type: "consent",
              tunnel: event.tunnel,
              isAllowed,
              reason: "as told",
            });
          });
          return;
        }
        case "userLearnt":
          learn(process.disk, [event.user, event.fingerprint]);
          return;
        default:
          return;
      }
    },
  };
}
