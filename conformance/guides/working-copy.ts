import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** What a person who follows the guide works on. */
const COPIED = [
  "package.json",
  "tsconfig.json",
  "tsconfig.base.json",
  "spec",
  "codegen",
  "generated",
  "runtime",
];

/** How a command ended. */
export interface CommandEnd {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly output: string;
}

/** A temporary copy of this repository's code, with its packages linked, to be changed and run. */
export class WorkingCopy {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<WorkingCopy> {
    const folder = await mkdtemp(join(tmpdir(), "tagwire-guide-"));
    for (const name of COPIED) {
      // Tests of the code are not part of the guide, and would only be compiled again.
      const filter = (source: string): boolean => !source.endsWith(".test.ts");
      await cp(join(REPOSITORY, name), join(folder, name), { recursive: true, filter });
    }
    await linkPackages(folder);
    const copy = new WorkingCopy(folder);
    await copy.#compileOnly("runtime/processes/router.ts");
    return copy;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async read(path: string): Promise<string> {
    return readFile(join(this.folder, path), "utf8");
  }

  /** Puts lines before or after the first line that begins with `anchor`. @throws {Error} if there is none. */
  async insert(
    path: string,
    { where, anchor, text }: { where: "before" | "after"; anchor: string; text: string },
  ): Promise<void> {
    const lines = (await this.read(path)).split("\n");
    const at = lines.findIndex((line) => line.startsWith(anchor));
    if (at < 0) throw new Error(`${path}: no line begins with ${anchor}`);
    lines.splice(where === "before" ? at : at + 1, 0, text);
    await writeFile(join(this.folder, path), lines.join("\n"));
  }

  /** The compiler sees a file and what it imports: everything that the guides change, in a third of the time. */
  async #compileOnly(path: string): Promise<void> {
    const file = join(this.folder, "tsconfig.json");
    const config = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...config, include: [path] }));
  }

  /** Runs a command line as the guide prints it. */
  async run(line: string, environment: Readonly<Record<string, string>> = {}): Promise<CommandEnd> {
    return new Promise((resolve) => {
      const options = { cwd: this.folder, env: { ...childEnvironment(), ...environment } };
      const child = execFile("bash", ["-c", line], options, (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? 1, output: stdout + stderr });
      });
    });
  }

  /** Starts the command `tagwire` of the copy, which goes on until it is killed. */
  start(...args: readonly string[]): ChildProcess {
    const command = [join(this.folder, "runtime", "cli", "main.ts"), ...args];
    return spawn(process.execPath, command, { cwd: this.folder, env: childEnvironment() });
  }
}

/** Links each package by itself, so that caches in node_modules are the copy's own. */
async function linkPackages(folder: string): Promise<void> {
  const ours = join(REPOSITORY, "node_modules");
  const theirs = join(folder, "node_modules");
  await mkdir(theirs);
  for (const name of await readdir(ours)) {
    if (!name.startsWith(".") || name === ".bin")
      await symlink(join(ours, name), join(theirs, name));
  }
}

/** The Node that runs this comes first; a test runner's own variables would make a child report as a test. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const path = [dirname(process.execPath), environment["PATH"] ?? ""].join(delimiter);
  return { ...environment, PATH: path };
}
