import { isReached, reportText } from "./bench.ts";
import type { BenchReport } from "./bench.ts";

/** The benches by name; each is loaded only when it runs. */
const BENCHES: Readonly<Record<string, () => Promise<BenchReport>>> = {
  codec: async () => (await import("./codec.ts")).benchCodec(),
  connect: async () => (await import("./connect.ts")).benchConnect(),
  peer: async () => (await import("./peer.ts")).benchPeer(),
  relay: async () => (await import("./relay/relay.ts")).benchRelay(),
  sim: async () => (await import("./sim/sim.ts")).benchSim(),
  tunnel: async () => (await import("./tunnel/tunnel.ts")).benchTunnel(),
};

const [name = "", ...flags] = process.argv.slice(2);
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
const unknown = flags.filter((flag) => flag !== "--json");
if (bench === undefined || unknown.length > 0) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(BENCHES).join("|")} [--json]\n`);
  process.exitCode = 2;
} else {
  const report = await bench();
  const json = {
    ...report,
    goals: report.goals.map((goal) => ({ ...goal, reached: isReached(goal) })),
  };
  process.stdout.write(flags.includes("--json") ? `${JSON.stringify(json)}\n` : reportText(report));
  const isComplete = (report.missing ?? []).length === 0;
  if (!isComplete || !report.goals.every(isReached)) process.exitCode = 1;
}
