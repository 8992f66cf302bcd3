import { OperatorError } from "../core/index.ts";
import { printable } from "../io/log-line.ts";

/** Why there is no tunnel: what the spec knows of, and `noNode` if the node of this machine is not there. */
export type TunnelErrorReason =
  | "refused"
  | "unknownUser"
  | "noPath"
  | "limit"
  | "closed"
  | "lost"
  | "impostor"
  | "timeout"
  | "offline"
  | "unreachable"
  | "unkept"
  | "noNode";

const PROBLEMS: Readonly<Record<TunnelErrorReason, readonly [problem: string, remedy: string]>> = {
  refused: [
    "does not allow the tunnel",
    "Ask that user to run `tagwire tunnel allow --to HOST:PORT`, and to allow this node's user.",
  ],
  unknownUser: [
    "has no node that is connected to the main server",
    "Check the name, which must be another user's, and that the node of that user runs.",
  ],
  noPath: [
    "cannot be reached over so many relays",
    "Ask for fewer relays, exclude fewer, or try again later.",
  ],
  limit: ["cannot be reached because of a bound", "Close tunnels, or give another port."],
  closed: ["is not reached any more because the tunnel was closed", "Open it again."],
  lost: ["is not reached any more because the chain was lost", "Open it again."],
  impostor: [
    "is somebody else than before, and the tunnel is refused",
    "Ask the user. If a new identity was made on purpose, remove the name from `users` in tunnel-front.json of the front's data folder.",
  ],
  timeout: [
    "did not answer in time",
    "Try again; that user may have to say yes at the terminal of `tagwire tunnel allow`.",
  ],
  offline: [
    "cannot be asked: the node has no connection to the main server",
    "Look at the node's log, and try again later.",
  ],
  unreachable: [
    "offers a program that does not answer",
    "Ask that user whether the program runs that `tagwire tunnel allow --to` names.",
  ],
  unkept: [
    "is new here, and the identity could not be kept: who that is could not be told from somebody else the next time",
    "Look at the log for the file and the reason.",
  ],
  noNode: [
    "cannot be reached, or asks for another token",
    "Start `tagwire tunnel node`, or give its --data folder as --node-data.",
  ],
};

/** There is no tunnel, or nobody who could make one. */
export class TunnelError extends OperatorError {
  readonly reason: TunnelErrorReason;
  /** What is wrong, one sentence without the place. */
  readonly problem: string;

  /** @param options.detail more about it, in the other side's words. Default none. */
  constructor(
    place: string,
    reason: TunnelErrorReason,
    options: { readonly detail?: string; readonly cause?: unknown } = {},
  ) {
    const { cause, detail = "" } = options;
    const [text, remedy] = PROBLEMS[reason];
    const problem = detail === "" ? `${text}.` : `${text} (${printable(detail)}).`;
    super({ place, problem, remedy, cause });
    this.reason = reason;
    this.problem = problem;
  }
}

/** The reason that a name of the spec stands for; names that this version does not know count as lost. */
export function tunnelErrorReason(name: string): TunnelErrorReason {
  return Object.hasOwn(PROBLEMS, name) ? (name as TunnelErrorReason) : "lost";
}
