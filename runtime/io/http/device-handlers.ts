import type { CallReport, Connection, Device } from "../../../generated/control/http.ts";
import { decodeBase64Url, encodeBase64Url } from "../../core/base64url.ts";
import { formatMac, parseMac } from "../../core/mac.ts";
import { BackOff } from "./back-off.ts";
import type {
  ConnectionView,
  DeviceView,
  GatewayReport,
  HubPort,
  RpcCall,
  Unreached,
} from "./hub-port.ts";
import type {
  AwaitedRequest,
  InputOf,
  OperationAnswer,
  OperationHandlers,
  OperationRequest,
} from "./operation-handler.ts";
import { loginOf } from "./operation-handler.ts";
import { devicePage } from "./pages/device-page.ts";
import type { Html } from "./pages/html.ts";
import { Problem } from "./problem.ts";

type DeviceOperation = "home" | "devices" | "connect" | "call" | "settleRival";

export interface DeviceHandlersOptions {
  readonly hub: HubPort;
  /** False refuses calls through the hub. */
  readonly gateway: boolean;
  /** Monotonic clock, milliseconds. */
  readonly monotonicMs: () => number;
}

/** Connects and calls of one account that may be under way at a time. */
const AT_A_TIME_MAX = 8;

// Asking for macs that are not there is what a search for other people's routers looks like.
const UNKNOWN_BACK_OFF = {
  freeFailures: 20,
  firstMs: 1000,
  maxMs: 60_000,
  forgetMs: 300_000,
  keysMax: 10_000,
};

const OVERVIEW: readonly RpcCall[] = [
  { method: "system.uptime", params: {} },
  { method: "system.load", params: {} },
  { method: "system.info", params: {} },
];

/** The device list, connecting to a device, calling it through the hub, and saying who it is. */
export function deviceHandlers(
  options: DeviceHandlersOptions,
): Pick<OperationHandlers, DeviceOperation> {
  const { hub, gateway } = options;
  const gate = new Gate(options.monotonicMs);
  const list = (request: OperationRequest<unknown>): OperationAnswer<"devices"> => {
    const login = loginOf(request);
    const devices = hub.devices(login);
    return {
      status: 200,
      json: { login, devices: devices.map(deviceJson) },
      page: () => devicePage({ login, devices, gateway }),
    };
  };
  const problemPage = (request: OperationRequest<unknown>, problem: Problem): Html => {
    const login = loginOf(request);
    return devicePage({ login, devices: hub.devices(login), gateway, problem });
  };
  return {
    home: { answer: list },
    devices: { answer: list },
    connect: { answer: (request) => connect(request, hub, gate) },
    call: {
      answer: (request) => {
        if (!gateway)
          throw new Problem("gatewayOff", { detail: "Use 'tagwire call' on a machine of yours." });
        return call(request, hub, gate);
      },
      problemPage,
    },
    settleRival: { answer: (request) => settleRival(request, hub), problemPage },
  };
}

async function connect(
  request: AwaitedRequest<InputOf<"connect">>,
  hub: HubPort,
  gate: Gate,
): Promise<OperationAnswer<"connect">> {
  const { query, body } = request.input;
  const account = loginOf(request);
  const mac = macOf(body.mac ?? query.mac);
  const clientFingerprint = fingerprintOf(body.clientFingerprint);
  const { signal } = request;
  const outcome = await gate.pass(account, () =>
    hub.connect({ account, mac, clientFingerprint, signal }),
  );
  if (outcome.kind !== "connected") throw unreached(outcome);
  return { status: 200, json: connectionJson(outcome) };
}

async function call(
  request: AwaitedRequest<InputOf<"call">>,
  hub: HubPort,
  gate: Gate,
): Promise<OperationAnswer<"call">> {
  const { body } = request.input;
  const login = loginOf(request);
  const mac = macOf(body.mac);
  const { method, params = {} } = body;
  const calls = method === undefined ? OVERVIEW : [{ method, params }];
  const { signal } = request;
  const outcome = await gate.pass(login, () => hub.call({ account: login, mac, calls, signal }));
  if (outcome.kind !== "answered") throw unreached(outcome);
  return {
    status: 200,
    json: reportJson(outcome),
    page: () => devicePage({ login, devices: hub.devices(login), gateway: true, report: outcome }),
  };
}

