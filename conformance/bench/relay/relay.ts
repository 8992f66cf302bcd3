import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { BenchReport, BenchRow } from "../bench.ts";
import { availableForwarders } from "./forwarders.ts";
import type { Forwarder } from "./forwarders.ts";

const RUN_BYTES = 768 * 1024 * 1024;
const ROUNDS = 5;
const MIB = 1024 * 1024;
/** Linux counts processor time in hundredths of a second (`USER_HZ`). */
const TICKS_PER_S = 100;

interface Run {
  readonly mibPerS: number;
  readonly cpuSPerGib: number;
}

/**
 * Forwards bytes from one process through a forwarder to this one, by each way in turn so that all see the
 * same moods of the machine. Every byte counted is a byte received; one that is missing fails the bench.
 * Processor time per byte is the steadier figure: sender, forwarder and receiver share the processors.
 */
export async function benchRelay(): Promise<BenchReport> {
  const sink = createSink();
  await once(sink.server, "listening");
  const runs = new Map<string, Run[]>();
  const forwarders = new Map<string, Forwarder>();
  for (const [name, start] of availableForwarders()) {
    forwarders.set(name, await start(sink.port()));
    runs.set(name, []);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, forwarder] of forwarders) {
      runs.get(name)?.push(await measure(forwarder, sink));
    }
  }
  for (const forwarder of forwarders.values()) await forwarder.stop();
  sink.server.close();
  return report(runs);
}

function report(runs: ReadonlyMap<string, readonly Run[]>): BenchReport {
  const medians = new Map([...runs].map(([name, of]) => [name, medianOf(of)]));
  const ours = medians.get("relay");
  const pipe = medians.get("pipe");
  if (ours === undefined || pipe === undefined) throw new RangeError("a forwarder is missing");
  const rows: BenchRow[] = [...medians].map(([name, { mibPerS, cpuSPerGib }]) => ({
    task: "one way",
    name,
    values: { mibPerS, cpuSPerGib, ratioToRelay: mibPerS / ours.mibPerS },
  }));
  const goals = [
    {
      goal: "the relay takes less processor time for a byte than pipe()",
      value: pipe.cpuSPerGib / ours.cpuSPerGib,
      bound: 1.2,
    },
    {
      goal: "the relay is as fast as pipe()",
      value: ours.mibPerS / pipe.mibPerS,
      bound: 0.95,
    },
  ];
  return { bench: "relay", rows, goals };
}

function medianOf(runs: readonly Run[]): Run {
  const middle = (values: number[]): number =>
    values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
  return {
    mibPerS: middle(runs.map(({ mibPerS }) => mibPerS)),
    cpuSPerGib: middle(runs.map(({ cpuSPerGib }) => cpuSPerGib)),
  };
}

async function measure(forwarder: Forwarder, sink: Sink): Promise<Run> {
  const cpuBeforeS = cpuTimeS(forwarder.pid);
  const startMs = performance.now();
  const received = sink.receive();
  const source = spawn(
    process.execPath,
    [
      fileURLToPath(new URL("source.ts", import.meta.url)),
      String(forwarder.port),
      String(RUN_BYTES),
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const exited = once(source, "exit");
  const { bytes, firstMs, lastMs } = await received;
  await exited;
  if (bytes !== RUN_BYTES)
    throw new Error(`${String(bytes)} bytes of ${String(RUN_BYTES)} arrived`);
  // The time until the first byte is that of starting the source.
  const seconds = (lastMs - Math.max(firstMs, startMs)) / 1000;
  return {
    mibPerS: bytes / MIB / seconds,
    cpuSPerGib: (cpuTimeS(forwarder.pid) - cpuBeforeS) / (bytes / MIB / 1024),
  };
}

/** Processor time of a process, its own and the kernel's on its behalf. 0 where there is no `/proc`. */
function cpuTimeS(pid: number): number {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  } catch {
    return 0;
  }
}

interface Received {
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

interface Sink {
  readonly server: Server;
  readonly port: () => number;
  /** What the next connection that sends anything brings, up to its end. */
  readonly receive: () => Promise<Received>;
}

function createSink(): Sink {
  let resolve: ((received: Received) => void) | undefined;
  const server = createServer((socket) => {
    void drain(socket).then((received) => {
      // A probe whether the forwarder listens brings nothing.
      if (received.bytes > 0) resolve?.(received);
    });
  });
  server.listen(0, "127.0.0.1");
  return {
    server,
    port: () => {
      const address = server.address();
      return address === null || typeof address === "string" ? 0 : address.port;
    },
    receive: () =>
      new Promise((done) => {
        resolve = done;
      }),
  };
}

async function drain(socket: Socket): Promise<Received> {
  let bytes = 0;
  let firstMs = 0;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    if (bytes === 0) firstMs = performance.now();
    bytes += chunk.length;
  });
  await once(socket, "close");
  return { bytes, firstMs, lastMs: performance.now() };
}
