import { createServer } from "node:http";
import type { ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { fastifyCookie } from "@fastify/cookie";
import { fastifyFormbody } from "@fastify/formbody";
import { fastifySwagger } from "@fastify/swagger";
import { fastify } from "fastify";
import type { FastifyInstance, FastifyServerFactory } from "fastify";
import { HUB_HTTP } from "../../../generated/control/http.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import { JsonError, parseJson } from "../../core/json-text.ts";
import { canonicalAddress, endpointText, listenError } from "../addresses.ts";
import { ConnectionBounds } from "../connection-bounds.ts";
import type { ConnectionBoundsOptions } from "../connection-bounds.ts";
import type { Log } from "../log.ts";
import { accountHandlers } from "./account-handlers.ts";
import type { Accounts } from "./accounts.ts";
import { claimHandlers } from "./claim-handlers.ts";
import { deviceHandlers } from "./device-handlers.ts";
import type { HubPort } from "./hub-port.ts";
import { OPEN_API_BASE } from "./open-api.ts";
import { addOperationRoutes } from "./operation-routes.ts";
import { STYLE } from "./pages/style.ts";
import { Problem } from "./problem.ts";
import { ProblemSender, routeOf, sendRawProblem } from "./problem-sender.ts";
import { securityHeaders } from "./security-headers.ts";
import { SessionCookie } from "./session-cookie.ts";

export interface HttpServerOptions {
  readonly hub: HubPort;
  readonly accounts: Accounts;
  readonly log: Log;
  /** False refuses calls to routers through the hub. */
  readonly gateway: boolean;
  /** Where routers reach the hub, for the command that a claim code is given with; `hostname` is how the client of the request calls the hub. */
  readonly hubAddress: (hostname: string | undefined) => string;
  /** The hub's fingerprint. */
  readonly hubFingerprint: Uint8Array;
  /** Certificate chain and private key, PEM; undefined speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** True if a reverse proxy in front speaks TLS with browsers. Default false. */
  readonly behindTls?: boolean;
  /** Addresses or networks of reverse proxies whose X-Forwarded-For is believed. Default none. */
  readonly trustedProxies?: readonly string[];
  /** How many connections one IPv4 address or IPv6 /64 network may have open. Default 256. */
  readonly connectionsPerAddressMax?: number;
}

/** Bytes of a body; the largest true one is a call's parameters. */
const BODY_BYTES_MAX = 65_536;
const HEADER_BYTES_MAX = 16_384;
const CONNECTIONS_MAX = 4096;
const CONNECTIONS_PER_ADDRESS_MAX = 256;
/** A request must be whole within this. */
const REQUEST_MS = 15_000;
/** How often it is looked for requests that are not. */
const CHECK_MS = 2000;
/** How logs of web servers call a request whose client did not wait for the answer. */
const CLIENT_GONE = 499;
const PURGE_MS = 600_000;

/** The hub's HTTP side: pages for browsers, JSON for programs. */
export class HttpServer {
  /** The application itself, so that tests can put requests to it without a socket. */
  readonly app: FastifyInstance;
  readonly #options: HttpServerOptions;
  #purge: NodeJS.Timeout | undefined;

  private constructor(options: HttpServerOptions, app: FastifyInstance) {
    this.#options = options;
    this.app = app;
  }

  /** Builds the server; it does not listen yet. */
  static async create(options: HttpServerOptions): Promise<HttpServer> {
    return new HttpServer(options, await buildApp(options));
  }

  /**
   * Listens, and returns the URL for browsers.
   *
   * @throws {OperatorError} if the address cannot be had.
   */
  async listen(endpoint: Endpoint): Promise<string> {
    try {
      await this.app.listen({ host: endpoint.address, port: endpoint.port });
    } catch (error) {
      throw listenError("HTTP", endpoint, error);
    }
    const purge = (): void => {
      this.#options.accounts.removeExpired().catch((error: unknown) => {
        this.#options.log.error({ err: error }, "expired sessions could not be removed");
      });
    };
    this.#purge = setInterval(purge, PURGE_MS).unref();
    const bound = this.app.server.address() as AddressInfo;
    const address = ANY.has(endpoint.address) ? "127.0.0.1" : endpoint.address;
    const scheme = this.#options.tls === undefined ? "http" : "https";
    return `${scheme}://${endpointText({ address, port: bound.port })}/`;
  }

  /** Ends all connections and stops listening. */
  async close(): Promise<void> {
    clearInterval(this.#purge);
    await this.app.close();
  }
}

const ANY: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

