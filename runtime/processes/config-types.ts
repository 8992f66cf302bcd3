/**
 * What the processes of the network are started with and what they offer once they run. The command
 * line makes these values; `hub.ts`, `server.ts`, `router.ts`, `client.ts` and `demo.ts` beside this
 * file take them.
 */
import type { Connection } from "../../generated/control/http.ts";
import type { Endpoint } from "../core/index.ts";
import type { Log } from "../io/log.ts";
import type { LogRing } from "../io/log-ring.ts";

/** A host, by name or by IP address, and a port, 0–65535. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface HubConfig {
  /** Where telemetry comes in by UDP and routers dial in by TCP: one port for both. Port 0 takes any free one. */
  readonly listen: HostPort;
  /** Where pages and the HTTP interface are. */
  readonly http: HostPort;
  /** Where routers reach this hub; undefined if that is how browsers call it. */
  readonly advertise: HostPort | undefined;
  /** Folder of identity, join secret and database; made if missing. */
  readonly dataFolder: string;
  /** Servers that may join, 32 bytes each. */
  readonly serverFingerprints: readonly Uint8Array[];
  /** Servers that show that they have this may join too; 32 bytes or more. */
  readonly joinSecret: Uint8Array;
  /** False: browsers cannot call routers through the hub. */
  readonly gateway: boolean;
  /** False: nobody can make an account. */
  readonly registration: boolean;
  /** The period at which routers and servers are expected to report; three missed make them stale. Milliseconds. */
  readonly telemetryPeriodMs: number;
  /** Certificate chain and private key, PEM; undefined speaks plain HTTP. */
  readonly httpTls: { readonly cert: string; readonly key: string } | undefined;
  /** True if a reverse proxy in front speaks TLS with browsers. */
  readonly httpBehindTls: boolean;
  /** Addresses or networks of reverse proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

export interface RunningHub {
  /** Where it listens, UDP and TCP. */
  readonly endpoint: Endpoint;
  /** URL for browsers. */
  readonly url: string;
  /** Of the hub's identity, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** Stops; settles when everything is on disk. */
  close(): Promise<void>;
}

export type RunHub = (config: HubConfig, log: Log) => Promise<RunningHub>;

export interface ServerConfig {
  readonly hub: HostPort;
  /** The identity that the hub must have, 32 bytes; undefined learns it on first contact and keeps it. */
  readonly hubFingerprint: Uint8Array | undefined;
  /** Where routers and clients come. Port 0 takes any free one. */
  readonly listen: HostPort;
  /** Where others reach it; undefined takes the address under which this machine reaches the hub. */
  readonly advertise: HostPort | undefined;
  /** Sessions at a time. */
  readonly places: number;
  /** Shows the hub that this server may join; undefined if its fingerprint is on the hub's list. */
  readonly joinSecret: Uint8Array | undefined;
  /** Period of load reports, milliseconds. */
  readonly telemetryPeriodMs: number;
  readonly dataFolder: string;
}

export interface RunningServer {
  readonly tcp: Endpoint;
  readonly fingerprint: Uint8Array;
  close(): Promise<void>;
}

export type RunServer = (config: ServerConfig, log: Log) => Promise<RunningServer>;

export interface RouterConfig {
  readonly hub: HostPort;
  /** As a server's. */
  readonly hubFingerprint: Uint8Array | undefined;
  /** 48 bits; undefined takes that of this machine's first real interface. */
  readonly mac: number | undefined;
  /** Claim code that makes this router a device of an account; undefined if it is one already. */
  readonly claim: string | undefined;
  /** True admits `system.reboot`. */
  readonly allowReboot: boolean;
  /** Milliseconds. */
  readonly telemetryPeriodMs: number;
  readonly dataFolder: string;
}

export interface RunningRouter {
  readonly mac: number;
  readonly fingerprint: Uint8Array;
  close(): Promise<void>;
}

/** `ring` holds the last lines of `log`, which a client may read. */
export type RunRouter = (config: RouterConfig, log: Log, ring: LogRing) => Promise<RunningRouter>;

export interface ClientConfig {
  /** Folder of the client's identity; made if missing. */
  readonly dataFolder: string;
}

/** A party that controls routers. */
export interface Client {
  /** Of its identity, 32 bytes; the hub binds a connection to it. */
  readonly fingerprint: Uint8Array;
  /**
   * Goes where the hub's answer says and sets up the encrypted channel with the router.
   *
   * @throws {OperatorError} if server or router cannot be reached or are not who they must be.
   */
  connect(connection: Connection): Promise<RouterConnection>;
  close(): Promise<void>;
}

export interface RouterConnection {
  /**
   * Calls a method of the router.
   *
   * @throws {RpcError} what the router answers instead of a result, or a timeout.
   */
  call(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): Promise<void>;
}

export type CreateClient = (config: ClientConfig, log: Log) => Promise<Client>;

export interface DemoConfig {
  /** True takes free ports, false those that the commands take by default. */
  readonly freePorts: boolean;
  /** Folder for the data of all parts; undefined makes a temporary one and removes it at the end. */
  readonly dataFolder: string | undefined;
  readonly telemetryPeriodMs: number;
}

/** What the demonstration did: found this machine through the hub and read its uptime through a server. */
export interface DemoReport {
  readonly routerMac: string;
  readonly uptimeS: number;
  /** Address and port of the server. */
  readonly server: string;
  /** From the client's request to the encrypted channel with the router. */
  readonly connectMs: number;
  readonly rpc: { readonly method: string; readonly result: unknown };
}

export interface RunningDemo {
  readonly report: DemoReport;
  /** URL of the hub for browsers. */
  readonly url: string;
  /** An account that owns the router, made for this run. */
  readonly account: { readonly login: string; readonly password: string };
  close(): Promise<void>;
}

/** `ring` as a router's. */
export type RunDemo = (config: DemoConfig, log: Log, ring: LogRing) => Promise<RunningDemo>;
