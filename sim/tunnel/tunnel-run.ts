import type { Front } from "../../runtime/roles/tunnel/front/front.ts";
import type { MainServer } from "../../runtime/roles/tunnel/main/main-server.ts";
import type { TunnelNode } from "../../runtime/roles/tunnel/node/tunnel-node.ts";
import type { Action, CaseRun } from "../campaign/scenario.ts";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import { watchCiphertext } from "./checkers/cipher-watch.ts";
import { watchPasswords } from "./checkers/password-watch.ts";
import { watchReplacement } from "./checkers/relay-watch.ts";
import {
  BYTES_EXACTLY_ONCE,
  ENDS_AT_BOTH_SIDES,
  NOBODY_IS_LOCKED_OUT,
  NOTHING_HALF_OPEN,
  TUNNELS_COME_BACK,
} from "./checkers/tunnel-checkers.ts";
import { HERE } from "./draw-moments.ts";
import type { TunnelMoment } from "./draw-moments.ts";
import type { TunnelParameters } from "./draw-tunnel-case.ts";
import { decideFor } from "./programs/front-program.ts";
import { RUN_MODES, TunnelApps } from "./tunnel-apps.ts";
import type { RunMode, RunPlan, RunSide } from "./tunnel-apps.ts";
import { TunnelDeeds } from "./tunnel-deeds.ts";
import { LOCAL_PORT, nodeHosts, relayHosts, tunnelProcesses, userOf } from "./tunnel-stage.ts";

/** Signs of life find a dead session within 25 s; a node waits at most 30 s before it tries again. */
const SESSIONS_MS = 120_000;
/** A dead connection that nobody writes to is found by keep-alive probes. */
const RUNS_END_MS = 600_000;
const RUN_MS = 60_000;
const RUN_BYTES = 20_000;
const ATTEMPTS = 5;
/** Longer than a node waits for the next of a chain, and shorter than a front remembers a tunnel that it heard nothing of. */
const CLEAN_MS = 150_000;
const FRONTS: readonly string[] = ["front ada", "front bob"];
/** Timers of tunnels, by what their names begin with. */
const TUNNEL_TIMER = /^(tube|hop|open|accept|opening|tunnel)\//;

/** One run of a case: the phase of faults, then what must hold once nothing goes wrong any more. */
export class TunnelRun {
  readonly #run: CaseRun;
  readonly #parameters: TunnelParameters;
  readonly #nodes: readonly string[];
  /** Fronts whose process has ended without a word. */
  readonly #failed = new Set<string>();
  readonly #apps: TunnelApps;
  #lastRun = 0;

