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
} from "../hub-port.ts";

/** A hub that a test sets up by hand: what it answers are members, what it was asked is kept. */
export class FakeHubPort implements HubPort {
  /** Devices by account. */
  readonly owned: Map<string, readonly DeviceView[]> = new Map();
  readonly connects: ConnectRequest[] = [];
  readonly calls: GatewayRequest[] = [];
  readonly #claims: Map<string, (ClaimView & { readonly account: string })[]> = new Map();
  connectOutcome: ConnectOutcome = { kind: "unknown" };
  callOutcome: GatewayOutcome = { kind: "unknown" };
  claimsMax = 100;

  connect(request: ConnectRequest): Promise<ConnectOutcome> {
    this.connects.push(request);
    return Promise.resolve(this.connectOutcome);
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
    return Promise.resolve(this.callOutcome);
  }
}

/** Three routers as an account may have them: busy, without a label, and long silent. */
export const DEVICES: readonly DeviceView[] = [
  {
    mac: 0x02005e100001,
    label: "Attic",
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
    online: false,
    lastSeenS: 180_000,
    hostname: "boat",
  },
];
