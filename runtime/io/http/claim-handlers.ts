import type { Claim } from "../../../generated/control/http.ts";
import { fingerprintText } from "../../core/identity-certificate.ts";
import type { ClaimView, HubPort } from "./hub-port.ts";
import type {
  InputOf,
  OperationAnswer,
  OperationHandlers,
  OperationRequest,
} from "./operation-handler.ts";
import { loginOf } from "./operation-handler.ts";
import type { Html } from "./pages/html.ts";
import { claimPage } from "./pages/claim-page.ts";
import { Problem } from "./problem.ts";

type ClaimOperation = "claims" | "createClaim" | "revokeClaim" | "revokeClaimForm";

export interface ClaimHandlersOptions {
  readonly hub: HubPort;
  /** Where routers reach the hub: `host:port`, `hostname` being how the client of this request calls the hub. */
  readonly hubAddress: (hostname: string | undefined) => string;
  /** The hub's fingerprint, for routers to pin. */
  readonly hubFingerprint: Uint8Array;
  /** Wall clock, milliseconds since 1970. */
  readonly wallMs: () => number;
}

const EXPIRES_IN_S = 86_400;

/** Making, listing and revoking claim codes. */
export function claimHandlers(
  options: ClaimHandlersOptions,
): Pick<OperationHandlers, ClaimOperation> {
  const { hub, wallMs } = options;
  const revoke = async (
    request: OperationRequest<unknown>,
    id: string,
  ): Promise<OperationAnswer<"revokeClaim">> => {
    const revoked = await hub.revokeClaim(loginOf(request), id);
    if (!revoked) throw new Problem("claimNotFound");
    return { status: 204, json: undefined, location: "/claims" };
  };
  const problemPage = async (
    request: OperationRequest<unknown>,
    problem: Problem,
  ): Promise<Html> => {
    const login = loginOf(request);
    return claimPage({ login, claims: await hub.claims(login), nowMs: wallMs(), problem });
  };
  return {
    claims: {
      answer: async (request) => {
        const login = loginOf(request);
        const claims = await hub.claims(login);
        return {
          status: 200,
          json: { claims: claims.map(claimJson) },
          page: () => claimPage({ login, claims, nowMs: wallMs() }),
        };
      },
    },
    createClaim: {
      answer: (request) => create(request, options),
      problemPage,
    },
    revokeClaim: { answer: (request) => revoke(request, request.input.query.id) },
    revokeClaimForm: {
      answer: (request) => revoke(request, request.input.body.id),
      problemPage,
    },
  };
}

async function create(
  request: OperationRequest<InputOf<"createClaim">>,
  options: ClaimHandlersOptions,
): Promise<OperationAnswer<"createClaim">> {
  const { hub, hubAddress, hubFingerprint, wallMs } = options;
  const account = loginOf(request);
  const { label = "", reusable = false, expiresInS = EXPIRES_IN_S } = request.input.body;
  const made = await hub.createClaim({ account, label: label.trim(), reusable, expiresInS });
  if (made === undefined) {
    throw new Problem("tooManyClaims", { detail: "Revoke one, or wait until one expires." });
  }
  const address = hubAddress(request.hostname);
  const command = `tagwire router --hub ${address} --hub-fingerprint ${fingerprintText(hubFingerprint)} --claim ${made.code}`;
  const claims = await hub.claims(account);
  return {
    status: 201,
    json: { claim: claimJson(made.claim), code: made.code, command },
    page: () =>
      claimPage({
        login: account,
        claims,
        nowMs: wallMs(),
        made: { code: made.code, command, reusable },
      }),
  };
}

function claimJson({ id, label, reusable, createdAtMs, expiresAtMs, uses }: ClaimView): Claim {
  const createdAt = new Date(createdAtMs).toISOString();
  return { id, label, reusable, createdAt, expiresAt: new Date(expiresAtMs).toISOString(), uses };
}
