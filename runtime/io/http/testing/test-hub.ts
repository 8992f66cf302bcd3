import { createSilentLog } from "../../log.ts";
import type { AccountsOptions } from "../accounts.ts";
import { Accounts } from "../accounts.ts";
import type { HttpServerOptions } from "../http-server.ts";
import { HttpServer } from "../http-server.ts";
import { FakeHubPort, fingerprintOf } from "./fake-hub-port.ts";
import { RamAccountStore } from "./ram-account-store.ts";

/** The cheapest digest that scrypt makes, so that tests do not wait. */
export const CHEAP_COST = { log2N: 1, r: 1, p: 1 };

export const PASSWORD = "correct horse battery";

export interface TestHub {
  readonly hub: FakeHubPort;
  readonly store: RamAccountStore;
  readonly server: HttpServer;
}

/** An HTTP server over a hub and stores that the test sets up. */
export async function createTestHub(
  options: Partial<HttpServerOptions> & { readonly account?: Partial<AccountsOptions> } = {},
): Promise<TestHub> {
  const hub = new FakeHubPort();
  const store = new RamAccountStore();
  const accounts = new Accounts({
    store,
    registration: true,
    cost: CHEAP_COST,
    ...options.account,
  });
  const server = await HttpServer.create({
    hub,
    accounts,
    log: createSilentLog(),
    gateway: true,
    hubAddress: (hostname) => `${hostname ?? "hub"}:7400`,
    hubFingerprint: fingerprintOf(0xfe),
    ...options,
  });
  return { hub, store, server };
}

/** Registers an account and returns its session's token. */
export async function registered({ server }: TestHub, login = "ann"): Promise<string> {
  const response = await server.app.inject({
    method: "POST",
    url: "/registration",
    payload: { login, password: PASSWORD },
  });
  return response.json<{ token: string }>().token;
}
