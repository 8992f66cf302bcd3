import { OperatorError, RpcError } from "../core/index.ts";
import { endpointText } from "../io/addresses.ts";
import type {
  ConnectOutcome,
  ConnectRequest,
  GatewayOutcome,
  GatewayRequest,
  RpcAnswer,
  RpcCall,
} from "../io/http/hub-port.ts";
import type { Meeting } from "../roles/client/client-events.ts";
import type { ClientProcess } from "./client.ts";
import type { RouterConnection } from "./config-types.ts";

/** What a gateway needs. */
export interface GatewayOptions {
  readonly client: ClientProcess;
  readonly connect: (request: ConnectRequest) => Promise<ConnectOutcome>;
}

/**
 * Calls a router for an account that has only a browser: the hub's own process is the client then, so the
 * encryption between client and router ends in it. Whoever does not want that gives `--no-gateway`.
 */
export async function callThroughGateway(
  { client, connect }: GatewayOptions,
  { account, mac, calls, signal }: GatewayRequest,
): Promise<GatewayOutcome> {
  const startMs = performance.now();
  const clientFingerprint = client.fingerprint;
  const outcome = await connect({ account, mac, clientFingerprint, signal });
  if (outcome.kind !== "connected") return outcome;
  const { server, ...rest } = outcome;
  const connection = await meet(client, { ...rest, server, serverFingerprint: server.fingerprint });
  if (connection === undefined) return { kind: "failed", reason: "routerLost" };
  const connectMs = performance.now() - startMs;
  const answers: RpcAnswer[] = [];
  try {
    for (const call of calls) {
      if (signal?.aborted === true) return { kind: "cancelled" };
      answers.push(await answerOf(connection, call));
    }
  } finally {
    await connection.close();
  }
  return { kind: "answered", mac, server: endpointText(server), connectMs, answers };
}

/** Undefined if the server or the router was lost on the way. */
async function meet(
  client: ClientProcess,
  meeting: Meeting,
): Promise<RouterConnection | undefined> {
  try {
    return await client.meet(meeting);
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}

async function answerOf(
  connection: RouterConnection,
  { method, params }: RpcCall,
): Promise<RpcAnswer> {
  try {
    return { method, result: await connection.call(method, params) };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { code, message, data } = error;
    return { method, error: { code, message, ...(data === undefined ? {} : { data }) } };
  }
}
