import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand, TagwireProcess, waitFor } from "./tagwire-process.ts";
import type { Ended } from "./tagwire-process.ts";

/** The long-running parts of a network. */
export type PartName = "hub" | ServerName | "router";

/** The servers that a network can have; all tests but few need one. */
export type ServerName = "server" | "server-2";

/** What a hub prints once it runs. */
interface HubReady {
  readonly listen: string;
  readonly http: string;
  readonly fingerprint: string;
}

/** A device as `tagwire devices --json` shows it. */
export interface ListedDevice {
  readonly mac: string;
  readonly label: string;
  readonly online: boolean;
  readonly lastSeenS?: number;
  readonly uptimeS?: number;
}

/** What `tagwire call --json` prints. */
export interface Called {
  readonly routerMac: string;
  readonly server: string;
  readonly connectMs: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** How a network differs from the default. */
export interface NetworkOptions {
  /** Telemetry period of router and server. Default: that of the commands, 20 s. */
  readonly telemetryPeriodMs?: number;
  /** Options of one part only. */
  readonly extra?: Partial<Readonly<Record<PartName, readonly string[]>>>;
}

/** The account of the tests. Its password is looked for in all logs, so it must be in none. */
export const ACCOUNT = { login: "ann", password: "seven herons over the weir" } as const;

/** The mac that the router gets, so that the machine's own interfaces do not matter. */
export const ROUTER_MAC = "02:00:5e:10:00:01";

/**
 * A hub, a server, a router and a client, each a process of its own, over the command line with the options
 * that a user has, on free ports and in a temporary folder.
 */
export class ProcessNetwork {
  /** Folder of all data. */
  readonly folder: string = mkdtempSync(join(tmpdir(), "tagwire-processes-"));
  /** Everything that ended processes logged, and what was given to them in secret. */
  readonly logs: string[] = [];
  readonly secrets: string[] = [ACCOUNT.password];
  readonly #options: NetworkOptions;
  readonly #running = new Map<PartName, TagwireProcess>();
  /** Addresses that stay the same over restarts. */
  #hub: HubReady | undefined;
  readonly #serverListen = new Map<ServerName, string>();

  constructor(options: NetworkOptions = {}) {
    this.#options = options;
    writeFileSync(this.#passwordFile, `${ACCOUNT.password}\n`, { mode: 0o600 });
  }

  get hub(): HubReady {
    if (this.#hub === undefined) throw new RangeError("the hub was not started yet");
    return this.#hub;
  }

  part(name: PartName): TagwireProcess {
    const running = this.#running.get(name);
    if (running === undefined) throw new RangeError(`the ${name} was not started`);
    return running;
  }

  /** Folder of a part's data. */
  data(name: PartName | "client"): string {
    return join(this.folder, name);
  }

  /** A part's state file, parsed. */
  state(name: PartName): Readonly<Record<string, unknown>> {
    const text = readFileSync(join(this.data(name), "state.json"), "utf8");
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  }

  /** The session that the client keeps between its commands. */
  session(): { readonly login: string; readonly token: string } {
    const text = readFileSync(join(this.data("client"), "sessions.json"), "utf8");
    const [session] = JSON.parse(text) as readonly { login: string; token: string }[];
    if (session === undefined) throw new RangeError("the client has no session");
    return session;
  }

  /** Starts the hub, on the port that it had before. */
  async startHub(): Promise<HubReady> {
    const { listen, http } = this.#hub ?? { listen: "127.0.0.1:0", http: "http://127.0.0.1:0/" };
    const address = new URL(http).host;
    const hub = this.#start("hub", ["--listen", listen, "--http", address]);
    this.#hub = await hub.ready<HubReady>();
    this.secrets.push(readFileSync(join(this.data("hub"), "join-secret"), "utf8").trim());
    return this.#hub;
  }

  /** Starts a server, on the port that it had before. */
  async startServer(name: ServerName = "server"): Promise<void> {
    const secret = join(this.data("hub"), "join-secret");
    const server = this.#start(name, [
      ...["--hub", this.hub.listen, "--hub-fingerprint", this.hub.fingerprint],
      ...["--listen", this.#serverListen.get(name) ?? "127.0.0.1:0", "--join-secret-file", secret],
      ...this.#period(),
    ]);
    this.#serverListen.set(name, (await server.ready<{ readonly tcp: string }>()).tcp);
  }

  /** Starts the router, with a claim code if one is given. */
  async startRouter(claim?: string): Promise<void> {
    const router = this.#start("router", [
      ...["--hub", this.hub.listen, "--hub-fingerprint", this.hub.fingerprint],
      ...["--mac", ROUTER_MAC, ...this.#period()],
      ...(claim === undefined ? [] : ["--claim", claim]),
    ]);
    await router.ready();
  }

