import { parentPort, workerData } from "node:worker_threads";
import { runSeed } from "./run-seed.ts";
import type { CampaignWorkerData, CampaignWorkerReport } from "./campaign-thread.ts";
import { loadScenario } from "./scenario-source.ts";

/* A thread of a campaign: runs the seeds that it is sent, one after the other, and tells what came of each. */

const { source, choices } = workerData as CampaignWorkerData;
const port = parentPort;
if (port === null) throw new Error("this module is the start of a thread");

/** An error of ours or the operator's ends the campaign; what a role throws is part of an outcome. */
function failed(error: unknown): CampaignWorkerReport {
  return { kind: "failed", error };
}

try {
  const scenario = await loadScenario(source);
  port.on("message", (seed: number) => {
    void runSeed(scenario, seed, choices)
      .then((outcome): CampaignWorkerReport => ({ kind: "ran", outcome }), failed)
      .then((report) => {
        port.postMessage(report);
      });
  });
  port.postMessage({ kind: "ready" } satisfies CampaignWorkerReport);
} catch (error) {
  port.postMessage(failed(error));
}