async function settleRival(
  request: OperationRequest<InputOf<"settleRival">>,
  hub: HubPort,
): Promise<OperationAnswer<"settleRival">> {
  const { mac, rival, accept } = request.input.body;
  const settled = await hub.settleRival({
    account: loginOf(request),
    mac: macOf(mac),
    rival: fingerprintOf(rival),
    accept,
  });
  if (!settled) {
    throw new Problem("rivalNotFound", {
      detail: "It is settled already, or another identity asks now: see the device list.",
    });
  }
  return { status: 204, json: undefined, location: "/" };
}

/** Lets an account's requests for routers through while they are few and mostly aim at what is there. */
class Gate {
  readonly #monotonicMs: () => number;
  readonly #underWay: Map<string, number> = new Map();
  readonly #backOff = new BackOff(UNKNOWN_BACK_OFF);

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  async pass<Outcome extends { readonly kind: string }>(
    account: string,
    work: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const count = this.#underWay.get(account) ?? 0;
    if (count >= AT_A_TIME_MAX) throw new Problem("tooManyRequests", { retryAfterS: 1 });
    const waitMs = this.#backOff.attempt(account, this.#monotonicMs());
    if (waitMs > 0) throw new Problem("tooManyFailures", { retryAfterS: Math.ceil(waitMs / 1000) });
    this.#underWay.set(account, count + 1);
    try {
      const outcome = await work();
      if (outcome.kind !== "unknown") this.#backOff.forgive(account);
      return outcome;
    } finally {
      const left = (this.#underWay.get(account) ?? 1) - 1;
      if (left > 0) this.#underWay.set(account, left);
      else this.#underWay.delete(account);
    }
  }
}

const REASONS = {
  notComing: "The router did not answer the invitation in time.",
  notVerified: "The router did not arrive at the server in time.",
  wrongIdentity: "Who arrived at the server is not this router.",
  serverLost: "The server went away. Try again.",
  routerLost: "The router's connection ended too early. Try again.",
  stopping: "The hub is shutting down.",
} as const;

function unreached(outcome: Unreached): Problem {
  switch (outcome.kind) {
    case "unknown":
      return new Problem("deviceNotFound", {
        detail: "It is not yours, or has not reported lately: see the device list.",
      });
    case "busy":
      return new Problem("noServerFree", { retryAfterS: outcome.retryAfterS });
    case "failed":
      return new Problem("routerFailed", {
        detail: REASONS[outcome.reason],
        reason: outcome.reason,
      });
    case "cancelled":
      return new Problem("clientGone");
  }
}

function macOf(text: string | undefined): number {
  const mac = text === undefined ? undefined : parseMac(text);
  if (mac === undefined) {
    throw new Problem("invalidRequest", {
      detail: "Give the router's mac, in the query or in the body.",
    });
  }
  return mac;
}

// The schema has refused all other texts.
function fingerprintOf(text: string): Uint8Array {
  const fingerprint = decodeBase64Url(text);
  if (fingerprint === undefined) throw new RangeError("the schema admits a malformed fingerprint");
  return fingerprint;
}

function deviceJson({ mac, fingerprint, rival, lastSeenS, ...device }: DeviceView): Device {
  // A wall clock that was set back would make it negative.
  const seenS = lastSeenS === undefined ? undefined : Math.max(0, lastSeenS);
  return {
    mac: formatMac(mac),
    fingerprint: encodeBase64Url(fingerprint),
    ...withoutUndefined({
      ...device,
      rival: rival && encodeBase64Url(rival),
      lastSeenS: seenS,
    }),
  };
}

type Defined<Members> = { readonly [Name in keyof Members]: Exclude<Members[Name], undefined> };

function withoutUndefined<Members extends object>(members: Members): Defined<Members> {
  const known = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Defined<Members>;
}

function connectionJson(connection: ConnectionView): Connection {
  const { mac, server, sessionId, ticket, routerFingerprint, grant, expiresInS } = connection;
  return {
    routerMac: formatMac(mac),
    server: {
      address: server.address,
      port: server.port,
      fingerprint: encodeBase64Url(server.fingerprint),
    },
    sessionId: encodeBase64Url(sessionId),
    ticket: encodeBase64Url(ticket),
    routerFingerprint: encodeBase64Url(routerFingerprint),
    grant: encodeBase64Url(grant),
    expiresInS,
  };
}

function reportJson({ mac, server, connectMs, answers }: GatewayReport): CallReport {
  return { routerMac: formatMac(mac), server, connectMs, answers };
}
