import assert from "node:assert/strict";
import { test } from "node:test";
import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";
import { TunnelProblem } from "../../generated/tunnel/types.ts";
import type { FrontCommand, FrontEvent } from "../../runtime/roles/tunnel/front/front-events.ts";
import type { MainServer } from "../../runtime/roles/tunnel/main/main-server.ts";
import { SimulatedWorld } from "../world/simulated-world.ts";
import { TunnelApps } from "./tunnel-apps.ts";
import { LOCAL_PORT, TUNNEL_PROGRAMS, tunnelProcesses, tunnelTopology } from "./tunnel-stage.ts";
import type { TunnelStageOptions } from "./tunnel-stage.ts";

const WISH = { relays: 1, exclude: [], plain: false };
const PLAIN = { ...WISH, plain: true };
const WITHIN_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A second port of ada's. */
const OTHER_PORT = 5001;

type Named<Name> = Extract<FrontEvent, { type: Name }>;

/** Ada, who opens a tunnel to bob, and bob, who is asked or not. */
class Consenting {
  readonly world: SimulatedWorld;
  readonly apps: TunnelApps;
  #runs = 0;

  private constructor(world: SimulatedWorld) {
    this.world = world;
    this.apps = new TunnelApps(world, {
      wrong: (message) => {
        assert.fail(message);
      },
      trustsEnds: () => false,
    });
  }

  static async start(options: Partial<TunnelStageOptions>): Promise<Consenting> {
    const stage: TunnelStageOptions = { relays: 1, wish: WISH, consent: "ask", ...options };
    const topology = tunnelTopology(stage, () => ({ preset: "lan" }));
    const world = new SimulatedWorld({ seed: 1, topology, programs: TUNNEL_PROGRAMS });
    for (const plan of tunnelProcesses(stage, topology)) await world.add(plan);
    const consenting = new Consenting(world);
    const main = world.process("main");
    const nodes = stage.relays + 2;
    await consenting.until(
      () => (main.role as unknown as MainServer | undefined)?.nodes.length === nodes,
      "the nodes have no session",
    );
    return consenting;
  }

  /** What a front has reported of a kind. */
  heard<Name extends FrontEvent["type"]>(user: string, name: Name): readonly Named<Name>[] {
    const events = this.world.process(`front ${user}`).events as readonly FrontEvent[];
    return events.filter((event): event is Named<Name> => event.type === name);
  }

  command(user: string, command: FrontCommand): void {
    this.world.process(`front ${user}`).command(command);
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    assert.ok(await this.world.until(condition, WITHIN_MS), what);
  }

  /** A program of ada's connects to her port. Gives the number of its run. */
  async connect(port: number = LOCAL_PORT): Promise<number> {
    this.#runs += 1;
    const run = this.#runs;
    const to = { ...this.world.endpointOf("front ada"), port };
    this.world.schedule(this.world.nowMs, "run", () => {
      this.apps.begin({ run, mode: "echo", bytes: 10 }, to);
    });
    await this.world.pass(1);
    return run;
  }

  /** Whether the program's run ends whole. */
  async isWhole(run: number): Promise<boolean> {
    await this.until(() => !this.apps.running.includes(run), "a program waits");
    return this.apps.runs.get(run)?.isNearWhole === true;
  }

  /** Connections at the host of the program that bob offers. */
  get farConnections(): number {
    return this.world.network.node("app bob").connections;
  }
}

test("a tunnel without encryption is refused by who does not take such, whatever the policy says, and the opener is told why", async () => {
  for (const consent of ["always", "alwaysPlain", "ask"] as const) {
    const stage = await Consenting.start({ wish: PLAIN, takesPlain: false, consent });
    await stage.until(() => stage.heard("ada", "opened").length === 1, "no port");
    assert.equal(await stage.isWhole(await stage.connect()), false);
    const [failed] = stage.heard("ada", "requestFailed");
    assert.equal(failed?.problem, TunnelProblem.refused);
    assert.match(failed.reason, /without encryption.*`tagwire tunnel allow --plain`/);
    assert.equal(stage.heard("bob", "consentWanted").length, 0);
  }
});

