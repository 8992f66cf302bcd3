import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Effect, Input, Role } from "../../runtime/core/index.ts";
import { Simulation } from "../engine/index.ts";
import type { Fault } from "../network/fault.ts";
import { SimNetwork } from "../network/sim-network.ts";
import { pair } from "../network/testing/topologies.ts";
import { SimDisk } from "./sim-disk.ts";
import { SimHost } from "./sim-host.ts";
import type { SimStreamLimits } from "./sim-streams.ts";

/** Does what it is told and tells what it hears. */
class Puppet implements Role<Effect<string>, string> {
  readonly heard: (Input<Effect<string>> & { readonly atMs: number })[] = [];
  readonly #effects: Effect<string>[] = [];

  handle(input: Input<Effect<string>>, nowMs: number): void {
    if (input.type === "command") this.#effects.push(input.command);
    else this.heard.push({ ...input, atMs: nowMs });
  }

  poll(): Effect<string> | undefined {
    return this.#effects.shift();
  }

  /** What came on all streams, and how they ended. */
  get story(): string[] {
    return this.heard.flatMap((input) => {
      if (input.type === "streamData") return [new TextDecoder().decode(input.bytes)];
      if (input.type === "streamClosed") return [input.clean ? "end" : "cut"];
      return [];
    });
  }
}

type PuppetHost = SimHost<Effect<string>, string>;

class Stage {
  readonly simulation = new Simulation({ seed: 1 });
  readonly network: SimNetwork;
  readonly events: string[] = [];
  readonly hosts: Readonly<Record<"a" | "b" | "c", PuppetHost>>;
  puppets = new Map<string, Puppet>();
  readonly #limits: Partial<SimStreamLimits>;