  /** The whole network: an account that owns the router, and the router online. */
  async start(): Promise<void> {
    await this.startHub();
    const server = this.startServer();
    await this.client(["account", "register"]);
    await this.startRouter(await this.claimCode());
    await server;
    await this.waitUntilOnline();
    await waitFor("no server is ready", async () => (await this.call("system.uptime")).code !== 5);
  }

  /** Ends a part by a signal; what it logged is kept. */
  async stop(name: PartName, signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    const ended = await this.part(name).stop(signal);
    this.#running.delete(name);
    this.logs.push(ended.err);
    return ended;
  }

  /** Ends all and removes the folder. */
  async close(): Promise<void> {
    const ends = [...this.#running.keys()].map((name) => this.stop(name, "SIGKILL"));
    await Promise.allSettled(ends);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a command of the client to its end, as the account. */
  async client(args: readonly string[]): Promise<Ended> {
    const ended = await runCommand([
      ...args,
      ...["--hub", this.hub.http, "--login", ACCOUNT.login, "--password-file", this.#passwordFile],
      ...["--data", this.data("client"), "--json"],
    ]);
    this.logs.push(ended.err);
    return ended;
  }

  /** A new claim code. */
  async claimCode(): Promise<string> {
    const { out } = await this.client(["claim", "--label", "Attic"]);
    const { code } = JSON.parse(out) as { readonly code: string };
    this.secrets.push(code, code.replaceAll("-", ""));
    return code;
  }

  async devices(): Promise<readonly ListedDevice[]> {
    const { out } = await this.client(["devices"]);
    return (JSON.parse(out) as { readonly devices: readonly ListedDevice[] }).devices;
  }

  async waitUntilOnline(): Promise<void> {
    await waitFor("the router is not online", async () =>
      (await this.devices()).some(({ mac, online }) => mac === ROUTER_MAC && online),
    );
  }

  /** Calls a method of the router; gives what was printed and the exit code. */
  async call(method: string, params?: object): Promise<Called & { readonly code: number | null }> {
    const given = params === undefined ? [] : [JSON.stringify(params)];
    const { code, out } = await this.client(["call", ROUTER_MAC, method, ...given]);
    return { ...(JSON.parse(out) as Called), code };
  }

  get #passwordFile(): string {
    return join(this.folder, "password");
  }

  #period(): readonly string[] {
    const { telemetryPeriodMs } = this.#options;
    return telemetryPeriodMs === undefined
      ? []
      : ["--telemetry-period-ms", String(telemetryPeriodMs)];
  }

  #start(name: PartName, args: readonly string[]): TagwireProcess {
    if (this.#running.has(name)) throw new RangeError(`the ${name} runs already`);
    const { extra = {} } = this.#options;
    const command = name === "server-2" ? "server" : name;
    const all = [command, ...args, "--data", this.data(name), "--json", ...(extra[name] ?? [])];
    const started = new TagwireProcess([...all, "--log-level", "debug"]);
    this.#running.set(name, started);
    return started;
  }
}
