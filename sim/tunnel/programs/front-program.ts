import { TunnelProblem } from "../../../generated/tunnel/types.ts";
import type { Endpoint } from "../../../runtime/core/index.ts";
import type {
  Consent,
  FrontCommand,
  FrontEvent,
  TunnelWish,
} from "../../../runtime/roles/tunnel/front/front-events.ts";
import { Front } from "../../../runtime/roles/tunnel/front/front.ts";
import { readJson, writeJson } from "../../control/programs/disk-json.ts";
import type { Program, ProgramDisk, ProgramProcess, ProgramStart } from "../../world/world.ts";
import { SYNC_MS, isStalled, tokenOf, tunnelEnvironment } from "./tunnel-party.ts";
import type { TunnelPartyOptions } from "./tunnel-party.ts";

/** What a user says when somebody wants to connect. */
export type FrontMood = "yes" | "no" | "nothing";

/** What a front is made from. */
export interface FrontProgramOptions extends TunnelPartyOptions {
  /** Name of its user. */
  readonly user: string;
  /** Name of the node's host, and its port for fronts. */
  readonly node: string;
  readonly nodePort: number;
  /** What it opens at each start; undefined for nothing. */
  readonly opens?: { readonly wish: TunnelWish; readonly port: number };
  /** The program that tunnels of others lead to; undefined takes none. */
  readonly offers?: Endpoint;
  /** Whether it takes tunnels without encryption. Default false. */
  readonly takesPlain?: boolean;
  /** What its policy says of everybody. Default always. */
  readonly consent?: Consent;
  /** What its user says, one of these each time in turn. Default yes. */
  readonly moods?: readonly FrontMood[];
}

/** Everybody who has a front. */
const USERS = ["ada", "bob"];
const USERS_FILE = "users";
const WISHES_FILE = "wishes";
/** What a front that lost its node or its port waits before it tries again, ms. */
const AGAIN_MS = 2_000;
/** How long a user thinks, ms. */
const THINK_MS = 300;

type KnownUser = [user: string, fingerprint: Uint8Array];

/** What a user has decided, which a new start of the front does not change. */
export interface FrontWishes {
  /** The tunnels of its `opens` are not wanted any more. */
  readonly isQuiet?: boolean;
  /** It shows an identity of this name instead of its own. */
  readonly identity?: string;
}

/** Has a user decide. */
export function decideFor(disk: ProgramDisk, wishes: FrontWishes): void {
  writeJson(disk, WISHES_FILE, wishes);
  disk.sync();
}

function wishesOn(disk: ProgramDisk): FrontWishes {
  return (readJson(disk, WISHES_FILE) as FrontWishes | undefined) ?? {};
}

function knownUsers(disk: ProgramDisk): readonly KnownUser[] {
  return (readJson(disk, USERS_FILE) as readonly KnownUser[] | undefined) ?? [];
}

/** Whether a front has met somebody. */
export function hasLearnt(disk: ProgramDisk): boolean {
  return knownUsers(disk).length > 0;
}

/** Keeps an identity, unless another is known. Gives the one that is kept. */
function learn(disk: ProgramDisk, [user, fingerprint]: KnownUser): Uint8Array {
  const users = knownUsers(disk);
  const known = users.find(([name]) => name === user);
  if (known !== undefined) return known[1];
  writeJson(disk, USERS_FILE, [...users, [user, fingerprint]]);
  disk.sync();
  return fingerprint;
}

/** A front that opens and accepts as it is told, again after each failure, and keeps the identities of users. */
export function frontProgram(options: FrontProgramOptions): Program<FrontCommand, FrontEvent> {
  let started: ProgramStart;
  let openings = 0;
  let asked = 0;
  const open = (process: ProgramProcess<FrontCommand>): void => {
    const { opens } = options;
    if (opens === undefined || wishesOn(process.disk).isQuiet === true) return;
    openings += 1;
    const at = { address: started.endpoint.address, port: opens.port };
    process.command({ type: "open", opening: openings, wish: opens.wish, at });
  };
  const answer = (question: number, process: ProgramProcess<FrontCommand>): void => {
    const { moods = ["yes"] } = options;
    const mood = moods[asked % moods.length];
    asked += 1;
    if (mood === "nothing") return;
    const isAllowed = mood === "yes";
    process.after(THINK_MS, () => {
      process.command({ type: "consent", question, isAllowed, reason: "as told" });
    });
  };
  return {
    createRole: (start) => {
      started = start;
      return createFront(options, start);
    },
    onStart: (process) => {
      const policies = new Map(USERS.map((user) => [user, options.consent ?? "always"]));
      process.command({ type: "known", users: new Map(knownUsers(process.disk)), policies });
      process.command({ type: "start" });
    },
    onEvent: (event, process) => {
      switch (event.type) {
        case "attached":
          if (options.offers !== undefined) {
            const plain = options.takesPlain ?? false;
            process.command({ type: "accept", target: options.offers, plain });
          }
          open(process);
          return;
        case "detached":
          process.after(AGAIN_MS, () => {
            process.command({ type: "start" });
          });
          return;
        case "openFailed":
          // Its port is taken by another opening, which is as good.
          if (event.problem === TunnelProblem.limit) return;
          process.after(AGAIN_MS, () => {
            open(process);
          });
          return;
        case "consentWanted":
          answer(event.question, process);
          return;
        case "userMet": {
          const { fingerprint, user } = event;
          const isFull = isStalled(options, started.nowMs());
          process.after(SYNC_MS, () => {
            const kept = isFull ? undefined : learn(process.disk, [user, fingerprint]);
            process.command({ type: "learnt", user, fingerprint: kept });
          });
          return;
        }
        default:
          return;
      }
    },
  };
}

function createFront(options: FrontProgramOptions, start: ProgramStart): Front {
  const { disk, endpoint } = start;
  const identity = wishesOn(disk).identity ?? options.identity;
  return new Front({
    ...tunnelEnvironment({ ...options, identity }, start),
    node: { ...start.endpointOf(options.node), port: options.nodePort },
    token: tokenOf(options.user),
    address: endpoint.address,
  });
}