async function buildApp(options: HttpServerOptions): Promise<FastifyInstance> {
  const secure = options.tls !== undefined || options.behindTls === true;
  const problems = new ProblemSender(options.log);
  const app = fastify({
    serverFactory: serverFactory(options),
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
    forceCloseConnections: true,
    return503OnClosing: false,
    clientErrorHandler: sendRawProblem,
    frameworkErrors: (error, request, reply) => {
      problems.send(problems.problemOf(error, request), request, reply);
    },
  });
  // Input is checked by operation-input.ts and answers are text already; schemas here only document.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  await app.register(fastifySwagger, { openapi: OPEN_API_BASE });
  await app.register(fastifyCookie);
  await app.register(fastifyFormbody, { bodyLimit: BODY_BYTES_MAX });
  addJsonParser(app);
  addHooks(app, options.log, securityHeaders({ style: STYLE, tls: secure }));
  app.setErrorHandler((error, request, reply) =>
    problems.send(problems.problemOf(error, request), request, reply),
  );
  app.setNotFoundHandler((request, reply) =>
    problems.send(absence(request.method, request.url.split("?", 1)[0] ?? ""), request, reply),
  );
  addOperationRoutes(app, {
    accounts: options.accounts,
    cookie: new SessionCookie(secure),
    problems,
    handlers: handlersOf(options),
  });
  app.get("/documentation/json", { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  return app;
}

function handlersOf(
  options: HttpServerOptions,
): Parameters<typeof addOperationRoutes>[1]["handlers"] {
  const { accounts, hub, gateway, hubAddress, hubFingerprint } = options;
  const monotonicMs = performance.now.bind(performance);
  const startedMs = monotonicMs();
  return {
    ...accountHandlers(accounts),
    ...deviceHandlers({ hub, gateway, monotonicMs }),
    ...claimHandlers({ hub, hubAddress, hubFingerprint, wallMs: Date.now }),
    health: {
      answer: () => ({
        status: 200,
        json: { status: "ok", uptimeS: Math.round(monotonicMs() - startedMs) / 1000 },
      }),
    },
  };
}

function serverFactory(options: HttpServerOptions): FastifyServerFactory {
  const { tls, trustedProxies = [] } = options;
  const limits: ServerOptions = {
    requestTimeout: REQUEST_MS,
    headersTimeout: REQUEST_MS,
    keepAliveTimeout: REQUEST_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
    connectionsCheckingInterval: CHECK_MS,
  };
  return (handler) => {
    const server =
      tls === undefined
        ? createServer(limits, handler)
        : createTlsServer({ ...limits, ...tls }, handler);
    server.maxConnections = CONNECTIONS_MAX;
    boundConnections(server, {
      connectionsMax: CONNECTIONS_MAX,
      // Behind a proxy all browsers have its address; there the proxy bounds each.
      perAddressMax:
        trustedProxies.length > 0
          ? CONNECTIONS_MAX
          : (options.connectionsPerAddressMax ?? CONNECTIONS_PER_ADDRESS_MAX),
    });
    return server;
  };
}

/** Ends connections at once whose neighbour has as many as it may; listens before TLS has its say. */
function boundConnections(server: Server, options: ConnectionBoundsOptions): void {
  const bounds = new ConnectionBounds(options);
  server.prependListener("connection", (socket: Socket) => {
    // A peer that reset before we looked has no address any more.
    const address = canonicalAddress(socket.remoteAddress ?? "");
    if (address === "" || !bounds.admit(address)) {
      socket.destroy();
      return;
    }
    socket.once("close", () => {
      bounds.release(address);
    });
  });
}

function addJsonParser(app: FastifyInstance): void {
  app.removeContentTypeParser(["application/json", "text/plain"]);
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    try {
      // Some clients name the type of a body that they do not send.
      done(null, bytes.length === 0 ? undefined : parseJson(bytes, { maxBytes: BODY_BYTES_MAX }));
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      done(
        new Problem("invalidRequest", {
          detail: `The body is not acceptable JSON: ${error.code}.`,
        }),
      );
    }
  });
}

function addHooks(app: FastifyInstance, log: Log, headers: Readonly<Record<string, string>>): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(headers);
    const { method, ip: address } = request;
    const startMs = performance.now();
    // Not `onResponse`, which never comes for a client that has gone.
    reply.raw.once("close", () => {
      const status = reply.raw.writableEnded ? reply.statusCode : CLIENT_GONE;
      const ms = Math.round(performance.now() - startMs);
      log.info({ method, path: routeOf(request), status, ms, address }, "request");
    });
    done();
  });
}

/** What is wrong with a request that no route answers: its address or only its method. */
function absence(method: string, path: string): Problem {
  const allow = Object.values(HUB_HTTP)
    .filter((operation) => operation.path === path || operation.aliases.includes(path))
    .map((operation) => operation.method);
  if (allow.length === 0) return new Problem("notFound");
  return new Problem("methodNotAllowed", { detail: `${method} is not answered here.`, allow });
}
