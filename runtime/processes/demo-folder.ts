import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError, encodeBase64Url } from "../core/index.ts";
import { HubProblemError } from "../io/http/hub-client.ts";
import type { HubClient } from "../io/http/hub-client.ts";
import { StateFile } from "../stores/state-file.ts";
import type { Closing } from "./closing.ts";

/** Login and password of an account. */
export interface DemoAccount {
  readonly login: string;
  readonly password: string;
}

const LOGIN = "demo";

/** A temporary folder that is gone when all is closed, and also when the process ends before. */
export async function temporaryFolder(closing: Closing): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tagwire-demo-"));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", remove);
  closing.add(async () => {
    await rm(folder, { recursive: true, force: true });
    process.off("exit", remove);
  });
  return folder;
}

/**
 * The account of a data folder, whose password is kept there for its owner alone, so that the folder can be
 * used again.
 * @throws {OperatorError} if the file is damaged or cannot be written.
 */
function keptAccount(folder: string): DemoAccount {
  const file = new StateFile(join(folder, "account.json"));
  const kept = file.load();
  if (kept === undefined) {
    const password = encodeBase64Url(new Uint8Array(randomBytes(15)));
    file.save({ login: LOGIN, password });
    return { login: LOGIN, password };
  }
  const { login, password } = kept as Readonly<Record<string, unknown>>;
  if (typeof login === "string" && typeof password === "string") return { login, password };
  throw new OperatorError({
    place: file.file,
    problem: "there is no login and password in it.",
    remedy: "Give another --data folder.",
  });
}

/** Logs in, with an account that is made if the hub does not have it. */
export async function openDemoSession(
  http: HubClient,
  folder: string,
): Promise<{ readonly account: DemoAccount; readonly token: string }> {
  const account = keptAccount(folder);
  try {
    const { token } = await http.request("login", { body: account });
    return { account, token };
  } catch (error) {
    if (!(error instanceof HubProblemError) || error.problem.status !== 401) throw error;
    const { token } = await http.request("register", { body: account });
    return { account, token };
  }
}
