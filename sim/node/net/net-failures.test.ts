import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { suite, test } from "node:test";
import { Simulation } from "../../engine/index.ts";
import type { Fault } from "../../network/fault.ts";
import { SimNetwork } from "../../network/sim-network.ts";
import { homeBehindCarrier, pair } from "../../network/testing/topologies.ts";
import type { TopologyPlan } from "../../network/topology.ts";
import { NodeHost } from "../index.ts";

/** Longer than any run. */
const NEVER_US = 2 ** 50;

/** Hosts `a` and `b`, and what happened to their sockets, each line with the second of virtual time. */
class Stage {
  readonly lines: string[] = [];
  readonly a: NodeHost;
  readonly b: NodeHost;
  readonly #simulation = new Simulation({ seed: 1 });

  constructor(faults: readonly Fault[], topology: TopologyPlan = pair()) {
    const network = new SimNetwork(this.#simulation, { topology, faults });
    this.a = new NodeHost({ network, name: "a" });
    this.b = new NodeHost({ network, name: "b" });
  }

  /** Has `b` listen on port 7. Its sockets read all and are named `b`. */
  listen(onConnection: (socket: Socket) => void = () => undefined): void {
    this.b.run(() => {
      const server = this.b.modules.net.createServer((socket) => {
        this.watch("b", socket);
        onConnection(socket);
      });
      server.listen(7);
    });
  }

  /** Writes down how a socket fails and closes. */
  watch(name: string, socket: Socket): Socket {
    socket.on("connect", () => {
      this.#note(`${name} connect`);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const { message, errno, code, syscall } = error;
      this.#note(`${name} ${message} (${String(errno)} ${String(code)} of ${String(syscall)})`);
    });
    socket.on("close", (hadError) => {
      this.#note(`${name} close ${String(hadError)}`);
    });
    return socket.resume();
  }

  async run(seconds: number): Promise<readonly string[]> {
    await this.#simulation.runDraining({ forUs: seconds * 1_000_000 });
    return this.lines;
  }

  #note(what: string): void {
    this.lines.push(`${String(Math.floor(this.#simulation.nowUs / 1e6))} s: ${what}`);
  }
}

/** Nothing passes between the two from then on. */
function apart(fromUs: number, toUs = NEVER_US): Fault {
  return { kind: "partition", nodes: ["b"], fromUs, toUs };
}

suite("a connection that fails, as Linux and Node say it", () => {
  test("who never answers is given up when the seventh SYN has had its time, after 127 s", async () => {
    const stage = new Stage([apart(0)]);
    const { a } = stage;
    a.run(() => stage.watch("a", a.modules.net.connect(7, "b")));
    assert.deepEqual(await stage.run(200), [
      "127 s: a connect ETIMEDOUT 192.0.2.2:7 (-110 ETIMEDOUT of connect)",
      "127 s: a close true",
    ]);
  });

  test("a box that calls the port unreachable refuses, once it is sure that nobody dials from inside", async () => {
    const profiles = { home: "rfc-recommended", carrier: "rfc-recommended" };
    const stage = new Stage([], homeBehindCarrier(profiles));
    const { b } = stage;
    b.run(() => stage.watch("b", b.modules.net.connect(7, "198.51.100.7")));
    assert.deepEqual(await stage.run(60), [
      "6 s: b connect ECONNREFUSED 198.51.100.7:7 (-111 ECONNREFUSED of connect)",
      "6 s: b close true",
    ]);
  });

  test("who keeps a connection alive learns that the peer is gone; who does not, when it writes", async () => {
    // a asks after 5 s of silence, ten times, a second apart. b sleeps until the network is whole again.
    const stage = new Stage([apart(1_000_000, 60_000_000)]);
    const { a } = stage;
    stage.listen((socket) => {
      setTimeout(() => socket.write("is anybody there?"), 100_000);
    });
    a.run(() => {
      const socket = stage.watch("a", a.modules.net.connect(7, "b"));
      socket.setKeepAlive(true, 5000);
    });
    assert.deepEqual(await stage.run(200), [
      "0 s: a connect",
      "15 s: a read ETIMEDOUT (-110 ETIMEDOUT of read)",
      "15 s: a close true",
      "100 s: b read ECONNRESET (-104 ECONNRESET of read)",
      "100 s: b close true",
    ]);
  });

  test("a connection that is kept alive outlives a silence that is shorter than its patience", async () => {
    const stage = new Stage([apart(1_000_000, 14_000_000)]);
    const { a } = stage;
    stage.listen();
    a.run(() => {
      const socket = stage.watch("a", a.modules.net.connect(7, "b"));
      socket.setKeepAlive(true, 5000);
    });
    assert.deepEqual(await stage.run(100), ["0 s: a connect"]);
  });

  test("what is written to a machine that lost its power is tried for a quarter of an hour", async () => {
    const atUs = 1_000_000;
    const stage = new Stage([{ kind: "crash", host: "b", atUs, what: "machine", writesKept: 0 }]);
    const { a } = stage;
    stage.listen();
    a.run(() => {
      const socket = stage.watch("a", a.modules.net.connect(7, "b"));
      setTimeout(() => socket.write("hello?"), 2000);
    });
    const lines = await stage.run(3600);
    assert.deepEqual(
      lines.map((line) => line.replace(/^\d+ s: /u, "")),
      ["a connect", "a read ETIMEDOUT (-110 ETIMEDOUT of read)", "a close true"],
    );
    // Linux, net.ipv4.tcp_retries2: 924.6 s where the first wait is the shortest.
    const seconds = Number.parseInt(lines[1] ?? "", 10);
    assert.ok(seconds >= 926 && seconds < 940, String(seconds));
  });

  test("a machine that is there again knows nothing of the connection, and says so", async () => {
    const crash = { kind: "crash", host: "b", what: "machine", writesKept: 0 } as const;
    const stage = new Stage([{ ...crash, atUs: 1_000_000, downForUs: 1_000_000 }]);
    const { a } = stage;
    stage.listen();
    a.run(() => {
      const socket = stage.watch("a", a.modules.net.connect(7, "b"));
      setTimeout(() => socket.write("still there?"), 10_000);
    });
    assert.deepEqual(await stage.run(100), [
      "0 s: a connect",
      "10 s: a read ECONNRESET (-104 ECONNRESET of read)",
      "10 s: a close true",
    ]);
  });
});
