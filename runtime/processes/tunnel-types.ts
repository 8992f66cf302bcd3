/** What the processes of a tunnel network are started with and what they offer once they run. */
import type { Endpoint } from "../core/index.ts";
import type { Tube } from "../../generated/tunnel/rpc/tube-user.ts";
import type { Consent } from "../roles/tunnel/front/front-events.ts";
import type { HostPort } from "./config-types.ts";

export interface TunnelMainConfig {
  /** Where nodes come. Port 0 takes any free one. */
  readonly listen: HostPort;
  /** Folder of identity, secret and nodes; made if missing. */
  readonly dataFolder: string;
}

export interface RunningTunnelMain {
  readonly endpoint: Endpoint;
  /** Of its identity, 32 bytes. */
  readonly fingerprint: Uint8Array;
  close(): Promise<void>;
}

export interface TunnelNodeConfig {
  readonly main: HostPort;
  /** The identity that the main server must have, 32 bytes; undefined learns it on first contact and keeps it. */
  readonly mainFingerprint?: Uint8Array | undefined;
  /** Name of its user: at most 63 lower-case letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  /** Who runs it, at most 64 characters: no path has two relays of one operator. */
  readonly operator: string;
  /** Whether it relays for others. Default false. */
  readonly relays?: boolean;
  /** Users whose tunnels it relays; empty, the default, for all. */
  readonly relayFor?: readonly string[];
  /** Tunnels that it relays at a time, 0–65535. Default 64. */
  readonly tunnelsMax?: number;
  /** Most bytes a second of one tunnel in each direction. Default: no bound. */
  readonly bytesPerS?: number | undefined;
  /**
   * Whether it dials other nodes at private addresses, too: its own machine's and its network's. Default: only where the
   * main server is at such an address as well.
   */
  readonly allowPrivate?: boolean;
  /** IP address at which other nodes reach it. Default: the one that the main server sees. */
  readonly advertise?: string | undefined;
  /** Local address of the ports for other nodes. Default: all. */
  readonly hopAddress?: string | undefined;
  /** Ports for other nodes. Default: any free one. */
  readonly hopPorts?: { readonly first: number; readonly last: number } | undefined;
  /** Folder of identity, password and what fronts need to reach it; made if missing. */
  readonly dataFolder: string;
}

export interface RunningTunnelNode {
  /** Where fronts come. */
  readonly frontPort: number;
  readonly fingerprint: Uint8Array;
  /** Settles when the node is connected to the main server for the first time. */
  readonly online: Promise<void>;
  /** Settles with the main server's reason when it refuses the node for the first time; the node goes on trying. */
  readonly refused: Promise<string>;
  /** Logs out from the main server, so that its tunnels end at once everywhere, and stops. */
  close(): Promise<void>;
}

export interface TunnelFrontConfig {
  /** Folder of the front's identity and of the users that it knows; made if missing. */
  readonly dataFolder: string;
  /** Data folder of the node, on the same machine. */
  readonly nodeFolder: string;
  /**
   * Hears that the node is gone (false), and with it all tunnels, and that it is back (true): then ports lead to users
   * again and programs are offered again, without anybody's doing.
   */
  readonly onNode?: (isThere: boolean) => void;
}

/** A node and its front in one process. */
export interface TunnelEndConfig {
  readonly node: TunnelNodeConfig;
  /** Folder of the front's identity and of the users that it knows; made if missing. */
  readonly dataFolder: string;
}

export interface RunningTunnelEnd {
  readonly front: TunnelFront;
  /** Cuts all tunnels, logs out from the main server and stops. */
  close(): Promise<void>;
}

/** A question of another user. */
export interface TunnelQuestion {
  readonly user: string;
  /** True if the ends do without encryption of their own: relays can read what passes, and nobody proves who the user is. */
  readonly plain: boolean;
  /** Aborts when nobody waits for the answer any more. */
  readonly withdrawn: AbortSignal;
}

/** The user's answer. */
export interface TunnelAnswer {
  readonly isAllowed: boolean;
  /** For the other user; at most 200 characters. */
  readonly reason: string;
}

/** Which tunnels of others are taken. */
export interface TunnelAcceptOptions {
  /** Whether those are taken, too, whose ends do without encryption. Default false. */
  readonly plain?: boolean;
}

/** How a tunnel is to be. */
export interface TunnelOpenOptions {
  /** Relays between the two nodes, 0–8. Default 3. */
  readonly relays?: number;
  /** Names of nodes and operators that must not be part of the path. Default none. */
  readonly exclude?: readonly string[];
  /** True does without encryption between the ends, for foreign programs. Default false. */
  readonly plain?: boolean;
  /** Local port, 0 for any free one. Default 0. */
  readonly port?: number;
}

/** A local port that leads to another user. */
export interface OpenTunnel {
  /** On 127.0.0.1. */
  readonly port: number;
  /** The first tunnel; each program that connects has one of its own. Undefined without encryption: a program's is built when it connects. */
  readonly tunnel: string | undefined;
  /** From the request to a port that programs may use, ms. */
  readonly openMs: number;
  /** Settles when the port is closed for good, by whoever opened it. It is closed as well while the node is gone. */
  readonly over: Promise<void>;
  close(): void;
}

/** The library of those who use tunnels: what `tagwire tunnel open`, `allow`, `list` and `close` stand on. */
export interface TunnelFront {
  /** Name of the node's user. */
  readonly name: string;
  /** Whether the node is there; while it is not, questions to it fail with the reason `noNode`. */
  readonly isAttached: boolean;
  /** @throws {TunnelError} if there is no tunnel, and why. */
  open(user: string, options?: TunnelOpenOptions): Promise<OpenTunnel>;
  /**
   * From now on tunnels of others lead to this program.
   * @param decide asked about users of whom no policy says enough; if it fails, that is a no.
   */
  accept(
    target: Endpoint,
    decide: (question: TunnelQuestion) => Promise<TunnelAnswer>,
    options?: TunnelAcceptOptions,
  ): void;
  /**
   * The tunnels of the node's user. @throws {TunnelError} if the main server cannot be asked.
   * @param tunnel the id of the only one that is wanted. Default: all.
   */
  list(tunnel?: string): Promise<readonly Tube[]>;
  /** Whether there was such a tunnel. @throws {TunnelError} as `list`. */
  closeTube(tunnel: string): Promise<boolean>;
  /** Whether a user may connect, from now on; kept in the data folder. */
  setConsent(user: string, consent: Consent): void;
  close(): Promise<void>;
}

export interface TunnelDemoConfig {
  /** Relays of the tunnel, 0–3. */
  readonly relays: number;
  /** Size of the page that is fetched. */
  readonly pageBytes: number;
}

/** What the demonstration did: fetched a page through a tunnel. */
export interface TunnelDemoReport {
  /** Relays that it passed. */
  readonly hops: number;
  readonly openMs: number;
  readonly bytes: number;
  /** Whether the page has the hash that it has at its server. */
  readonly sha256Ok: boolean;
}

export interface RunningTunnelDemo {
  readonly report: TunnelDemoReport;
  /** The page, through the tunnel. */
  readonly url: string;
  /** Of the page, hexadecimal. */
  readonly sha256: string;
  readonly tubes: readonly Tube[];
  close(): Promise<void>;
}
