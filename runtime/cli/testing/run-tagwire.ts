import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { tagwire } from "../main.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Notes the address of each module that is loaded, and tells them at the end on standard error. */
const NOTE_MODULES = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from "node:module";
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
process.on("exit", () => process.stderr.write(urls.join("\\n")));
`)}`;

export interface Ran {
  /** Null if a signal ended the process. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `tagwire` in this process, with no variables but those given. */
export async function runTagwire(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const [out, err] = [new CapturedText(), new CapturedText()];
  const code = await tagwire(args, { env, out, err });
  return { code, out: out.text, err: err.text };
}

class CapturedText extends Writable {
  text = "";

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

/** Runs `tagwire` as a process of its own, with no variables but PATH and those given. */
export function spawnTagwire(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return spawned([MAIN, ...args], env);
}

/** The modules that a process of `tagwire` loads, as URLs. */
export async function modulesLoadedBy(args: readonly string[]): Promise<readonly string[]> {
  const { err } = await spawned(["--import", NOTE_MODULES, MAIN, ...args], {});
  return err.split("\n");
}

function spawned(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env["PATH"], NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, out, err });
    });
  });
}

/** A folder that is gone after the work. */
export async function withFolder<Result>(
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "tagwire-cli-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