  private constructor(run: CaseRun) {
    const { world, violate } = run;
    this.#run = run;
    this.#parameters = run.case.parameters as unknown as TunnelParameters;
    const { relays, wish } = this.#parameters.stage;
    this.#nodes = nodeHosts(relays).filter((host) => world.network.hasHost(host));
    this.#apps = new TunnelApps(world, {
      wrong: (message) => {
        violate(BYTES_EXACTLY_ONCE.name, message);
      },
      trustsEnds: (side: RunSide) =>
        !wish.plain && !this.#failed.has(side === "near" ? "front ada" : "front bob"),
    });
  }

  /** Plays a case to its end. */
  static async play(run: CaseRun): Promise<void> {
    await new TunnelRun(run).#play();
  }

  async #play(): Promise<void> {
    const { world, case: given } = this.#run;
    const { failing, stage } = this.#parameters;
    world.onRecord(({ host, kind, detail }) => {
      if (kind === "host" && detail !== "started") this.#failed.add(host);
    });
    for (const plan of tunnelProcesses(stage, world.topology)) await world.add(plan);
    watchPasswords(this.#run);
    if (!stage.wish.plain) watchCiphertext(this.#run);
    if (failing !== undefined) {
      const sound = relayHosts(stage.relays).filter((host) => !failing.includes(host));
      watchReplacement(this.#run, ["ada", "bob", ...sound.map(userOf)]);
    }
    const deeds = new TunnelDeeds(this.#run, this.#apps);
    for (const moment of this.#parameters.moments ?? []) this.#await(moment, deeds);
    for (const action of given.actions) {
      world.schedule(action.atMs, action.name, () => {
        this.#act(action, deeds);
      });
    }
    await world.pass(given.healAtMs);
    await this.#heal();
    await this.#finish(deeds);
  }

  #act(action: Action, deeds: TunnelDeeds): void {
    if (action.name === "run") this.#begin(action.with as unknown as RunPlan);
    else if (this.#run.world.network.hasHost(action.host)) deeds.act(action);
  }

  /** Has something happen when a machine comes to a state: after the step that brings it there. */
  #await({ machine, state, nth, deed }: TunnelMoment, deeds: TunnelDeeds): void {
    const { world } = this.#run;
    let entries = 0;
    world.onObservation((seen) => {
      if (seen.kind !== "transition" || seen.machine !== machine || seen.to !== state) return;
      entries += 1;
      if (entries !== nth || world.nowMs >= this.#run.case.healAtMs) return;
      world.schedule(world.nowMs, deed.name, () => {
        const host = deed.host === HERE ? seen.host : deed.host;
        deeds.act({ ...deed, host, atMs: world.nowMs });
      });
    });
  }

  #begin(plan: RunPlan): void {
    this.#lastRun = Math.max(this.#lastRun, plan.run);
    this.#apps.begin(plan, { ...this.#run.world.endpointOf("front ada"), port: LOCAL_PORT });
  }

  async #heal(): Promise<void> {
    const { world, violate } = this.#run;
    const { limits = {} } = this.#parameters.stage;
    const areOnline = (): boolean => this.#main.nodes.length === this.#nodes.length;
    if (!(await world.until(areOnline, SESSIONS_MS))) {
      violate(NOBODY_IS_LOCKED_OUT.name, `only ${this.#main.nodes.join(", ")} have a session`);
    }
    if (!(await world.until(() => this.#apps.running.length === 0, RUNS_END_MS))) {
      violate(ENDS_AT_BOTH_SIDES.name, `runs ${this.#apps.running.join(", ")} have not ended`);
    }
    // Where limits are shorter than the links are slow, no tunnel can open.
    if (Object.keys(limits).length > 0) return;
    for (const mode of RUN_MODES) {
      if (!(await this.#isCarried(mode))) violate(TUNNELS_COME_BACK.name, `no ${mode} is whole`);
    }
  }

  async #isCarried(mode: RunMode): Promise<boolean> {
    const { world } = this.#run;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const run = this.#lastRun + 1;
      this.#begin({ run, mode, bytes: RUN_BYTES });
      const state = this.#apps.runs.get(run);
      const hasEnded = (): boolean => !this.#apps.running.includes(run);
      await world.until(hasEnded, RUN_MS);
      if (state?.isNearWhole === true && state.isFarWhole) return true;
      await world.pass(RUN_MS / 2);
    }
    return false;
  }

  /** Then nobody wants a tunnel, and nothing of one may be left. */
  async #finish(deeds: TunnelDeeds): Promise<void> {
    const { world, violate } = this.#run;
    const ada = world.process("front ada");
    if (this.#parameters.finish === "crash") {
      for (const front of FRONTS) await world.process(front).crash();
    } else {
      decideFor(ada.disk, { isQuiet: true });
      deeds.closePorts();
    }
    await world.until(() => this.#left.length === 0, CLEAN_MS);
    const [first] = this.#left;
    if (first !== undefined) violate(NOTHING_HALF_OPEN.name, first);
  }

  get #main(): Pick<MainServer, "nodes" | "tunnels"> {
    const role = this.#run.world.process("main").role as unknown as MainServer | undefined;
    return role ?? { nodes: [], tunnels: 0 };
  }

  /** What there is of tunnels, a line each. */
  get #left(): readonly string[] {
    const { world } = this.#run;
    const processes = ["main", ...this.#nodes, ...FRONTS].map((host) => world.process(host));
    const { tunnels } = this.#main;
    return [
      ...(tunnels === 0 ? [] : [`the main server has ${String(tunnels)} tunnels`]),
      ...processes.filter(({ isRunning }) => isRunning).flatMap(leftAt),
      ...processes.flatMap(({ host }) => {
        const { connections } = world.network.node(host);
        const most = host === "main" ? this.#nodes.length : streamsMax(host);
        return connections > most ? [`${host} has ${String(connections)} connections`] : [];
      }),
    ];
  }
}

/** A front has its node; a node its main server and a front. */
function streamsMax(host: string): number {
  return host.startsWith("front ") ? 1 : 2;
}

function leftAt(process: SimulatedProcess): readonly string[] {
  const { host, role, simHost } = process;
  const timers = simHost.timers.filter((name) => TUNNEL_TIMER.test(name));
  const left: string[] = timers.map((timer) => `${host} has the timer ${timer}`);
  if (host === "main") return left;
  const { listeners, streams } = (role as unknown as TunnelNode | Front).resources;
  const isFront = host.startsWith("front ");
  const listenersMax = isFront ? 0 : 1;
  const holdings = isFront ? {} : (role as unknown as TunnelNode).holdings;
  for (const [kind, held] of Object.entries<number>(holdings)) {
    if (held > 0) left.push(`${host} has ${String(held)} ${kind}`);
  }
  if (streams > streamsMax(host)) left.push(`${host} has ${String(streams)} streams`);
  if (listeners > listenersMax) left.push(`${host} has ${String(listeners)} ports`);
  return left;
}
