import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { encodeBase64Url } from "../../runtime/core/index.ts";
import { HubClient } from "../../runtime/io/http/hub-client.ts";
import { createSilentLog } from "../../runtime/io/log.ts";
import { createClient } from "../../runtime/processes/client.ts";
import type { Client } from "../../runtime/processes/config-types.ts";
import { ProcessNetwork, ROUTER_MAC } from "../processes/process-network.ts";
import { TagwireProcess } from "../processes/tagwire-process.ts";
import type { BenchReport, BenchRow } from "./bench.ts";

const CONNECTS = 20;
/** Made before, so that no engine's first run is measured. */
const WARM_UPS = 3;
const CONNECT_MS_MOST = 500;

/** Round trips of a client through the server: its own handshake and place, the router's handshake and grant, the call. */
const CLIENT_ROUND_TRIPS = 5;

const FLOOR = fileURLToPath(new URL("./connect-floor.ts", import.meta.url));

/** One way to get an answer from a router, milliseconds. */
type Contestant = () => Promise<number>;

/**
 * How long it takes from a client's request to the answered call, with hub, two servers and router as
 * processes of their own on loopback and the telemetry period at its default. Beside it in turn, as the
 * floor: the same HTTP request, TCP connects and round trips on bare sockets.
 */
export async function benchConnect(): Promise<BenchReport> {
  const network = new ProcessNetwork();
  const floor = new TagwireProcess([FLOOR], { program: process.execPath });
  try {
    await network.start();
    await network.startServer("server-2");
    const client = await createClient({ dataFolder: network.data("client") }, createSilentLog());
    try {
      const ports = await floor.ready<FloorPorts>();
      return await measure(connectAndCall(network, client), floorOf(ports));
    } finally {
      await client.close();
    }
  } finally {
    await floor.stop("SIGKILL");
    await network.close();
  }
}

async function measure(tagwire: Contestant, bare: Contestant): Promise<BenchReport> {
  const times: { readonly tagwire: number[]; readonly bare: number[] } = { tagwire: [], bare: [] };
  for (let round = -WARM_UPS; round < CONNECTS; round += 1) {
    const pair = [await tagwire(), await bare()] as const;
    if (round < 0) continue;
    times.tagwire.push(pair[0]);
    times.bare.push(pair[1]);
  }
  const ratio = quantile(times.tagwire, 0.5) / quantile(times.bare, 0.5);
  const rows = [row("tagwire", times.tagwire, ratio), row("bare sockets", times.bare, 1)];
  const goal = {
    goal: "median of 20 connects with an answered call, ms",
    value: quantile(times.tagwire, 0.5),
    bound: CONNECT_MS_MOST,
    isMost: true,
  };
  return { bench: "connect", rows, goals: [goal] };
}

function row(name: string, times: readonly number[], ratioToBareSockets: number): BenchRow {
  const [medianMs, p95Ms] = [quantile(times, 0.5), quantile(times, 0.95)];
  return { task: "connect and call", name, values: { medianMs, p95Ms, ratioToBareSockets } };
}

/** The value below which a share of the times lies; the nearest that was measured. */
function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

function connectAndCall(network: ProcessNetwork, client: Client): Contestant {
  const http = new HubClient(new URL(network.hub.http));
  const { token } = network.session();
  const body = { clientFingerprint: encodeBase64Url(client.fingerprint) };
  return async () => {
    const startMs = performance.now();
    const connection = await http.request("connect", { query: { mac: ROUTER_MAC }, body, token });
    const router = await client.connect(connection);
    await router.call("system.uptime", {});
    const tookMs = performance.now() - startMs;
    await router.close();
    return tookMs;
  };
}

/** Where the floor listens. */
interface FloorPorts {
  readonly httpPort: number;
  readonly relayPort: number;
}

function floorOf({ httpPort, relayPort }: FloorPorts): Contestant {
  return async () => {
    const startMs = performance.now();
    const response = await fetch(`http://127.0.0.1:${String(httpPort)}/`, {
      method: "POST",
      body: "{}",
    });
    await response.json();
    const socket = connect({ host: "127.0.0.1", port: relayPort, noDelay: true });
    await once(socket, "connect");
    for (let left = CLIENT_ROUND_TRIPS; left > 0; left -= 1) {
      socket.write("a message");
      await once(socket, "data");
    }
    const tookMs = performance.now() - startMs;
    socket.destroy();
    return tookMs;
  };
}
