import type * as Redis from "@redis/client";
import { Simulation } from "../../engine/index.ts";
import type { Drain, TraceWatch } from "../../engine/index.ts";
import type { Fault } from "../../network/fault.ts";
import { planFaults } from "../../network/plan-faults.ts";
import { SimNetwork } from "../../network/sim-network.ts";
import { loadInHost, NodeHost } from "../index.ts";
import { COAP_HOME } from "./coap-home.ts";
import { createRedisServer } from "./redis-server.ts";

/** What came of one run. */
export interface RedisStory {
  /** What the client was answered to each request, or how it failed. */
  readonly answers: readonly string[];
  /** What the client told of its connection, each with the virtual second. */
  readonly told: readonly string[];
  /** Commands that reached the server's program. */
  readonly served: number;
  readonly hash: string;
}

/** How to run. */
export interface RedisRunOptions {
  readonly seed: number;
  /** Default: sampled from the links' presets by the seed. */
  readonly faults?: readonly Fault[];
  readonly drain?: Drain;
  readonly watch?: TraceWatch;
}

const REQUESTS = 20;

/** Has a client at home set a value and get it, in turns, a request a second. */
export async function runRedisHome(options: RedisRunOptions): Promise<RedisStory> {
  const { seed, drain, watch } = options;
  const simulation = new Simulation({ seed, ...(watch === undefined ? {} : { watch }) });
  const faults = options.faults ?? planFaults(COAP_HOME, simulation.random("faults"));
  const network = new SimNetwork(simulation, { topology: COAP_HOME, faults });
  let served = 0;
  const program = ({ modules }: NodeHost): void => {
    createRedisServer(modules.net, () => (served += 1)).listen(6379);
  };
  new NodeHost({ network, name: "server", program });
  const sensor = new NodeHost({ network, name: "sensor" });
  const redis = await loadInHost<typeof Redis>(sensor, "@redis/client");
  const answers: string[] = [];
  const told: string[] = [];
  const tell = (what: string): void => {
    told.push(`${String(Math.floor(simulation.nowUs / 1e6))} s: ${what}`);
  };
  sensor.run(() => ask(redis, { answers, tell }));
  const drained = drain === undefined ? {} : { drain };
  const stopWhen = (): boolean => answers.length === REQUESTS;
  await simulation.runDraining({ forUs: 3_600_000_000, stopWhen, ...drained });
  return { answers, told, served, hash: simulation.trace.hash };
}

async function ask(
  redis: typeof Redis,
  { answers, tell }: { readonly answers: string[]; readonly tell: (what: string) => void },
): Promise<void> {
  const client = redis.createClient({ url: "redis://server", RESP: 2 });
  client.on("ready", () => {
    tell("ready");
  });
  client.on("error", (error: Error) => {
    tell(error.message);
  });
  await client.connect();
  for (let at = 0; at < REQUESTS; at += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const asked = at % 2 === 0 ? client.set("value", String(at)) : client.get("value").then(String);
    answers.push(await asked.then(String, (error: unknown) => `failed: ${String(error)}`));
  }
}
