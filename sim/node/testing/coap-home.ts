import type * as Coap from "coap";
import { Simulation } from "../../engine/index.ts";
import type { Drain, TraceWatch } from "../../engine/index.ts";
import type { Fault } from "../../network/fault.ts";
import { planFaults } from "../../network/plan-faults.ts";
import { SimNetwork } from "../../network/sim-network.ts";
import type { TopologyPlan } from "../../network/topology.ts";
import { loadInHost, NodeHost } from "../index.ts";

/** A CoAP client at home, behind a NAT and a line that loses, doubles and reorders, and a server on the Internet. */
export const COAP_HOME: TopologyPlan = {
  segments: [{ name: "internet" }, { name: "home" }],
  hosts: [
    { name: "sensor", segment: "home", address: "192.168.1.20", link: { preset: "lan" } },
    { name: "server", segment: "internet", address: "192.0.2.7", link: { preset: "dataCentre" } },
  ],
  nats: [
    {
      name: "box",
      profile: "port-restricted",
      inner: "home",
      outer: "internet",
      externalAddresses: ["198.51.100.7"],
      outerLink: {
        preset: "congestedWifi",
        loss: { goodToBadRatio: 0, badToGoodRatio: 1, goodLossRatio: 0.3, badLossRatio: 1 },
        duplicationRatio: 0.15,
        reorderingRatio: 0.2,
        reorderingUs: 300_000,
      },
    },
  ],
};

/** What came of the exchange of one run. */
export interface CoapStory {
  /** What the client was answered, or how it failed, in the order of its requests. */
  readonly answers: readonly string[];
  /** What reached the server's program, and from which port of the NAT: duplicates are the package's to filter. */
  readonly served: readonly string[];
  /** Datagrams that the client's host sent. */
  readonly sent: number;
  readonly hash: string;
  /** Virtual time at the end, microseconds. */
  readonly endUs: number;
}

/** How to run. */
export interface CoapRunOptions {
  readonly seed: number;
  readonly requests?: number;
  /** Default: sampled from the links' presets by the seed. */
  readonly faults?: readonly Fault[];
  readonly drain?: Drain;
  readonly watch?: TraceWatch;
}

/** Has the client read a value and write one, in turns, a second apart, with confirmable requests. */
export async function runCoapHome(options: CoapRunOptions): Promise<CoapStory> {
  const { seed, requests = 10, drain, watch } = options;
  let sent = 0;
  const sink = {
    write: ({ host, kind }: { readonly host: string; readonly kind: string }): void => {
      if (host === "sensor" && kind === "udp-sent") sent += 1;
    },
  };
  const simulation = new Simulation({ seed, sink, ...(watch === undefined ? {} : { watch }) });
  const faults = options.faults ?? planFaults(COAP_HOME, simulation.random("faults"));
  const network = new SimNetwork(simulation, { topology: COAP_HOME, faults });
  const server = new NodeHost({ network, name: "server" });
  const sensor = new NodeHost({ network, name: "sensor" });
  const served = await serve(server);
  const answers = await ask(sensor, requests);
  const isAnswered = (): boolean => answers.filter((answer) => answer !== "").length === requests;
  const drained = drain === undefined ? {} : { drain };
  await simulation.runDraining({ forUs: 3_600_000_000, stopWhen: isAnswered, ...drained });
  return { answers, served, sent, hash: simulation.trace.hash, endUs: simulation.nowUs };
}

async function serve(host: NodeHost): Promise<string[]> {
  const coap = await loadInHost<typeof Coap>(host, "coap");
  const served: string[] = [];
  host.run(() => {
    const server = coap.createServer(
      (request: Coap.IncomingMessage, response: Coap.OutgoingMessage) => {
        // Of coap 1.5.0: a RST that answers nothing reaches the program as a request without a method.
        if ((request.method as unknown) === undefined) return;
        const text = `${request.method} ${request.url} ${request.payload.toString()}`.trim();
        served.push(`${text} port ${String(request.rsinfo.port)}`);
        response.end(`${text} from ${request.rsinfo.address}`);
      },
    );
    server.listen();
  });
  return served;
}

async function ask(host: NodeHost, requests: number): Promise<string[]> {
  const coap = await loadInHost<typeof Coap>(host, "coap");
  const answers = Array.from({ length: requests }, () => "");
  for (const at of answers.keys()) {
    host.run(() => {
      setTimeout(() => {
        const method = at % 2 === 0 ? "GET" : "PUT";
        const request = coap.request({ hostname: "server", pathname: `/${String(at)}`, method });
        request.on("response", (response: Coap.IncomingMessage) => {
          answers[at] = `${response.code} ${response.payload.toString()}`;
        });
        request.on("error", (error: Error) => {
          answers[at] = error.message;
        });
        request.end(method === "PUT" ? "on" : undefined);
      }, at * 1000);
    });
  }
  return answers;
}

// Asked to by name, it prints what came of a seed: how a run on another Node, or with other flags, is compared.
if (process.argv[1] === import.meta.filename) {
  const story = await runCoapHome({ seed: Number(process.argv[2]) });
  process.stdout.write(JSON.stringify(story));
}
