import type { Endpoint } from "../../../core/index.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import type { ChannelSurroundings } from "../../channel/channel.ts";
import type { FrontLink } from "./front-link.ts";
import type { Identities } from "./identities.ts";

/** What the tunnels of a front ask of it. */
export interface TunnelOffice extends ChannelSurroundings {
  readonly limits: TunnelLimits;
  readonly link: FrontLink;
  /** Where the node is. */
  readonly node: Endpoint;
  /** Local address of the ports for the node. */
  readonly address: string;
  readonly identities: Identities;
}
