import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Contestant } from "./contestant.ts";
import { runProcess } from "./run-process.ts";

/** What the bench calls ns-3 where it is missing. */
const MISSING = "ns-3 is missing (Debian: libns3-dev and g++)";

/** The scheduler that ns-3 has unless another one is asked for, and the fastest that it has. */
export const NS3_DEFAULT = "MapScheduler";
const NS3_FASTEST = "PriorityQueueScheduler";

const LIBRARIES = {
  timer: ["core"],
  telemetry: ["core", "network", "internet", "point-to-point"],
} as const;

/** ns-3 as a contestant in each load, and what to call it. */
export interface Ns3Peer {
  readonly version: string;
  readonly timer: readonly Contestant[];
  readonly telemetry: readonly Contestant[];
  /** Removes what was compiled. */
  dispose(): void;
}

/** Compiles the loads for ns-3 where its headers and a compiler are. */
export function findNs3(): Ns3Peer {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-bench-"));
  const timer = compile(folder, "timer");
  const telemetry = timer === undefined ? undefined : compile(folder, "telemetry");
  const dispose = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  if (timer === undefined) {
    dispose();
    return { version: MISSING, timer: [], telemetry: [], dispose: () => undefined };
  }
  return {
    version: version(),
    timer: [NS3_DEFAULT, NS3_FASTEST].map((scheduler) => ({
      name: `ns-3 ${scheduler}`,
      run: ({ nodes, untilUs }) => runProcess(timer, [scheduler, nodes, untilUs]),
    })),
    telemetry:
      telemetry === undefined
        ? []
        : [
            {
              name: "ns-3 UDP sockets",
              run: ({ nodes, untilUs }) => runProcess(telemetry, [NS3_DEFAULT, nodes, untilUs]),
            },
          ],
    dispose,
  };
}

/** The path of the compiled load; undefined if it cannot be compiled here. */
function compile(folder: string, load: keyof typeof LIBRARIES): string | undefined {
  const program = join(folder, load);
  const source = fileURLToPath(new URL(`${load}-load.cc`, import.meta.url));
  const libraries = LIBRARIES[load].map((library) => `-lns3-${library}`);
  const parameters = ["-O3", "-DNDEBUG", "-std=c++17", "-o", program, source, ...libraries];
  return spawnSync("g++", parameters).status === 0 ? program : undefined;
}

function version(): string {
  const asked = ["-W", "-f=${Version}", "libns3-dev"];
  const { status, stdout } = spawnSync("dpkg-query", asked, { encoding: "utf8" });
  return status === 0 ? `ns-3 ${stdout.trim()}` : "ns-3";
}
