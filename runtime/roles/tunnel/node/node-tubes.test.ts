import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { TubesBench, UNHEARD, answerInto, settle } from "./testing/tubes-bench.ts";
import type { Asked, BenchFront, Told } from "./testing/tubes-bench.ts";

const CRYPTO = createNodeCrypto();
const TUNNELS = ["A", "B", "C"].map((letter) => letter.repeat(22));
const LOCAL_IDS = ["one", "two", "three"];
const BEFORE = "203.0.113.7:4711";
const AFTER = "203.0.113.8";
/** The ports of a front begin at a multiple of this, and say which call each answers. */
const PORTS = 10_000;
const NOTHING = { tubes: 0, known: 0, requests: 0 };

/** Main server, neighbours, two fronts and the clock do one thing; whatever makes no sense just then is refused. */
type Deed = (stage: Stage, tunnel: string, localId: string) => void;

interface Stage {
  readonly bench: TubesBench;
  readonly fronts: readonly BenchFront[];
}

const DEEDS: Readonly<Record<string, Deed>> = {
  request: ({ fronts: [front] }, _tunnel, localId) => {
    front?.calls.RequestTube({ endpoint_name: "bob", local_id: localId }, UNHEARD);
  },
  requestYes: ({ bench }, tunnel) => {
    settle(bench.toMain.open[0], { is_allowed: true, reason: "", tunnel_id: tunnel });
  },
  requestNo: ({ bench }) => {
    settle(bench.toMain.open[0], { is_allowed: false, reason: "", tunnel_id: null });
  },
  ask: ({ bench }, tunnel) => {
    bench.main.RequestConnection({ request_user: "user", tunnel_id: tunnel }, UNHEARD);
  },
  offer: ({ fronts: [, front] }) => {
    front?.calls.AcceptTubes({}, UNHEARD);
  },
  makeFirst: ({ bench }, tunnel, localId) => bench.make(tunnel, { from: null, to: AFTER, localId }),
  makeRelay: ({ bench }, tunnel) => bench.make(tunnel, { from: BEFORE, to: AFTER }),
  makeLast: ({ bench }, tunnel) => bench.make(tunnel, { from: BEFORE, to: null }),
  frontsDo: ({ fronts }) => {
    for (const [which, front] of fronts.entries()) {
      for (const [at, asked] of front.asked.entries()) {
        settle(asked, { port: PORTS * (which + 1) + at, is_allowed: true });
      }
    }
  },
  frontsFail: ({ fronts }) => {
    for (const { open } of fronts) for (const asked of open) settle(asked, undefined);
  },
  welcome: ({ bench, fronts }) => {
    for (const { stream, to } of bench.dialled) {
      if (bench.isClosed(stream)) continue;
      const asked = fronts[Math.floor(to.port / PORTS) - 1]?.asked[to.port % PORTS];
      bench.welcome(stream, asked === undefined ? undefined : ticketIn(asked));
    }
  },
  cutBefore: ({ bench }) => {
    const stream = bench.dialled.at(-1)?.stream ?? 0;
    bench.handle({ type: "streamClosed", stream, clean: false });
  },
  listening: ({ bench }) => {
    for (const listener of bench.listeners)
      bench.handle({ type: "listening", listener, port: 5000 });
  },
  listenFailed: ({ bench }) => {
    bench.handle({ type: "listenFailed", listener: bench.listeners.at(-1) ?? 0 });
  },
  join: ({ bench }) => {
    for (const listener of bench.listeners) bench.join(listener, AFTER);
  },
  joinFront: ({ bench, fronts }) => {
    const asked = fronts.flatMap((front) => front.asked);
    const bound = asked.filter(({ method }) => method === "BindTube");
    for (const listener of bench.listeners) {
      for (const one of bound) bench.join(listener, "127.0.0.1", ticketIn(one));
    }
  },
  progress: (stage, tunnel, localId) => {
    for (const name of ["frontsDo", "welcome", "listening", "join", "joinFront"]) {
      DEEDS[name]?.(stage, tunnel, localId);
      stage.bench.drain();
    }
  },
  pass: ({ bench }) => {
    for (const effect of bench.effects) {
      if (effect.type !== "relayStreams") continue;
      for (const stream of [effect.a, effect.b])
        bench.handle({ type: "streamClosed", stream, clean: true });
    }
  },
  timer: ({ bench }) => {
    for (const timer of bench.timers) bench.handle({ type: "timer", timer });
  },
  establish: ({ bench }, tunnel, localId) => {
    const params = { tunnel_id: tunnel, local_id: localId, endpoint_user: "bob" };
    bench.main.EstablishConnection(params, UNHEARD);
  },
  close: ({ bench }, tunnel) => {
    bench.main.CloseTube({ tunnel_id: tunnel }, UNHEARD);
  },
  forget: ({ bench }, tunnel) => {
    bench.main.ForgetTube({ tunnel_id: tunnel }, UNHEARD);
  },
  leave: ({ bench, fronts }) => {
    for (const front of fronts) bench.tubes.frontLeft(front.visit);
  },
};

