/**
 * What the HTTP server needs of a hub. The process that runs the hub role implements it; tests
 * implement it by hand. An account is named by its login in lower case; a router by its mac, 48 bits.
 */
export interface HubPort {
  /**
   * Brings a router and a client together on a server. Settles within the protocol's own time limits,
   * and at once when the client no longer waits.
   */
  connect(request: ConnectRequest): Promise<ConnectOutcome>;
  /** The routers of an account, ordered by mac. */
  devices(account: string): readonly DeviceView[];
  /**
   * Decides about another identity that asks for the mac of a router: accepted, it is the router from then
   * on. False if the router is not the account's or no such identity asks; then nothing was done.
   */
  settleRival(settlement: RivalSettlement): Promise<boolean>;
  /** Makes a claim code; undefined if the account has as many open claims as it may. */
  createClaim(request: ClaimRequest): Promise<NewClaim | undefined>;
  /** The open claims of an account, newest first. */
  claims(account: string): Promise<readonly ClaimView[]>;
  /** True if the account had such an open claim; it no longer works. */
  revokeClaim(account: string, id: string): Promise<boolean>;
  /**
   * Calls a router on behalf of an account that has no client of its own (a browser): the hub's
   * process is the client, so encryption between client and router ends there.
   */
  call(request: GatewayRequest): Promise<GatewayOutcome>;
}

export interface ConnectRequest {
  readonly account: string;
  readonly mac: number;
  /** SHA-256 fingerprint of the client's identity, 32 bytes. */
  readonly clientFingerprint: Uint8Array;
  /** Aborted when the client no longer waits. */
  readonly signal?: AbortSignal | undefined;
}

export interface RivalSettlement {
  readonly account: string;
  readonly mac: number;
  /** Fingerprint of the identity that the owner saw and decided about, 32 bytes. */
  readonly rival: Uint8Array;
  readonly accept: boolean;
}

/** Why a router that is known and fresh could not be reached. `spec/control/http.json#/schemas/ConnectFailure` says more. */
export type ConnectFailure =
  "notComing" | "notVerified" | "wrongIdentity" | "serverLost" | "routerLost" | "stopping";

/** A router could not be reached. */
export type Unreached =
  /** Unknown, stale or of another account: never told apart. */
  | { readonly kind: "unknown" }
  /** No server has a free place, or the hub is at a bound. */
  | { readonly kind: "busy"; readonly retryAfterS: number }
  | { readonly kind: "failed"; readonly reason: ConnectFailure }
  /** The client no longer waits. */
  | { readonly kind: "cancelled" };

export type ConnectOutcome = Unreached | ({ readonly kind: "connected" } & ConnectionView);

/** Where a client meets a router. */
export interface ConnectionView {
  readonly mac: number;
  readonly server: {
    readonly address: string;
    readonly port: number;
    readonly fingerprint: Uint8Array;
  };
  readonly sessionId: Uint8Array;
  readonly ticket: Uint8Array;
  readonly routerFingerprint: Uint8Array;
  readonly grant: Uint8Array;
  /** Seconds in which ticket and grant must be used. */
  readonly expiresInS: number;
}

/** A router as its account sees it. Undefined is what the hub has not heard yet. */
export interface DeviceView {
  readonly mac: number;
  /** Label of the claim that brought it into the account; may be empty. */
  readonly label: string;
  /** Of its identity, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** Fingerprint of another identity that asks for this mac until its owner settles it, 32 bytes. */
  readonly rival?: Uint8Array | undefined;
  readonly online: boolean;
  readonly lastSeenS?: number | undefined;
  readonly hostname?: string | undefined;
  readonly model?: string | undefined;
  readonly firmware?: string | undefined;
  readonly uptimeS?: number | undefined;
  /** One-minute load average for each processor, thousandths. */
  readonly loadPermille?: number | undefined;
  readonly memoryTotalKib?: number | undefined;
  readonly memoryFreeKib?: number | undefined;
}

export interface ClaimRequest {
  readonly account: string;
  /** At most 64 characters. */
  readonly label: string;
  readonly reusable: boolean;
  /** 60 to 7 776 000. */
  readonly expiresInS: number;
}

/** An open claim; its code is kept as a digest only. */
export interface ClaimView {
  /** 1–64 of A–Z a–z 0–9 _ -. */
  readonly id: string;
  readonly label: string;
  readonly reusable: boolean;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  readonly uses: number;
}

export interface NewClaim {
  readonly claim: ClaimView;
  /** 8–64 of A–Z a–z 0–9 -. */
  readonly code: string;
}

export interface GatewayRequest {
  readonly account: string;
  readonly mac: number;
  /** 1 to 8 calls, made one after the other over one connection. */
  readonly calls: readonly RpcCall[];
  /** Aborted when the client no longer waits. */
  readonly signal?: AbortSignal | undefined;
}

export interface RpcCall {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export type GatewayOutcome = Unreached | ({ readonly kind: "answered" } & GatewayReport);

export interface GatewayReport {
  readonly mac: number;
  /** Address and port of the relay that the router was met at. */
  readonly server: string;
  /** From the request to the encrypted channel with the router; 0 if it was open already. */
  readonly connectMs: number;
  /** One for each call, in order. */
  readonly answers: readonly RpcAnswer[];
}

export type RpcAnswer =
  | { readonly method: string; readonly result: unknown }
  | { readonly method: string; readonly error: RpcFault };

export interface RpcFault {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}
