import { CONTROL_TAGS } from "../../../generated/control/tags.ts";
import { SYSTEM_TAGS } from "../../../generated/system/tags.ts";
import { TUNNEL_TAGS } from "../../../generated/tunnel/tags.ts";

/** The scope of messages that are datagrams of their own. */
export const DATAGRAM_SCOPE = "udp";

/**
 * What a role did, in the words of the spec. `scope` says where in the role: the instance of the machine, unique
 * among those that run; for messages the channel that they went over, or `udp`.
 */
export type RoleObservation =
  | {
      readonly kind: "transition";
      readonly scope: string;
      readonly machine: string;
      readonly from: string;
      readonly on: string;
      readonly to: string;
    }
  /**
   * A message that a role sent, or took in after the checks of form, direction, sender and freshness; also those inside
   * encrypted records. Whether the state had a use for it shows in the transitions.
   */
  | {
      readonly kind: "sent" | "received";
      readonly scope: string;
      readonly message: string;
      readonly tag: number;
    };

const MESSAGE_BY_TAG: ReadonlyMap<number, string> = new Map(
  Object.entries({ ...SYSTEM_TAGS, ...CONTROL_TAGS, ...TUNNEL_TAGS }).map(([message, tag]) => [
    tag,
    message,
  ]),
);

/** The name of the message with this tag. @throws {RangeError} if no role here speaks it: a bug in the caller. */
export function messageOfTag(tag: number): string {
  const message = MESSAGE_BY_TAG.get(tag);
  if (message === undefined) throw new RangeError(`no message has the tag ${String(tag)}`);
  return message;
}
