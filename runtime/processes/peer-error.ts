import { OperatorError } from "../core/index.ts";
import type { PeerFailure } from "../roles/peer/peer-events.ts";

/** Why something did not reach another peer. */
export type PeerErrorReason = PeerFailure | "unavailable";

const PROBLEMS: Readonly<Record<PeerErrorReason, readonly [problem: string, remedy: string]>> = {
  timeout: [
    "did not acknowledge it in time.",
    "Check that it runs and has a server in common with this peer. It may have arrived all the same.",
  ],
  queueFull: [
    "has too much waiting for it already, or is this peer itself.",
    "Send less, or later, and to the fingerprint of another peer.",
  ],
  tooLong: ["cannot be sent a message of more than 1024 bytes.", "Send it as a file."],
  refused: ["does not want it.", "Ask its user."],
  brokenOff: [
    "gave the file up: its disk does not take it, or what came is not what was offered.",
    "Send it again; what came is kept as far as it is right.",
  ],
  unreadable: ["was to get a file that cannot be read any more.", "Send it again."],
  cancelled: [
    "has not acknowledged it, and it is not sent any more.",
    "It may have arrived all the same.",
  ],
  unavailable: ["does not answer.", "Check the address and the network."],
};

/** Something did not reach another peer, or no server could be reached. */
export class PeerError extends OperatorError {
  readonly reason: PeerErrorReason;

  /** @param place the peer, or the servers. */
  constructor(place: string, reason: PeerErrorReason) {
    const [problem, remedy] = PROBLEMS[reason];
    super({ place, problem, remedy });
    this.reason = reason;
  }
}
