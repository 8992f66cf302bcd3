import { PEER_TAGS } from "../../../generated/peer/tags.ts";

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(PEER_TAGS).map(([message, tag]) => [tag, message]),
);

/** The name of the peer protocol's message with this tag. @throws {RangeError} if there is none: a bug in the caller. */
export function peerMessageOf(tag: number): string {
  const name = NAMES.get(tag);
  if (name === undefined) throw new RangeError(`no message of peers has the tag ${String(tag)}`);
  return name;
}

const QUIET: ReadonlySet<string> = new Set([
  "Ready",
  "Leave",
  "PathOffer",
  "PathAnswer",
  "PathPing",
  "PathPong",
]);

/** Whether a message keeps no session alive: what keeps a path alive does not. */
export function isQuiet(name: string): boolean {
  return QUIET.has(name);
}