  constructor(faults: readonly Fault[] = [], limits: Partial<SimStreamLimits> = {}) {
    this.#limits = limits;
    const topology = pair();
    const [host] = topology.hosts;
    assert.ok(host);
    const hosts = [...topology.hosts, { ...host, name: "c", address: "192.0.2.3" }];
    this.network = new SimNetwork(this.simulation, { topology: { ...topology, hosts }, faults });
    this.hosts = { a: this.#host("a"), b: this.#host("b"), c: this.#host("c") };
    for (const one of Object.values(this.hosts)) one.start();
  }

  run(forMs: number): void {
    this.simulation.run({ forUs: forMs * 1000 });
  }

  puppet(name: "a" | "b" | "c"): Puppet {
    const puppet = this.puppets.get(name);
    assert.ok(puppet);
    return puppet;
  }

  /** Opens stream 1 from `from` to `b`. */
  open(from: "a" | "c"): void {
    this.hosts[from].command({
      type: "openStream",
      stream: 1,
      to: { address: "192.0.2.2", port: 7 },
    });
    this.run(50);
  }

  #host(name: string): PuppetHost {
    return new SimHost<Effect<string>, string>({
      network: this.network,
      name,
      createRole: () => {
        const puppet = new Puppet();
        this.puppets.set(name, puppet);
        return puppet;
      },
      onEvent: (event) => {
        this.events.push(event);
      },
      udpPort: 7,
      tcpPort: 7,
      limits: this.#limits,
    });
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const NONE = new Uint8Array(0);

test("a role hears datagrams and timers, and what it reports goes out", () => {
  const { hosts, events, puppets, ...stage } = new Stage();
  hosts.a.command({ type: "armTimer", timer: "t", afterMs: 10 });
  hosts.a.command({ type: "armTimer", timer: "t", afterMs: 20 });
  hosts.a.command({ type: "armTimer", timer: "u", afterMs: 5 });
  hosts.a.command({ type: "cancelTimer", timer: "u" });
  assert.deepEqual(hosts.a.timers, ["t"]);
  hosts.a.command({
    type: "sendDatagram",
    to: { address: "192.0.2.2", port: 7 },
    bytes: bytesOf("hi"),
  });
  hosts.a.command({ type: "event", event: "reported" });
  stage.simulation.run({ forUs: 100_000 });
  assert.deepEqual(events, ["reported"]);
  assert.deepEqual(
    puppets.get("a")?.heard.map(({ type, atMs }) => [type, atMs]),
    [["timer", 20]],
  );
  const [datagram] = puppets.get("b")?.heard ?? [];
  assert.ok(datagram?.type === "datagram");
  assert.deepEqual(datagram.from, { address: "192.0.2.1", port: 7 });
});

test("a relay passes bytes both ways, those first that the role had read, and ends both streams", () => {
  const stage = new Stage();
  stage.open("a");
  stage.open("c");
  const [a, b] = [2, 4];
  stage.hosts.b.command({ type: "relayStreams", a, b, aFirst: bytesOf("x"), bFirst: bytesOf("y") });
  stage.hosts.a.command({ type: "writeStream", stream: 1, bytes: bytesOf("from a") });
  stage.run(50);
  stage.hosts.c.command({ type: "writeStream", stream: 1, bytes: bytesOf("from c") });
  stage.run(50);
  stage.hosts.a.command({ type: "closeStream", stream: 1, abort: false });
  stage.run(20_000);
  assert.equal(stage.puppet("a").story.join(""), "xfrom c");
  assert.equal(stage.puppet("c").story.join("").replace("end", ""), "yfrom a");
  assert.deepEqual(stage.puppet("b").story, ["end", "end"]);
  assert.equal(stage.hosts.b.streams, 0);
});

test("a relay with a rate passes no more than that, and an unbounded one all at once", () => {
  const tookMs = (bytesPerS?: number): number => {
    const stage = new Stage();
    stage.open("a");
    stage.open("c");
    const rate = bytesPerS === undefined ? {} : { bytesPerS };
    const [a, b] = [2, 4];
    stage.hosts.b.command({ type: "relayStreams", a, b, aFirst: NONE, bFirst: NONE, ...rate });
    const bytes = new Uint8Array(50_000);
    stage.hosts.a.command({ type: "writeStream", stream: 1, bytes });
    const before = stage.simulation.nowUs;
    const came = (): number => stage.puppet("c").story.join("").length;
    stage.simulation.run({ forUs: 20_000_000, stopWhen: () => came() === bytes.length });
    assert.equal(came(), bytes.length);
    return (stage.simulation.nowUs - before) / 1000;
  };
  const boundedMs = tookMs(10_000);
  assert.ok(boundedMs > 4_800 && boundedMs < 5_200, `${String(boundedMs)} ms for 50 kB`);
  assert.ok(tookMs() < 1_000);
});

test("relaying a stream that is gone ends the other", () => {
  const stage = new Stage();
  stage.open("a");
  stage.hosts.b.command({ type: "relayStreams", a: 2, b: 99, aFirst: NONE, bFirst: NONE });
  stage.run(50);
  assert.deepEqual(stage.puppet("b").story, ["cut"]);
  assert.deepEqual(stage.puppet("a").story, ["cut"]);
});

test("a dial that nobody answers ends after ten seconds", () => {
  const stage = new Stage();
  stage.hosts.a.command({ type: "openStream", stream: 1, to: { address: "192.0.2.99", port: 7 } });
  stage.run(9_900);
  assert.deepEqual(stage.puppet("a").story, []);
  stage.run(200);
  assert.deepEqual(stage.puppet("a").story, ["cut"]);
});

test("a process that crashes ends its streams, a machine does not, and both come back", () => {
  for (const what of ["process", "machine"] as const) {
    const downForUs = 60_000_000;
    const stage = new Stage([
      { kind: "crash", host: "b", atUs: 1_000_000, what, writesKept: 1, downForUs },
    ]);
    stage.open("a");
    stage.hosts.b.disk.write("one", bytesOf("1"));
    stage.hosts.b.disk.write("two", bytesOf("2"));
    stage.run(2_000);
    assert.equal(stage.hosts.b.isRunning, false);
    assert.deepEqual(stage.puppet("a").story, what === "process" ? ["end"] : []);
    stage.run(61_000);
    assert.ok(stage.hosts.b.isRunning);
    assert.equal(stage.hosts.b.starts, 2);
    assert.deepEqual(stage.hosts.b.disk.files, what === "process" ? ["one", "two"] : ["one"]);
    assert.deepEqual(stage.puppet("a").story, [what === "process" ? "end" : "cut"]);
  }
});

test("no address gets more places than it may, also if all of its connections are opened at once", () => {
  const stage = new Stage([], { connectionsPerAddressMax: 2 });
  for (const stream of [1, 3, 5, 7]) {
    const to = { address: "192.0.2.2", port: 7 };
    stage.hosts.a.command({ type: "openStream", stream, to });
  }
  stage.run(100);
  const accepted = stage.puppet("b").heard.filter(({ type }) => type === "streamAccepted");
  assert.equal(accepted.length, 2);
  assert.deepEqual(stage.puppet("a").story, ["cut", "cut"]);
});

test("a power cut takes what was not synced also while the process is down, and starts nothing", () => {
  const crash = { kind: "crash", host: "b", writesKept: 0 } as const;
  const stage = new Stage([
    { ...crash, what: "process", atUs: 1_000_000, downForUs: 3_000_000 },
    { ...crash, what: "machine", atUs: 2_000_000, downForUs: 500_000 },
  ]);
  stage.hosts.b.disk.write("one", bytesOf("1"));
  stage.run(3_000);
  assert.equal(stage.hosts.b.isRunning, false);
  stage.run(2_000);
  assert.equal(stage.hosts.b.starts, 2);
  assert.deepEqual(stage.hosts.b.disk.files, []);
});

test("a host that was started meanwhile and crashed again stays down as long as the later crash says", () => {
  const crash = { kind: "crash", host: "b", what: "process", writesKept: 0 } as const;
  const stage = new Stage([
    { ...crash, atUs: 1_000_000, downForUs: 5_000_000 },
    { ...crash, atUs: 3_000_000, downForUs: 7_000_000 },
  ]);
  stage.run(2_000);
  stage.hosts.b.start();
  stage.run(5_000);
  assert.equal(stage.hosts.b.isRunning, false, "the first crash starts nothing any more");
  stage.run(4_000);
  assert.equal(stage.hosts.b.starts, 3);
});

test("a fast clock lets timers fire early, a jump moves the wall clock alone", () => {
  const stage = new Stage([
    { kind: "clockRate", host: "a", atUs: 1_000_000, rate: 2 },
    { kind: "clockJump", host: "a", atUs: 1_000_000, byMs: -5000 },
  ]);
  const { clock } = stage.hosts.a;
  const wallBefore = clock.unixMs;
  stage.hosts.a.command({ type: "armTimer", timer: "t", afterMs: 3000 });
  stage.run(1_999);
  assert.equal(stage.puppet("a").heard.length, 0);
  stage.run(2);
  assert.deepEqual(
    stage.puppet("a").heard.map(({ atMs }) => atMs),
    [3000],
  );
  assert.equal(Math.round(clock.unixMs - wallBefore), 3002 - 5000);
});

test("a disk cannot keep fewer operations than none", () => {
  const disk = new SimDisk();
  disk.write("a", bytesOf("1"));
  for (const kept of [-1, NaN]) {
    assert.throws(() => {
      disk.cut(kept);
    }, RangeError);
  }
  assert.deepEqual(disk.files, ["a"]);
});

test("a disk keeps what was synced and a leading part of what came after", () => {
  const names = fc.constantFrom("a", "b", "c");
  const operation = fc.oneof(
    fc.tuple(fc.constant("write" as const), names, fc.uint8Array({ maxLength: 4 })),
    fc.tuple(fc.constant("append" as const), names, fc.uint8Array({ maxLength: 4 })),
    fc.tuple(fc.constant("rename" as const), names, names),
    fc.tuple(fc.constant("remove" as const), names, names),
  );
  type Operation = typeof operation extends fc.Arbitrary<infer One> ? One : never;
  const perform = (disk: SimDisk, [kind, file, what]: Operation): void => {
    if (kind === "write" || kind === "append") disk[kind](file, what);
    else if (kind === "rename") disk.rename(file, what);
    else disk.remove(file);
  };
  const contents = (disk: SimDisk): unknown =>
    ["a", "b", "c"].map((file) => [...(disk.read(file) ?? [-1])]);
  fc.assert(
    fc.property(fc.array(operation), fc.array(operation), fc.nat(20), (before, after, kept) => {
      const [disk, expected] = [new SimDisk(), new SimDisk()];
      for (const one of before) perform(disk, one);
      disk.sync();
      assert.equal(disk.unsynced, 0);
      for (const one of after) perform(disk, one);
      disk.cut(kept);
      for (const one of [...before, ...after.slice(0, kept)]) perform(expected, one);
      assert.deepEqual(contents(disk), contents(expected));
    }),
  );
});
