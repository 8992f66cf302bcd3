import type { RoleHost } from "../io/host.ts";
import type {
  ClaimRequest,
  ClaimView,
  ConnectFailure,
  ConnectOutcome,
  ConnectRequest,
  DeviceView,
  GatewayOutcome,
  GatewayRequest,
  HubPort,
  NewClaim,
} from "../io/http/hub-port.ts";
import { FailReason, failReasonName } from "../../generated/control/types.ts";
import type { Hub } from "../roles/hub/hub.ts";
import type { HubCommand, HubEvent } from "../roles/hub/hub-events.ts";
import type { RouterEntry } from "../roles/hub/entries.ts";
import type { ClaimRow } from "../roles/hub/rows.ts";

/** A command that is answered by an event of the same number. */
type Request = Extract<HubCommand, { requestId: number }>;
type Unnumbered<One> = One extends Request ? Omit<One, "requestId"> : never;
type Answer = Extract<HubEvent, { requestId: number }>;

/** What the port of a hub process needs. */
export interface HubPortOptions {
  readonly hub: Hub;
  readonly host: RoleHost<HubCommand, HubEvent>;
  /** Calls routers for browsers; undefined refuses it. */
  readonly gateway: (request: GatewayRequest) => Promise<GatewayOutcome>;
}

/** The hub as its HTTP server sees it: numbered commands and their answers as promises. */
export class HubProcessPort implements HubPort {
  readonly #options: HubPortOptions;
  readonly #pending = new Map<number, (answer: Answer) => void>();
  #lastRequest = 0;

  constructor(options: HubPortOptions) {
    this.#options = options;
  }

  /** Takes an event of the hub that answers a request. */
  answered(event: Answer): void {
    const resolve = this.#pending.get(event.requestId);
    this.#pending.delete(event.requestId);
    resolve?.(event);
  }

  async connect(request: ConnectRequest): Promise<ConnectOutcome> {
    const { outcome } = await this.#request("connectEnded", { type: "connect", ...request });
    switch (outcome.kind) {
      case "unknown":
      case "busy":
        return outcome;
      case "failed":
        return { kind: "failed", reason: connectFailure(outcome.reason) };
      case "connected": {
        const { server, serverFingerprint, ...rest } = outcome;
        return { ...rest, server: { ...server, fingerprint: serverFingerprint } };
      }
    }
  }

  devices(account: string): readonly DeviceView[] {
    const { hub } = this.#options;
    return hub.routersOf(account).map((router) => deviceView(router, hub.isOnline(router)));
  }

  async createClaim(request: ClaimRequest): Promise<NewClaim | undefined> {
    const { expiresInS, ...rest } = request;
    const { created } = await this.#request("claimCreated", {
      type: "createClaim",
      ...rest,
      lifeMs: expiresInS * 1000,
    });
    return created && { claim: claimView(created.claim), code: created.code };
  }

  claims(account: string): Promise<readonly ClaimView[]> {
    return Promise.resolve(this.#options.hub.claimsOf(account).map(claimView));
  }

  async revokeClaim(account: string, claimId: string): Promise<boolean> {
    const request = { type: "revokeClaim", account, claimId } as const;
    return (await this.#request("claimRevoked", request)).found;
  }

  call(request: GatewayRequest): Promise<GatewayOutcome> {
    return this.#options.gateway(request);
  }

  #request<Type extends Answer["type"]>(
    type: Type,
    request: Unnumbered<Request>,
  ): Promise<Extract<Answer, { type: Type }>> {
    this.#lastRequest += 1;
    const requestId = this.#lastRequest;
    return new Promise((resolve, reject) => {
      this.#pending.set(requestId, (answer) => {
        if (answer.type === type) resolve(answer as Extract<Answer, { type: Type }>);
        else reject(new RangeError(`${type} was answered by ${answer.type}`));
      });
      this.#options.host.command({ ...request, requestId } as HubCommand);
    });
  }
}

/** What a browser or program is told; the hub's own reasons beyond these never end a request. */
function connectFailure(reason: FailReason): ConnectFailure {
  switch (reason) {
    case FailReason.notComing:
    case FailReason.notVerified:
    case FailReason.wrongIdentity:
    case FailReason.serverLost:
    case FailReason.routerLost:
      return failReasonName(reason) as ConnectFailure;
    default:
      return "stopping";
  }
}

function deviceView(router: RouterEntry, online: boolean): DeviceView {
  const { telemetry, inventory } = router;
  return {
    mac: router.subject,
    label: router.label,
    online,
    lastSeenS: router.heardUnixMs === 0 ? undefined : (Date.now() - router.heardUnixMs) / 1000,
    hostname: inventory?.hostname,
    model: inventory?.model,
    firmware: inventory?.firmware,
    uptimeS: telemetry?.uptimeS,
    loadPermille: telemetry?.loadPermille,
    memoryTotalKib: telemetry?.memoryTotalKib,
    memoryFreeKib: telemetry?.memoryFreeKib,
  };
}

function claimView(claim: ClaimRow): ClaimView {
  return {
    id: claim.id,
    label: claim.label,
    reusable: claim.reusable === 1,
    createdAtMs: claim.createdUnixMs,
    expiresAtMs: claim.expiresUnixMs,
    uses: claim.uses,
  };
}
