import {
  OperatorError,
  PendingCalls,
  RPC_CODES,
  RpcError,
  decodeBase64Url,
} from "../core/index.ts";
import type { RpcCaller } from "../core/index.ts";
import type { Connection } from "../../generated/control/http.ts";
import {
  ROUTER_METHODS,
  compileRouterValidators,
  isRouterMethod,
} from "../../generated/control/rpc/router.ts";
import { ConnectProblem, connectProblemName } from "../../generated/control/types.ts";
import { endpointText } from "../io/addresses.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import { Client as ClientRole } from "../roles/client/client.ts";
import type { ClientCommand, ClientEvent, Meeting } from "../roles/client/client-events.ts";
import type { Client, ClientConfig, RouterConnection } from "./config-types.ts";
import { PartyStore } from "./party-store.ts";

/** Makes a client, with an identity of its own in the data folder. */
export async function createClient(config: ClientConfig, log: Log): Promise<ClientProcess> {
  const crypto = createNodeCrypto();
  const party = await PartyStore.open(config.dataFolder, crypto);
  return ClientProcess.start(party, log);
}

/** How long to wait for the answer of a method that the spec does not have, milliseconds. */
const UNKNOWN_METHOD_MS = 10_000;

/** One session: who waits for its start, and its calls. */
interface Session {
  readonly meeting: Meeting;
  readonly calls: PendingCalls;
  readonly connected: (connection: RouterConnection) => void;
  readonly failed: (error: unknown) => void;
}

/** The client role on this machine's sockets. */
export class ClientProcess implements Client {
  readonly fingerprint: Uint8Array;
  readonly #host: RoleHost<ClientCommand, ClientEvent>;
  readonly #sessions = new Map<number, Session>();
  #lastSession = 0;
  #lastCall = 0;

  private constructor(fingerprint: Uint8Array, host: RoleHost<ClientCommand, ClientEvent>) {
    this.fingerprint = fingerprint;
    this.#host = host;
  }

  /** Starts the role under a party's identity. */
  static async start(party: PartyStore, log: Log): Promise<ClientProcess> {
    const role = new ClientRole({
      crypto: createNodeCrypto(),
      unixMs: Date.now,
      identity: party.identity,
      validators: compileRouterValidators(new AjvSchemaCompiler()),
    });
    const host = await RoleHost.start<ClientCommand, ClientEvent>({
      role,
      log,
      onEvent: (event) => {
        client.#take(event);
      },
    });
    const client: ClientProcess = new ClientProcess(party.identity.fingerprint, host);
    return client;
  }

  async connect(connection: Connection): Promise<RouterConnection> {
    return this.meet(meetingOf(connection));
  }

  /** Goes to a meeting that a hub arranged. @throws {OperatorError} as `connect`. */
  meet(meeting: Meeting): Promise<RouterConnection> {
    this.#lastSession += 1;
    const session = this.#lastSession;
    return new Promise((resolve, reject) => {
      const calls = new PendingCalls({
        call: (method, params, timeoutMs) => this.#call(session, { method, params, timeoutMs }),
        notify: () => {
          throw new RangeError("routers take no notifications");
        },
      });
      this.#sessions.set(session, { meeting, calls, connected: resolve, failed: reject });
      this.#host.command({ type: "connect", session, mac: meeting.mac });
    });
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.keys()) this.#host.command({ type: "close", session });
    await this.#host.close();
  }

  #call(
    session: number,
    request: { readonly method: string; readonly params: unknown; readonly timeoutMs: number },
  ): number {
    this.#lastCall += 1;
    const call = this.#lastCall;
    if (!this.#sessions.has(session)) {
      throw new RpcError(RPC_CODES.closed, `${request.method}: the connection ended`);
    }
    // The command waits for its turn, so that the promise of the call is there before its outcome.
    queueMicrotask(() => {
      this.#host.command({ type: "call", session, call, ...request });
    });
    return call;
  }

  #take(event: ClientEvent): void {
    const session = this.#sessions.get(event.session);
    if (session === undefined) return;
    switch (event.type) {
      case "askHub":
        // Whoever calls `meet` has asked the hub already.
        this.#host.command({ type: "invited", session: event.session, meeting: session.meeting });
        return;
      case "connected":
        session.connected(this.#connection(event.session, session.calls));
        return;
      case "callEnded":
        session.calls.settle(event.call, event.outcome);
        return;
      case "ended":
        this.#sessions.delete(event.session);
        session.failed(unreachable(session.meeting, event.problem));
        return;
    }
  }

  #connection(session: number, caller: RpcCaller): RouterConnection {
    return {
      call: (method, params) => {
        const timeoutMs = isRouterMethod(method)
          ? ROUTER_METHODS[method].timeoutMs
          : UNKNOWN_METHOD_MS;
        return caller.call(method, params, timeoutMs);
      },
      close: () => {
        this.#host.command({ type: "close", session });
        return Promise.resolve();
      },
    };
  }
}

/** The meeting that the hub's HTTP answer describes. @throws {OperatorError} if it is not one. */
function meetingOf(connection: Connection): Meeting {
  const { server } = connection;
  return {
    mac: Number.parseInt(connection.routerMac.replaceAll(":", ""), 16),
    server: { address: server.address, port: server.port },
    serverFingerprint: bytesOf(server.fingerprint, "server.fingerprint"),
    routerFingerprint: bytesOf(connection.routerFingerprint, "routerFingerprint"),
    sessionId: bytesOf(connection.sessionId, "sessionId"),
    ticket: bytesOf(connection.ticket, "ticket"),
    grant: bytesOf(connection.grant, "grant"),
  };
}

function bytesOf(text: string, member: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (bytes !== undefined) return bytes;
  throw new OperatorError({
    place: `the hub's answer, ${member}`,
    problem: "is not base64url.",
    remedy: "Check that the address is that of a Tagwire hub of this version.",
  });
}

const REMEDIES: Readonly<Record<string, string>> = {
  serverUnreachable: "Check that the server's address can be reached from here.",
  placeGone: "Try again.",
  routerSilent: "Try again; if it stays so, compare the router's fingerprint with its owner.",
  connectionLost: "Try again.",
};

function unreachable({ server }: Meeting, problem: ConnectProblem): OperatorError {
  const name = connectProblemName(problem);
  const said =
    problem === ConnectProblem.none ? "the session was closed." : `the session ended: ${name}.`;
  return new OperatorError({
    place: `server ${endpointText(server)}`,
    problem: said,
    remedy: REMEDIES[name] ?? "Try again.",
  });
}