test("what lets a user in lets nobody in without encryption, unless it says so", async () => {
  for (const [consent, questions] of [
    ["always", 1],
    ["alwaysPlain", 0],
    ["ask", 1],
  ] as const) {
    const stage = await Consenting.start({ wish: PLAIN, consent });
    await stage.until(() => stage.heard("ada", "opened").length === 1, "no port");
    assert.equal(await stage.isWhole(await stage.connect()), true);
    const asked = stage.heard("bob", "consentWanted");
    assert.equal(asked.length, questions, consent);
    assert.ok(asked.every(({ plain, user }) => plain && user === "ada"));
  }
});

test("a yes to encrypted tunnels is none to others of the same user", async () => {
  const stage = await Consenting.start({ takesPlain: true });
  await stage.until(() => stage.heard("ada", "opened").length === 1, "no tunnel");
  const at = { address: stage.world.endpointOf("front ada").address, port: OTHER_PORT };
  stage.command("ada", { type: "open", opening: 77, wish: { ...PLAIN, user: "bob" }, at });
  await stage.until(() => stage.heard("ada", "opened").length === 2, "no port");
  assert.equal(await stage.isWhole(await stage.connect(OTHER_PORT)), true);
  assert.deepEqual(
    stage.heard("bob", "consentWanted").map(({ plain }) => plain),
    [false, true],
  );
});

test("without encryption the far program is left alone until there is one here", async () => {
  const stage = await Consenting.start({ wish: PLAIN, consent: "alwaysPlain" });
  await stage.until(() => stage.heard("ada", "opened").length === 1, "no port");
  assert.equal(stage.heard("ada", "opened")[0]?.tunnel, undefined);
  await stage.world.pass(WITHIN_MS);
  assert.equal(stage.farConnections, 0);
  assert.equal(await stage.isWhole(await stage.connect()), true);
  await stage.world.pass(WITHIN_MS);
  assert.equal(stage.farConnections, 0);
});

test("after a refusal nobody is asked again before a program connects", async () => {
  const limits = { consentLifeMs: 1 };
  const stage = await Consenting.start({ limits, moods: ["yes", "no"] });
  await stage.until(() => stage.heard("ada", "opened").length === 1, "no tunnel");
  assert.equal(await stage.isWhole(await stage.connect()), true);
  // The question about the one that is to be ready.
  await stage.world.pass(HOUR_MS);
  assert.equal(stage.heard("bob", "consentWanted").length, 2);
  await stage.connect();
  await stage.until(() => stage.heard("bob", "consentWanted").length === 3, "nobody was asked");
});

test("who does not answer is not asked again before a program connects", async () => {
  const limits = { consentLifeMs: 1, consentMs: 5_000 };
  const stage = await Consenting.start({ limits, moods: ["yes", "nothing"] });
  await stage.until(() => stage.heard("ada", "opened").length === 1, "no tunnel");
  assert.equal(await stage.isWhole(await stage.connect()), true);
  await stage.world.pass(HOUR_MS);
  assert.equal(stage.heard("bob", "consentWanted").length, 2);
  assert.equal(stage.heard("bob", "consentWithdrawn").length, 1);
});

test("a user who is refused again and again is not asked about for a while", async () => {
  const stage = await Consenting.start({ moods: ["no"] });
  // The front asks for its port every other second, as a user could who will not hear a no.
  await stage.world.pass(TUNNEL_LIMITS.questionsRestMs / 2);
  assert.equal(stage.heard("bob", "consentWanted").length, TUNNEL_LIMITS.questionsMax);
  assert.ok(stage.heard("ada", "openFailed").length > 2 * TUNNEL_LIMITS.questionsMax);
  await stage.world.pass(TUNNEL_LIMITS.questionsRestMs);
  assert.equal(stage.heard("bob", "consentWanted").length, 2 * TUNNEL_LIMITS.questionsMax);
});

test("a question is withdrawn when the other user gives up, or it was not answered in time", async () => {
  const stage = await Consenting.start({ moods: ["nothing"] });
  await stage.until(() => stage.heard("bob", "consentWanted").length === 1, "nobody was asked");
  stage.command("ada", { type: "closeOpening", opening: 1 });
  await stage.until(() => stage.heard("bob", "consentWithdrawn").length === 1, "it stands");
  const [asked] = stage.heard("bob", "consentWanted");
  assert.equal(stage.heard("bob", "consentWithdrawn")[0]?.question, asked?.question);
});

