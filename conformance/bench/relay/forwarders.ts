import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isInstalled } from "../../require.ts";

/** A process that forwards connections to a port. */
export interface Forwarder {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Ways to forward that are on this machine: ours, Node's own, and haproxy if it is installed. */
export function availableForwarders(): ReadonlyMap<string, (target: number) => Promise<Forwarder>> {
  const forwarders = new Map<string, (target: number) => Promise<Forwarder>>([
    ["relay", (target) => startOurs("relay", target)],
    ["pipe", (target) => startOurs("pipe", target)],
  ]);
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin`;
  if (isInstalled("haproxy", path)) forwarders.set("haproxy", startHaproxy);
  return forwarders;
}

async function startOurs(method: string, target: number): Promise<Forwarder> {
  const script = fileURLToPath(new URL("forwarder.ts", import.meta.url));
  const child = spawn(process.execPath, [script, method, String(target)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return forwarderOf(child, Number(line));
}

async function startHaproxy(target: number): Promise<Forwarder> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "tagwire-haproxy-"));
  const file = join(folder, "haproxy.cfg");
  writeFileSync(
    file,
    `global
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen bench
  bind 127.0.0.1:${String(port)}
  server sink 127.0.0.1:${String(target)}
`,
  );
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` };
  const child = spawn("haproxy", ["-q", "-db", "-f", file], { stdio: "ignore", env });
  child.once("close", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  await untilListening(port);
  return forwarderOf(child, port);
}

function forwarderOf(child: ChildProcess, port: number): Forwarder {
  if (child.pid === undefined) throw new RangeError("the forwarder did not start");
  return {
    port,
    pid: child.pid,
    stop: async () => {
      const closed = once(child, "close");
      child.kill();
      await closed;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new RangeError("no port");
  return address.port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = connect({ host: "127.0.0.1", port });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => {
        resolve(true);
      });
      socket.once("error", () => {
        resolve(false);
      });
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on port ${String(port)}`);
}
