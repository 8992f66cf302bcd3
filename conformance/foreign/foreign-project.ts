import { execFile } from "node:child_process";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));
const TEMPLATES = fileURLToPath(new URL("templates/", import.meta.url));

/** How a command ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A repository of somebody else's: a temporary folder with its own spec, in which this package is
 * installed as it would be published. Its dependencies are links to ours.
 */
export class ForeignProject {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Copies a template and installs the built and packed package beside it. */
  static async make(template: string): Promise<ForeignProject> {
    const project = new ForeignProject(await mkdtemp(join(tmpdir(), "tagwire-foreign-")));
    await cp(join(TEMPLATES, template), project.folder, { recursive: true });
    await project.#install();
    return project;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs the installed command, as a user would. */
  async tagwire(...args: readonly string[]): Promise<CommandResult> {
    return run("npx", ["--no-install", "tagwire", ...args], this.folder);
  }

  /** Runs a line of a shell. */
  async shell(line: string): Promise<CommandResult> {
    return run("bash", ["-c", line], this.folder);
  }

  async write(path: string, text: string): Promise<void> {
    await writeFile(join(this.folder, path), `${text}\n`);
  }

  /** Compiles by a tsconfig of the project; the output names each error. */
  async compile(config: string): Promise<CommandResult> {
    const compiler = join(this.folder, "node_modules", "typescript", "bin", "tsc");
    return run(process.execPath, [compiler, "-p", config, "--pretty", "false"], this.folder);
  }

  async runScript(path: string): Promise<CommandResult> {
    return run(process.execPath, [path], this.folder);
  }

  /** Changes a file of the project. @throws {Error} if that changes nothing. */
  async edit(path: string, change: (text: string) => string): Promise<void> {
    const file = join(this.folder, path);
    const text = await readFile(file, "utf8");
    const changed = change(text);
    if (changed === text) throw new Error(`${path}: the edit changed nothing`);
    await writeFile(file, changed);
  }

  async #install(): Promise<void> {
    const modules = join(this.folder, "node_modules");
    const installed = join(modules, "tagwire");
    await mkdir(installed, { recursive: true });
    const packed = await run("npm", ["pack", "--pack-destination", this.folder], PACKAGE);
    if (packed.code !== 0) throw new Error(`npm pack failed:\n${packed.stdout}\n${packed.stderr}`);
    const archive = (await readdir(this.folder)).find((name) => name.endsWith(".tgz"));
    if (archive === undefined) throw new Error("npm pack wrote no archive");
    const arguments_ = [
      "-xzf",
      join(this.folder, archive),
      "-C",
      installed,
      "--strip-components=1",
    ];
    const extracted = await run("tar", arguments_, this.folder);
    if (extracted.code !== 0) throw new Error(`tar failed: ${extracted.stderr}`);
    await linkDependencies(modules);
    const command = join(installed, "runtime", "cli", "tagwire.js");
    await chmod(command, 0o755);
    await mkdir(join(modules, ".bin"));
    await symlink(command, join(modules, ".bin", "tagwire"));
  }
}

async function linkDependencies(modules: string): Promise<void> {
  const ours = join(PACKAGE, "node_modules");
  for (const name of await readdir(ours)) {
    if (name.startsWith(".") || name === "tagwire") continue;
    await symlink(join(ours, name), join(modules, name));
  }
}

/** Runs a program to its end; the Node that runs this is the one that the program finds. */
async function run(program: string, args: readonly string[], cwd: string): Promise<CommandResult> {
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  // A test runner's own variables would make a child of it report as a test.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  return new Promise((resolve) => {
    const options = { cwd, env: { ...environment, PATH: path }, maxBuffer: 16 * 1024 * 1024 };
    const child = execFile(program, [...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? 1, stdout, stderr });
    });
  });
}
