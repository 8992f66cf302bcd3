import { CONTROL_LIMITS } from "../../../generated/control/limits.ts";
import type { Endpoint, Role } from "../../../runtime/core/index.ts";
import { serverSubject } from "../../../runtime/roles/reporter/server-subject.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import type { ControlSent } from "../../../generated/control/send.ts";
import { Reporter } from "../../../generated/control/types.ts";
import { Hub } from "../../../runtime/roles/hub/hub.ts";
import type { HubRows, RouterRow, ServerRow } from "../../../runtime/roles/hub/rows.ts";
import { SimulatedCrypto, simulatedIdentity } from "../../crypto/simulated-crypto.ts";
import { RandomStream } from "../../engine/index.ts";
import type { Ask, ControlChecker, ControlEvent, Datagram, Happening } from "../happening.ts";
import type { Party } from "../parties.ts";

/** Where the hub is. */
export const HUB_AT: Endpoint = { address: "192.0.2.1", port: 7400 };
const ROUTER_AT: Endpoint = { address: "198.51.100.10", port: 5000 };
/** Mac of router 1. */
export const MAC = 0x0200_5e10_0001;

const PARTIES: readonly Party[] = (
  [
    { host: "hub", kind: "hub" },
    { host: "server 1", kind: "server", places: 1 },
    { host: "server 2", kind: "server", places: 2 },
    { host: "router 1", kind: "router", mac: MAC, account: "ada" },
    { host: "router 2", kind: "router", mac: MAC + 1, account: "eve" },
    { host: "router 3", kind: "router", mac: MAC + 2, account: "ada" },
    { host: "client 1", kind: "client", account: "ada" },
  ] as const
).map((party) => ({
  ...party,
  fingerprint: simulatedIdentity(party.host).fingerprint,
  periodMs: 1_000,
}));

/** Tells a checker a story by hand and hears what it says of it. */
export class CheckerBench {
  readonly violations: string[] = [];
  nowMs = 0;
  readonly #take: (happening: Happening) => void;
  readonly #roles = new Map<string, Role<unknown, unknown>>();
  #packets = 0;

  constructor(checker: ControlChecker) {
    const clock = (): number => this.nowMs;
    this.#take = checker.watch({
      parties: PARTIES,
      limits: CONTROL_LIMITS,
      get nowMs() {
        return clock();
      },
      roleOf: (host) => this.#roles.get(host),
      violate: (message) => {
        this.violations.push(message);
      },
    });
  }

  /** What it says of a story from its beginning. */
  static verdict(checker: ControlChecker, tell: (bench: CheckerBench) => void): readonly string[] {
    const bench = new CheckerBench(checker);
    tell(bench);
    return bench.violations;
  }

  /** The role that a host is to have. */
  place(host: string, role: Role<unknown, unknown>): void {
    this.#roles.set(host, role);
  }

  tell(happening: Happening): void {
    this.#take(happening);
  }

  event(host: string, event: ControlEvent): void {
    this.tell({ kind: "event", host, event });
  }

  /** A message goes from one host to another and arrives as it was. */
  send(host: string, to: string, bytes: Uint8Array, from: Endpoint = ROUTER_AT): Datagram {
    this.#packets += 1;
    const ends = host === "hub" ? { from: HUB_AT, to: from } : { from, to: HUB_AT };
    const datagram = { host, packet: this.#packets, bytes, ...ends };
    this.tell({ kind: "sent", ...datagram });
    this.tell({ kind: "delivered", ...datagram, host: to });
    return { ...datagram, host: to };
  }

  accept(message: string, datagram: Datagram): void {
    this.tell({ kind: "accepted", message, ...datagram });
  }

  observe(host: string, message: string): void {
    const seen = { kind: "sent", scope: "udp", message, tag: 0 } as const;
    this.tell({ kind: "observed", observation: { host, ...seen } });
  }
}

/** A request of the client for router 1. */
export const ASK: Ask = { requestId: 1, client: "client 1", session: 1, mac: MAC, account: "ada" };

/** Telemetry of router 1 under a key. */
export function telemetryBytes(sequence: number, keyId = 1): Uint8Array {
  const key = { version: 1, keyId, sequence, tag: new Uint8Array(16) };
  return encoded({
    name: "Telemetry",
    message: {
      key,
      mac: MAC,
      ...NUMBERS,
      txBytes: sequence,
    },
  });
}

/** A report of a server. */
export function loadBytes(host: string, taken: number, loadPermille: number): Uint8Array {
  const { fingerprint, places = 1 } = PARTIES.find((party) => party.host === host) ?? {};
  const key = { version: 1, keyId: 1, sequence: 1, tag: new Uint8Array(16) };
  return encoded({
    name: "LoadReport",
    message: {
      key,
      subject: serverSubject(fingerprint ?? new Uint8Array(32)),
      periodMs: 1_000,
      placesTotal: places,
      placesTaken: taken,
      loadPermille,
      relayedBytes: 0,
      endpoint: serverAt(host),
    },
  });
}

