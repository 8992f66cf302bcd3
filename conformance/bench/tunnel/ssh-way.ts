import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isInstalled } from "../../require.ts";
import { freePort } from "../../../runtime/processes/free-port.ts";
import { untilUsable } from "./target.ts";
import { LOOPBACK, RELAYS_MAX } from "./way.ts";
import type { Chain, MissingWay, Way } from "./way.ts";

/** The fastest that OpenSSH has where processors know AES. */
const CIPHER = "aes128-gcm@openssh.com";
const SSHD = "/usr/sbin/sshd";
/** A server that root starts wants this folder; service managers make it. */
const ROOT_FOLDER = "/run/sshd";

/**
 * A forwarded port of ssh, over as many jumps as the tunnel has relays. Each jump host and the far end is a server of
 * its own, with keys and settings in a temporary folder.
 */
export async function sshWay(target: number): Promise<Way | MissingWay> {
  const missing = [
    ...(isInstalled("ssh") && isInstalled("ssh-keygen")
      ? []
      : ["ssh (Debian package openssh-client)"]),
    ...(existsSync(SSHD) ? [] : ["sshd (Debian package openssh-server)"]),
  ];
  if (missing.length > 0) return { name: "ssh -J", missing: missing.join(", ") };
  const version = /^OpenSSH_([\w.]+)/.exec(spawnSync("ssh", ["-V"], { encoding: "utf8" }).stderr);
  const servers = await SshServers.start();
  return {
    name: `ssh -J ${version?.[1] ?? ""}, ${CIPHER}`,
    open: (relays) => servers.forward(target, relays),
    close: () => servers.close(),
  };
}

/** The far end and the jump hosts. */
class SshServers {
  readonly #folder = mkdtempSync(join(tmpdir(), "tagwire-bench-ssh-"));
  readonly #processes: ChildProcess[] = [];
  #madeRootFolder = false;

  static async start(): Promise<SshServers> {
    const servers = new SshServers();
    try {
      await servers.#start();
    } catch (error) {
      await servers.close();
      throw error;
    }
    return servers;
  }

  /** Starts a client that forwards a port. */
  async forward(target: number, relays: number): Promise<Chain> {
    const port = await freePort(LOOPBACK);
    const jumps = Array.from({ length: relays }, (_, at) => `jump${String(at)}`);
    const forwarded = `${LOOPBACK}:${String(port)}:${LOOPBACK}:${String(target)}`;
    const args = [
      ...["-F", this.#file("config"), "-N", "-L", forwarded],
      ...(relays === 0 ? [] : ["-J", jumps.join(",")]),
      "end",
    ];
    const client = spawn("ssh", args, { stdio: ["ignore", "ignore", "inherit"] });
    await untilUsable(port);
    return { port, close: () => stop(client) };
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map(stop));
    rmSync(this.#folder, { recursive: true, force: true });
    if (this.#madeRootFolder) rmdirSync(ROOT_FOLDER);
  }

  async #start(): Promise<void> {
    for (const name of ["host", "user"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", this.#file(name)]);
    }
    if (process.getuid?.() === 0 && !existsSync(ROOT_FOLDER)) {
      mkdirSync(ROOT_FOLDER, { mode: 0o755 });
      this.#madeRootFolder = true;
    }
    const names = ["end", ...Array.from({ length: RELAYS_MAX }, (_, at) => `jump${String(at)}`)];
    const hosts: string[] = [];
    for (const name of names) {
      const port = await freePort(LOOPBACK);
      await this.#startServer(name, port);
      hosts.push(`Host ${name}\n  HostName ${LOOPBACK}\n  Port ${String(port)}\n`);
    }
    writeFileSync(this.#file("config"), hosts.join("") + this.#clientSettings());
  }

  async #startServer(name: string, port: number): Promise<void> {
    const file = this.#file(`sshd-${name}`);
    writeFileSync(
      file,
      `ListenAddress ${LOOPBACK}
Port ${String(port)}
HostKey ${this.#file("host")}
AuthorizedKeysFile ${this.#file("user.pub")}
Ciphers ${CIPHER}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
`,
    );
    // With all its messages on standard error, as few as there are.
    const server = spawn(SSHD, ["-D", "-e", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
    this.#processes.push(server);
    const said: string[] = [];
    for await (const line of createInterface({ input: server.stderr })) {
      if (line.includes("Server listening")) break;
      said.push(line);
    }
    if (server.exitCode !== null) throw new Error(`sshd did not start: ${said.join(" ")}`);
    server.stderr.resume();
  }

  #clientSettings(): string {
    return `Host *
  User ${userInfo().username}
  IdentityFile ${this.#file("user")}
  IdentitiesOnly yes
  UserKnownHostsFile ${this.#file("known_hosts")}
  StrictHostKeyChecking accept-new
  Ciphers ${CIPHER}
  Compression no
  ExitOnForwardFailure yes
  LogLevel ERROR
`;
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}

async function stop(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const closed = once(process, "close");
  process.kill();
  await closed;
}
