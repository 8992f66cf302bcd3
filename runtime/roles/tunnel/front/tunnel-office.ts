import type { Endpoint, PeerIdentity } from "../../../core/index.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import type { ChannelSurroundings } from "../../channel/channel.ts";
import type { FrontLink } from "./front-link.ts";

/** What the tunnels of a front ask of it. */
export interface TunnelOffice extends ChannelSurroundings {
  readonly limits: TunnelLimits;
  readonly link: FrontLink;
  /** Where the node is. */
  readonly node: Endpoint;
  /** Local address of the ports for the node. */
  readonly address: string;
  /** Whether this is the identity that the user has had so far; a user who is new has this one from now on. */
  isUser(user: string, peer: PeerIdentity): boolean;
}
