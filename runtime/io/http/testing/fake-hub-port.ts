import type {
  ClaimRequest,
  ClaimView,
  ConnectOutcome,
  ConnectRequest,
  DeviceView,
  GatewayOutcome,
  GatewayRequest,
  HubPort,
  NewClaim,
  RivalSettlement,
} from "../hub-port.ts";

/** A hub that a test sets up by hand: what it answers are members, what it was asked is kept. */
export class FakeHubPort implements HubPort {
  /** Devices by account. */
  readonly owned: Map<string, readonly DeviceView[]> = new Map();
  readonly connects: ConnectRequest[] = [];
  readonly calls: GatewayRequest[] = [];
  readonly settled: RivalSettlement[] = [];
  readonly #claims: Map<string, (ClaimView & { readonly account: string })[]> = new Map();
  /** `never` waits until the client goes away. */
  connectOutcome: ConnectOutcome | "never" = { kind: "unknown" };
  /** `never` waits until the client goes away. */
  callOutcome: GatewayOutcome | "never" = { kind: "unknown" };
  claimsMax = 100;

  connect(request: ConnectRequest): Promise<ConnectOutcome> {
    this.connects.push(request);
    const { connectOutcome } = this;
    return connectOutcome === "never"
      ? cancelledBy(request.signal)
      : Promise.resolve(connectOutcome);
  }

  devices(account: string): readonly DeviceView[] {
    return this.owned.get(account) ?? [];
  }

  createClaim({
    account,
    label,
    reusable,
    expiresInS,
  }: ClaimRequest): Promise<NewClaim | undefined> {
    const own = this.#claims.get(account) ?? [];
    if (own.length >= this.claimsMax) return Promise.resolve(undefined);
    const createdAtMs = Date.now();
    const id = `claim-${String(own.length + 1)}`;
    const claim = {
      id,
      label,
      reusable,
      createdAtMs,
      expiresAtMs: createdAtMs + expiresInS * 1000,
      uses: 0,
    };
    this.#claims.set(account, [{ ...claim, account }, ...own]);
    return Promise.resolve({ claim, code: "K7QX-M2PD-9RTA-4WZC" });
  }

  claims(account: string): Promise<readonly ClaimView[]> {
    return Promise.resolve(this.#claims.get(account) ?? []);
  }

  revokeClaim(account: string, id: string): Promise<boolean> {
    const own = this.#claims.get(account) ?? [];
    this.#claims.set(
      account,
      own.filter((claim) => claim.id !== id),
    );
    return Promise.resolve(own.some((claim) => claim.id === id));
  }

  call(request: GatewayRequest): Promise<GatewayOutcome> {
    this.calls.push(request);
    const { callOutcome } = this;
    return callOutcome === "never" ? cancelledBy(request.signal) : Promise.resolve(callOutcome);
  }

  /** Settles as a hub does, but an accepted rival is only seen in `owned`. */
  settleRival(settlement: RivalSettlement): Promise<boolean> {
    const { account, mac, rival, accept } = settlement;
    this.settled.push(settlement);
    let found = false;
    const settled = this.devices(account).map((device) => {
      if (device.mac !== mac || device.rival?.join() !== rival.join()) return device;
      found = true;
      return { ...device, rival: undefined, ...(accept ? { fingerprint: rival } : {}) };
    });
    this.owned.set(account, settled);
    return Promise.resolve(found);
  }
}

function cancelledBy(signal: AbortSignal | undefined): Promise<{ readonly kind: "cancelled" }> {
  return new Promise((resolve) => {
    signal?.addEventListener("abort", () => {
      resolve({ kind: "cancelled" });
    });
  });
}

/** A fingerprint that a test knows again: 32 times the same byte. */
export function fingerprintOf(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

/** Three routers as an account may have them: busy, without a label, and long silent. */
export const DEVICES: readonly DeviceView[] = [
  {
    mac: 0x02005e100001,
    label: "Attic",
    fingerprint: fingerprintOf(1),
    online: true,
    lastSeenS: 4.2,
    hostname: "attic-router",
    model: "GL-MT3000",
    firmware: "OpenWrt 24.10.2",
    uptimeS: 273_911,
    loadPermille: 184,
    memoryTotalKib: 505_856,
    memoryFreeKib: 311_204,
  },
  {
    mac: 0x02005e100002,
    label: "",
    fingerprint: fingerprintOf(2),
    online: true,
    lastSeenS: 17,
    hostname: "greenhouse",
    uptimeS: 512,
    loadPermille: 42,
    memoryTotalKib: 123_000,
    memoryFreeKib: 41_400,
  },
  {
    mac: 0x02005e100003,
    label: "Boat <summer & winter>",
    fingerprint: fingerprintOf(3),
    online: false,
    lastSeenS: 180_000,
    hostname: "boat",
  },
];