/** The hub's answer to a report. */
export function ackBytes(sequence: number): Uint8Array {
  const key = { version: 1, keyId: 1, sequence, tag: new Uint8Array(16) };
  return encoded({ name: "TelemetryAck", message: { key, echo: 1 } });
}

/** An invitation. */
export function connectBytes(): Uint8Array {
  const key = { version: 1, keyId: 1, sequence: 1, tag: new Uint8Array(16) };
  return encoded({ name: "ConnectToHub", message: { key, ticket: new Uint8Array(32) } });
}

/** A challenge whose cookie is this byte again and again. */
export function challengeBytes(cookie: number): Uint8Array {
  const message = { nonce: 1, cookie: cookieOf(cookie), hubStatic: new Uint8Array(32) };
  return encoded({ name: "EnrolChallenge", message });
}

/** A request of router 1 with this cookie. */
export function requestBytes(cookie: number): Uint8Array {
  return encoded({
    name: "EnrolRequest",
    message: {
      reporter: Reporter.router,
      subject: MAC,
      nonce: 1,
      cookie: cookieOf(cookie),
      ephemeral: new Uint8Array(32),
      proof: new Uint8Array(16),
      certificate: new Uint8Array(600),
      join: new Uint8Array(0),
    },
  });
}

/** A grant of key 1. */
export function grantBytes(): Uint8Array {
  const [certificate, confirm] = [new Uint8Array(600), new Uint8Array(16)];
  const message = { nonce: 1, keyId: 1, generation: 1, certificate, confirm };
  return encoded({ name: "EnrolGrant", message });
}

function cookieOf(byte: number): Uint8Array {
  return new Uint8Array(16).fill(byte);
}

/** Where a server listens. */
export function serverAt(host: string): Endpoint {
  return { address: `203.0.113.${host.slice(-1)}`, port: 7500 };
}

/** A meeting of the client with router 1 on server 1. */
export function meetingOf(
  router = "router 1",
  mac: number = MAC,
): Extract<ControlEvent, { type: "connected" }>["meeting"] & {
  readonly kind: "connected";
  readonly expiresInS: number;
} {
  return {
    kind: "connected",
    expiresInS: 30,
    mac,
    server: serverAt("server 1"),
    serverFingerprint: simulatedIdentity("server 1").fingerprint,
    routerFingerprint: simulatedIdentity(router).fingerprint,
    sessionId: new Uint8Array(16),
    ticket: new Uint8Array(32),
    grant: new Uint8Array(60),
  };
}

/** A hub that holds these rows. */
export function hubOf(rows: Partial<HubRows>): Hub {
  return new Hub({
    crypto: new SimulatedCrypto(RandomStream.fromSeed(1)),
    unixMs: () => 0,
    identity: simulatedIdentity("hub"),
    rows: { routers: [], servers: [], claims: [], ...rows },
    starts: 1,
    nowMs: 0,
    servers: [],
  });
}

/** Router 1, claimed by its owner, with this report. */
export function routerRowOf(report: number): RouterRow {
  return {
    ...NO_KEYS,
    subject: MAC,
    fingerprint: simulatedIdentity("router 1").fingerprint,
    account: "ada",
    label: "",
    claimHash: null,
    telemetry: JSON.stringify({ ...NUMBERS, txBytes: report }),
    inventory: null,
    rival: null,
  };
}

/** A server with one place. */
export function serverRowOf(host: string, placesTaken: number, loadPermille: number): ServerRow {
  const { fingerprint } = simulatedIdentity(host);
  const { address, port } = serverAt(host);
  return {
    ...NO_KEYS,
    subject: serverSubject(fingerprint),
    fingerprint,
    endpointAddress: address,
    endpointPort: port,
    placesTotal: 1,
    placesTaken,
    loadPermille,
  };
}

const NUMBERS = {
  periodMs: 1_000,
  uptimeS: 1,
  loadPermille: 1,
  memoryTotalKib: 1,
  memoryFreeKib: 1,
  rxBytes: 1,
  sessions: 0,
};

/** Hash of a claim code. */
export const CLAIM_HASH: Uint8Array = new Uint8Array(32).fill(1);

const NO_KEYS = {
  currentKeyId: null,
  currentGeneration: null,
  currentKey: null,
  nextKeyId: null,
  nextGeneration: null,
  nextKey: null,
  nextOrigin: null,
  keyMadeUnixMs: 0,
  sequence: 0,
  address: null,
  port: null,
  heardUnixMs: 0,
  periodMs: 1_000,
};

function encoded(sent: ControlSent): Uint8Array {
  const bytes = new Uint8Array(1_200);
  return bytes.slice(0, encodeControl(sent, bytes, new DataView(bytes.buffer), 0));
}