function ticketIn({ params }: Asked): Uint8Array {
  return new Uint8Array(Buffer.from(String(params["ticket"]), "base64url"));
}

const CLOSING: ReadonlySet<string> = new Set(["close", "forget", "leave", "timer", "requestNo"]);

/** Deeds in any order, those that end things being rarer. */
const DRAWN = fc.array(
  fc.record({
    name: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(...Object.keys(DEEDS).filter((name) => !CLOSING.has(name))),
      },
      { weight: 1, arbitrary: fc.constantFrom(...CLOSING) },
      { weight: 3, arbitrary: fc.constant("progress") },
    ),
    tunnel: fc.constantFrom(...TUNNELS),
    localId: fc.constantFrom(...LOCAL_IDS),
  }),
  { maxLength: 40, size: "max" },
);

function played(deeds: readonly { name: string; tunnel: string; localId: string }[]): Stage {
  const bench = new TubesBench(CRYPTO);
  const stage: Stage = { bench, fronts: [bench.front(), bench.front()] };
  for (const { localId, name, tunnel } of deeds) {
    DEEDS[name]?.(stage, tunnel, localId);
    bench.drain();
  }
  return stage;
}

function assertNothingLeft({ bench }: Stage): void {
  bench.drain();
  assert.deepEqual(bench.tubes.holdings, NOTHING);
  assert.deepEqual(bench.tubes.ports, []);
  assert.equal(bench.kernel.streams, 0);
  assert.equal(bench.kernel.listeners, 0);
  assert.deepEqual([...bench.timers], []);
}

test("whatever a main server, neighbours and fronts do in whatever order, nothing is left when all tunnels are over and all requests answered", () => {
  const seen = { relays: 0 };
  fc.assert(
    fc.property(DRAWN, fc.boolean(), (deeds, isAnsweredFirst) => {
      const stage = played(deeds);
      const { bench } = stage;
      seen.relays += bench.effects.filter(({ type }) => type === "relayStreams").length;
      const answers = (): void => {
        for (const [at, asked] of bench.toMain.open.entries()) {
          const tunnel = TUNNELS[at % TUNNELS.length];
          settle(asked, { is_allowed: true, reason: "", tunnel_id: tunnel });
        }
      };
      if (isAnsweredFirst) answers();
      for (const tunnel of TUNNELS) bench.main.ForgetTube({ tunnel_id: tunnel }, UNHEARD);
      answers();
      DEEDS["frontsFail"]?.(stage, "", "");
      assertNothingLeft(stage);
    }),
    { numRuns: 500 },
  );
  assert.ok(seen.relays > 50, `bytes passed ${String(seen.relays)} times`);
});

test("nothing is left when the session with the main server is over, whatever came before", () => {
  fc.assert(
    fc.property(DRAWN, (deeds) => {
      const stage = played(deeds);
      stage.bench.tubes.closeAll();
      for (const asked of stage.bench.toMain.open) settle(asked, undefined);
      assertNothingLeft(stage);
    }),
    { numRuns: 200 },
  );
});

/** A node whose front has asked for a tunnel, and whose part of it stands. */
function standing(): Stage & { readonly told: Told } {
  const bench = new TubesBench(CRYPTO);
  const front = bench.front();
  const told: Told = {};
  front.calls.RequestTube({ endpoint_name: "bob", local_id: "one" }, answerInto(told));
  bench.make(TUNNELS[0] ?? "", { from: null, to: AFTER, localId: "one" });
  DEEDS["frontsDo"]?.({ bench, fronts: [front] }, "", "");
  bench.drain();
  DEEDS["welcome"]?.({ bench, fronts: [front] }, "", "");
  DEEDS["listening"]?.({ bench, fronts: [] }, "", "");
  DEEDS["join"]?.({ bench, fronts: [] }, "", "");
  assert.ok(bench.effects.some(({ type }) => type === "relayStreams"));
  return { bench, fronts: [front], told };
}

for (const order of [
  ["pass", "establish", "requestYes"],
  ["pass", "requestYes", "establish"],
  ["establish", "pass", "requestYes"],
  ["requestYes", "pass", "establish"],
  ["establish", "requestYes", "pass"],
]) {
  test(`a request is forgotten with its tunnel in this order, too: ${order.join(", ")}`, () => {
    const stage = standing();
    for (const name of order) DEEDS[name]?.(stage, TUNNELS[0] ?? "", "one");
    assert.deepEqual(stage.told.result, { is_allowed: true, reason: "", tunnel_id: TUNNELS[0] });
    assertNothingLeft(stage);
  });
}
