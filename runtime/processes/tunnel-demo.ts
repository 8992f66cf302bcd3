import { createHash, randomBytes } from "node:crypto";
import { createServer, get } from "node:http";
import type { Server } from "node:http";
import { join } from "node:path";
import { OperatorError } from "../core/index.ts";
import type { Log } from "../io/log.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import type { Closing } from "./closing.ts";
import { opened } from "./closing.ts";
import { temporaryFolder } from "./demo-folder.ts";
import { PartyStore } from "./party-store.ts";
import { createTunnelFront } from "./tunnel-front.ts";
import { runTunnelMain } from "./tunnel-main.ts";
import { runTunnelNode } from "./tunnel-node.ts";
import type {
  RunningTunnelDemo,
  RunningTunnelMain,
  TunnelDemoConfig,
  TunnelDemoReport,
  TunnelFront,
} from "./tunnel-types.ts";

const LOOPBACK = "127.0.0.1";
const ENDS = ["ada", "bob"];
const RELAYS = ["north", "east", "south"];
const TUNNELS_MAX = 64;

/** What the demonstration is made of, while it is put together. */
interface Stage {
  readonly config: TunnelDemoConfig;
  readonly log: Log;
  readonly folder: string;
  readonly closing: Closing;
}

/**
 * Runs a main server, five nodes and the fronts of two users on this machine, and fetches a page through a tunnel.
 * @throws {OperatorError} if a file or a port cannot be had, or there is no tunnel.
 */
export function runTunnelDemo(config: TunnelDemoConfig, log: Log): Promise<RunningTunnelDemo> {
  return opened(async (closing) => {
    const folder = await temporaryFolder(closing);
    return play({ config, log, folder, closing });
  });
}

async function play(stage: Stage): Promise<RunningTunnelDemo> {
  const { closing, config } = stage;
  await prepareIdentities(stage.folder);
  const main = await startMain(stage);
  await Promise.all([...ENDS, ...RELAYS].map((name) => startNode(stage, main, name)));
  const page = new Uint8Array(randomBytes(config.pageBytes));
  const sha256 = createHash("sha256").update(page).digest("hex");
  const port = await servePage(page, closing);
  const [ada, bob] = await Promise.all(ENDS.map((name) => attach(stage, name)));
  if (ada === undefined || bob === undefined) throw new RangeError("two users have fronts");
  bob.accept({ address: LOOPBACK, port }, () => Promise.resolve({ isAllowed: true, reason: "" }));
  const tunnel = await ada.open("bob", { relays: config.relays });
  const url = `http://${LOOPBACK}:${String(tunnel.port)}/`;
  const fetched = await fetchPage(url);
  const tubes = await ada.list();
  const used = tubes.find(({ tunnel_id }) => tunnel_id === tunnel.tunnel) ?? tubes[0];
  const report: TunnelDemoReport = {
    hops: (used?.hops.length ?? ENDS.length) - ENDS.length,
    openMs: Math.round(tunnel.openMs * 10) / 10,
    bytes: fetched.bytes,
    sha256Ok: fetched.sha256 === sha256,
  };
  return { report, url, sha256, tubes, close: () => closing.run() };
}

/** RSA keys take the longest of all, so those of all parties are made at the same time. */
async function prepareIdentities(folder: string): Promise<void> {
  const crypto = createNodeCrypto();
  const parts = ["main", ...[...ENDS, ...RELAYS].map(nodeFolder), ...ENDS.map(frontFolder)];
  await Promise.all(parts.map((part) => PartyStore.prepare(join(folder, part), crypto)));
}

function nodeFolder(name: string): string {
  return `node-${name}`;
}

function frontFolder(name: string): string {
  return `front-${name}`;
}

async function startMain({ folder, log, closing }: Stage): Promise<RunningTunnelMain> {
  const listen = { host: LOOPBACK, port: 0 };
  const main = await runTunnelMain({ listen, dataFolder: join(folder, "main") }, log);
  closing.add(() => main.close());
  return main;
}

async function startNode(
  { folder, log, closing }: Stage,
  main: RunningTunnelMain,
  name: string,
): Promise<void> {
  const node = await runTunnelNode(
    {
      main: { host: main.endpoint.address, port: main.endpoint.port },
      mainFingerprint: main.fingerprint,
      name,
      operator: `operator of ${name}`,
      relays: RELAYS.includes(name),
      relayFor: [],
      tunnelsMax: TUNNELS_MAX,
      bytesPerS: undefined,
      advertise: undefined,
      hopAddress: LOOPBACK,
      hopPorts: undefined,
      dataFolder: join(folder, nodeFolder(name)),
    },
    log,
  );
  closing.add(() => node.close());
  await node.online;
}

async function attach({ folder, log, closing }: Stage, name: string): Promise<TunnelFront> {
  const front = await createTunnelFront(
    { dataFolder: join(folder, frontFolder(name)), nodeFolder: join(folder, nodeFolder(name)) },
    log,
  );
  closing.add(() => front.close());
  return front;
}

/** A web server with one page. Gives its port. */
async function servePage(page: Uint8Array, closing: Closing): Promise<number> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { "content-length": page.length, connection: "close" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  closing.add(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new RangeError("not a TCP address");
  return bound.port;
}

function fetchPage(url: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      reject(
        new OperatorError({
          place: url,
          problem: `the page did not come (${cause.message}).`,
          remedy: "Look at the log on standard error for the reason.",
          cause,
        }),
      );
    };
    get(url, { agent: false }, (response) => {
      const hash = createHash("sha256");
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        hash.update(chunk);
        bytes += chunk.length;
      });
      response.on("error", fail);
      response.on("end", () => {
        resolve({ bytes, sha256: hash.digest("hex") });
      });
    }).on("error", fail);
  });
}
