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
  RivalSettlement,
} from "../io/http/hub-port.ts";
import { FailReason, failReasonName } from "../../generated/control/types.ts";
import type { Hub } from "../roles/hub/hub.ts";
import type { HubCommand, HubEvent } from "../roles/hub/hub-events.ts";
import type { RouterEntry } from "../roles/hub/entries.ts";
import type { ClaimRow } from "../roles/hub/rows.ts";
import type { RowSaver } from "./row-saver.ts";

/** A command that is answered by an event of the same number. */
type Request = Extract<HubCommand, { requestId: number }>;
type Unnumbered<One> = One extends Request ? Omit<One, "requestId"> : never;
type Answer = Extract<HubEvent, { requestId: number }>;

/** What the port of a hub process needs. */
export interface HubPortOptions {
  readonly hub: Pick<Hub, "routersOf" | "isOnline" | "claimsOf">;
  readonly host: Pick<RoleHost<HubCommand, HubEvent>, "command">;
  readonly saver: Pick<RowSaver, "saveClaims">;
  /** Calls routers for browsers; undefined if the HTTP server refuses that. */
  readonly gateway:
    { readonly call: (request: GatewayRequest) => Promise<GatewayOutcome> } | undefined;
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

  async connect({ signal, ...request }: ConnectRequest): Promise<ConnectOutcome> {
    if (signal?.aborted === true) return { kind: "cancelled" };
    const command = { type: "connect", ...request } as const;
    const { outcome } = await this.#request("connectEnded", command, signal);
    switch (outcome.kind) {
      case "unknown":
      case "busy":
        return outcome;
      case "failed":
        if (outcome.reason === FailReason.cancelled) return { kind: "cancelled" };
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

  async settleRival({ rival, ...request }: RivalSettlement): Promise<boolean> {
    const { hub, saver } = this.#options;
    // The hub settles with whoever asks now, so this must be who the owner saw.
    const router = hub.routersOf(request.account).find(({ subject }) => subject === request.mac);
    if (router?.rival?.join() !== rival.join()) return false;
    const { found } = await this.#request("rivalSettled", { type: "settleRival", ...request });
    await saver.saveClaims(request.mac);
    return found;
  }

  async createClaim(request: ClaimRequest): Promise<NewClaim | undefined> {
    const { expiresInS, ...rest } = request;
    const { created } = await this.#request("claimCreated", {
      type: "createClaim",
      ...rest,
      lifeMs: expiresInS * 1000,
    });
    // Whoever is shown a code may rely on it.
    await this.#options.saver.saveClaims();
    return created && { claim: claimView(created.claim), code: created.code };
  }

  claims(account: string): Promise<readonly ClaimView[]> {
    return Promise.resolve(this.#options.hub.claimsOf(account).map(claimView));
  }

  async revokeClaim(account: string, claimId: string): Promise<boolean> {
    const request = { type: "revokeClaim", account, claimId } as const;
    const { found } = await this.#request("claimRevoked", request);
    await this.#options.saver.saveClaims();
    return found;
  }

  call(request: GatewayRequest): Promise<GatewayOutcome> {
    const { gateway } = this.#options;
    if (gateway === undefined) throw new RangeError("the HTTP server refuses calls by the hub");
    return gateway.call(request);
  }

  #request<Type extends Answer["type"]>(
    type: Type,
    request: Unnumbered<Request>,
    signal?: AbortSignal,
  ): Promise<Extract<Answer, { type: Type }>> {
    this.#lastRequest += 1;
    const requestId = this.#lastRequest;
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.#options.host.command({ type: "cancel", requestId });
      };
      signal?.addEventListener("abort", cancel, { once: true });
      this.#pending.set(requestId, (answer) => {
        signal?.removeEventListener("abort", cancel);
        if (answer.type === type) resolve(answer as Extract<Answer, { type: Type }>);
        else reject(new RangeError(`${type} was answered by ${answer.type}`));
      });
      this.#options.host.command({ ...request, requestId });
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
    fingerprint: router.fingerprint,
    rival: router.rival,
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
