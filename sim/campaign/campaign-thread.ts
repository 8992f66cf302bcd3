import { Worker } from "node:worker_threads";
import type { CaseOutcome } from "./run-case.ts";
import type { CaseChoices, Violation } from "./scenario.ts";
import type { ScenarioSource } from "./scenario-source.ts";

/** What a thread starts with. */
export interface CampaignWorkerData {
  readonly source: ScenarioSource;
  readonly choices: CaseChoices;
}

/** What a thread tells. */
export type CampaignWorkerReport =
  | { readonly kind: "ready" }
  /** Of the oldest seed that it was given. */
  | { readonly kind: "ran"; readonly outcome: CaseOutcome }
  | { readonly kind: "failed"; readonly error: unknown };

/** Who gives a thread its work. */
export interface CampaignThreadOwner {
  /** The next seed; undefined if there is none for now. */
  next(): number | undefined;
  ran(seed: number, outcome: CaseOutcome): void;
  /** The campaign cannot go on. */
  failed(error: unknown): void;
}

/** How a thread is made. */
export interface CampaignThreadOptions extends CampaignWorkerData {
  /** After so long a run is ended from outside, as `endless`. Milliseconds of this machine. */
  readonly runWallMsMax: number;
}

/** Seeds that a thread has at a time: one that it runs, and one so that it never waits for its owner. */
const SEEDS_AHEAD = 2;

/**
 * A thread that runs seeds, and another in its place if a run does not return or brings the thread down: then the seed
 * fails, and the others of the campaign go on.
 */
export class CampaignThread {
  readonly #owner: CampaignThreadOwner;
  readonly #options: CampaignThreadOptions;
  readonly #seeds: number[] = [];
  #worker: Worker;
  #isReady = false;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(owner: CampaignThreadOwner, options: CampaignThreadOptions) {
    this.#owner = owner;
    this.#options = options;
    this.#worker = this.#start();
  }

  /** Takes seeds from its owner until it has enough. */
  feed(): void {
    if (!this.#isReady) return;
    while (this.#seeds.length < SEEDS_AHEAD) {
      const seed = this.#owner.next();
      if (seed === undefined) return;
      this.#seeds.push(seed);
      this.#worker.postMessage(seed);
      if (this.#seeds.length === 1) this.#watch();
    }
  }

  /** Ends the thread, whatever it does. */
  async end(): Promise<void> {
    clearTimeout(this.#watchdog);
    this.#worker.removeAllListeners();
    await this.#worker.terminate();
  }

  #start(): Worker {
    const { source, choices } = this.#options;
    const workerData: CampaignWorkerData = { source, choices };
    // The compiled package has another ending.
    const file = import.meta.url.endsWith(".ts") ? "./campaign-worker.ts" : "./campaign-worker.js";
    const worker = new Worker(new URL(file, import.meta.url), { workerData, execArgv: [] });
    worker.on("message", (report: CampaignWorkerReport) => {
      this.#take(report);
    });
    worker.on("error", (error) => {
      this.#replace("crash", `the thread ended: ${String(error)}`);
    });
    worker.on("exit", (code) => {
      this.#replace("crash", `the thread ended with code ${String(code)}`);
    });
    return worker;
  }

  #take(report: CampaignWorkerReport): void {
    switch (report.kind) {
      case "ready":
        this.#isReady = true;
        // Seeds that a thread before this one had, but did not begin.
        for (const seed of this.#seeds) this.#worker.postMessage(seed);
        if (this.#seeds.length > 0) this.#watch();
        break;
      case "ran":
        this.#finish(report.outcome);
        break;
      case "failed":
        this.#owner.failed(report.error);
        return;
    }
    this.feed();
  }

  #finish(outcome: CaseOutcome): void {
    const seed = this.#seeds.shift();
    clearTimeout(this.#watchdog);
    if (this.#seeds.length > 0) this.#watch();
    if (seed !== undefined) this.#owner.ran(seed, outcome);
  }

  #watch(): void {
    const { runWallMsMax } = this.#options;
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      const seconds = String(runWallMsMax / 1000);
      this.#replace("endless", `it did not return within ${seconds} s of this machine's time`);
    }, runWallMsMax);
  }

  /** The seed that runs fails, and a new thread goes on with what follows. */
  #replace(checker: "crash" | "endless", message: string): void {
    this.#worker.removeAllListeners();
    // Its end is not waited for: nothing of it is heard from here on.
    void this.#worker.terminate();
    if (this.#seeds.length === 0) {
      this.#owner.failed(new Error(`a thread of the campaign has no work, but ${message}`));
      return;
    }
    this.#isReady = false;
    this.#worker = this.#start();
    const violations: readonly Violation[] = [{ checker, message, atMs: 0 }];
    const nothing = { traceHash: "", events: 0, virtualMs: 0, coverage: {} };
    const seed = this.#seeds.shift();
    clearTimeout(this.#watchdog);
    if (seed !== undefined) this.#owner.ran(seed, { verdict: "violated", violations, ...nothing });
  }
}