test("a question is withdrawn when the node of who is asked loses its session", async () => {
  const stage = await Consenting.start({ moods: ["nothing"] });
  await stage.until(() => stage.heard("bob", "consentWanted").length === 1, "nobody was asked");
  const ends: string[] = [];
  stage.world.onObservation((seen) => {
    if (seen.kind === "transition" && seen.machine === "FrontAccept") ends.push(seen.on);
  });
  stage.world.process("node bob").command({ type: "logout" });
  await stage.until(() => stage.heard("bob", "consentWithdrawn").length === 1, "it stands");
  assert.deepEqual(ends, ["gone"]);
});

test("programs that wait together are one question", async () => {
  const stage = await Consenting.start({ moods: ["nothing"] });
  await stage.until(() => stage.heard("bob", "consentWanted").length === 1, "nobody was asked");
  const runs = [await stage.connect(), await stage.connect(), await stage.connect()];
  await stage.world.pass(1_000);
  const [asked] = stage.heard("bob", "consentWanted");
  assert.equal(stage.heard("bob", "consentWanted").length, 1);
  const question = asked?.question ?? 0;
  stage.command("bob", { type: "consent", question, isAllowed: true, reason: "" });
  for (const run of runs) assert.equal(await stage.isWhole(run), true);
  assert.equal(stage.heard("bob", "consentWanted").length, 1);
});

test("a policy answers the question that stands, and one of never ends the tunnels that there are", async () => {
  const stage = await Consenting.start({ moods: ["nothing"] });
  await stage.until(() => stage.heard("bob", "consentWanted").length === 1, "nobody was asked");
  const users = new Map<string, Uint8Array>();
  stage.command("bob", { type: "known", users, policies: new Map([["ada", "always"]]) });
  await stage.until(() => stage.heard("ada", "opened").length === 1, "no tunnel");
  assert.equal(stage.heard("bob", "consentWithdrawn").length, 1);
  stage.command("bob", { type: "known", users, policies: new Map([["ada", "never"]]) });
  await stage.until(() => stage.heard("ada", "tunnelOver").length === 1, "it stands");
  assert.equal(await stage.isWhole(await stage.connect()), false);
  assert.equal(stage.farConnections, 0);
});

test("a chain that breaks each time as soon as it is ready is built less and less often", async () => {
  const stage = await Consenting.start({ consent: "always" });
  await stage.until(() => stage.heard("ada", "opened").length === 1, "no tunnel");
  let built = 0;
  stage.world.onObservation((seen) => {
    if (seen.kind !== "transition" || seen.machine !== "FrontAccept" || seen.to !== "waiting")
      return;
    built += 1;
    const tunnel = seen.scope.replace("accept/", "");
    stage.command("bob", { type: "closeTube", request: 1, tunnel });
  });
  const tunnel = stage.heard("ada", "opened")[0]?.tunnel ?? "";
  stage.command("bob", { type: "closeTube", request: 1, tunnel });
  await stage.world.pass(HOUR_MS / 6);
  assert.ok(built >= 10 && built <= 80, String(built));
});

for (const user of ["ada", "bob"]) {
  test(`nothing passes as long as ${user} cannot keep who the other is, and it does afterwards`, async () => {
    const stalls = { [`front ${user}`]: { fromMs: 0, toMs: 20_000 } };
    const stage = await Consenting.start({ consent: "always", stalls });
    await stage.world.pass(5_000);
    await stage.connect();
    await stage.world.pass(5_000);
    assert.equal(stage.farConnections, 0);
    assert.ok(stage.heard(user, "userMet").length > 1);
    const problems = stage.heard(user, "tunnelOver").map(({ problem }) => problem);
    assert.ok(problems.includes(TunnelProblem.unkept), problems.join(" "));
    await stage.world.pass(20_000);
    await stage.until(() => stage.heard("ada", "opened").length > 0, "no tunnel");
    assert.equal(await stage.isWhole(await stage.connect()), true);
  });
}
