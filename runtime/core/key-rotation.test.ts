import assert from "node:assert/strict";
import { test } from "node:test";
import {
  hubDiscardNext,
  hubHeard,
  hubKeepNext,
  hubKeyById,
  hubMakeNext,
  hubOffer,
  hubStored,
  reporterDiscardNext,
  reporterKeepGranted,
  reporterKeepOffered,
  reporterKeyById,
  reporterStored,
  type HubKeyring,
  type KeySlot,
  type ReporterKeyring,
} from "./key-rotation.ts";

/** Key i, whose bytes tell which it is. */
function slot(keyId: number): KeySlot {
  return { keyId, generation: keyId, key: new Uint8Array(32).fill(keyId) };
}

/** What a scheme of rotation decides; the network, the disks and the crashes are the same for all. */
interface Scheme {
  makeNext(hub: HubKeyring, next: KeySlot): HubKeyring;
  stored(hub: HubKeyring): HubKeyring;
  /** What the hub becomes by a valid datagram, and what it offers in reply. */
  reply(hub: HubKeyring, keyId: number): Reply;
  keepNext(reporter: ReporterKeyring, next: KeySlot): ReporterKeyring;
}

interface Reply {
  readonly hub: HubKeyring;
  readonly offer: Offer | undefined;
}

interface Offer {
  readonly under: KeySlot;
  readonly next: KeySlot;
}

const ours: Scheme = {
  makeNext: hubMakeNext,
  stored: (hub) => (hub.next === undefined ? hub : hubStored(hub, hub.next.slot.keyId)),
  reply: (hub, keyId) => {
    const heard = hubHeard(hub, keyId);
    return { hub: heard, offer: hubOffer(heard) };
  },
  keepNext: reporterKeepOffered,
};

interface World {
  readonly hub: HubKeyring;
  readonly hubDisk: HubKeyring;
  readonly reporter: ReporterKeyring;
  readonly reporterDisk: ReporterKeyring;
  /** Key ids of the datagrams on their way, in no order. */
  readonly toHub: readonly number[];
  /** Offers on their way, in no order. */
  readonly toReporter: readonly Offer[];
  readonly made: number;
}

const IN_FLIGHT_MAX = 3;
const KEYS_MAX = 4;

const START: World = {
  hub: { current: slot(1), next: undefined },
  hubDisk: { current: slot(1), next: undefined },
  reporter: { current: slot(1), next: undefined, previous: undefined },
  reporterDisk: { current: slot(1), next: undefined, previous: undefined },
  toHub: [],
  toReporter: [],
  made: 1,
};

type Move = readonly [name: string, after: World];

function moves(scheme: Scheme, world: World): readonly Move[] {
  return [
    ...hubMoves(scheme, world),
    ...reporterMoves(scheme, world),
    ...networkMoves(scheme, world),
  ];
}

function hubMoves(scheme: Scheme, world: World): readonly Move[] {
  const { hub, hubDisk } = world;
  const list: Move[] = [
    ["hub saves", { ...world, hub: scheme.stored(hub), hubDisk: scheme.stored(hub) }],
    ["hub crashes", { ...world, hub: hubDisk }],
  ];
  if (world.made < KEYS_MAX && hub.next === undefined) {
    // A restarted hub that lost the last next key makes another, of the same generation.
    const made = world.made + 1;
    const next = { ...slot(made), generation: (hub.current?.generation ?? 0) + 1 };
    list.push(["a key is due", { ...world, hub: scheme.makeNext(hub, next), made }]);
  }
  if (hub.next?.stored === false) {
    const without = hubDiscardNext(hub);
    list.push(["hub cannot save", { ...world, hub: without }]);
    // The write came through, but the answer did not come in time.
    list.push(["hub saves unawares", { ...world, hub: without, hubDisk: scheme.stored(hub) }]);
  }
  return list;
}

function reporterMoves(scheme: Scheme, world: World): readonly Move[] {
  const { reporter, reporterDisk } = world;
  const list: Move[] = [
    // A restarted reporter knows what was on disk.
    ["reporter crashes", { ...world, reporter: { ...reporterDisk, previous: undefined } }],
    ["reporter cannot save", { ...world, reporter: reporterDiscardNext(reporter) }],
  ];
  if (reporter.current !== undefined && world.toHub.length < IN_FLIGHT_MAX) {
    const toHub = [...world.toHub, reporter.current.keyId];
    list.push(["reporter reports", { ...world, toHub }]);
  }
  const saved =
    reporter.next === undefined ? reporter : reporterStored(reporter, reporter.next.keyId);
  list.push(["reporter saves", { ...world, reporter: saved, reporterDisk: saved }]);
  const unaware = reporterDiscardNext(reporter);
  list.push(["reporter saves unawares", { ...world, reporter: unaware, reporterDisk: saved }]);
  world.toReporter.forEach((offer, index) => {
    const opens = reporter.current?.keyId === offer.under.keyId;
    const after = opens ? scheme.keepNext(reporter, offer.next) : reporter;
    const toReporter = world.toReporter.toSpliced(index, 1);
    list.push(["offer arrives", { ...world, reporter: after, toReporter }]);
  });
  return list;
}

function networkMoves(scheme: Scheme, world: World): readonly Move[] {
  const { toHub, toReporter } = world;
  const list: Move[] = [];
  toHub.forEach((keyId, index) => {
    const rest = toHub.toSpliced(index, 1);
    list.push(["datagram is lost", { ...world, toHub: rest }]);
    if (toHub.length < IN_FLIGHT_MAX) {
      list.push(["datagram is doubled", { ...world, toHub: [...toHub, keyId] }]);
    }
    const known = hubKeyById(world.hub, keyId) !== undefined;
    const { hub, offer } = known
      ? scheme.reply(world.hub, keyId)
      : { hub: world.hub, offer: undefined };
    const room = offer !== undefined && toReporter.length < IN_FLIGHT_MAX;
    const answered = room ? [...toReporter, offer] : toReporter;
    list.push(["datagram arrives", { ...world, hub, toHub: rest, toReporter: answered }]);
  });
  toReporter.forEach((offer, index) => {
    list.push(["offer is lost", { ...world, toReporter: toReporter.toSpliced(index, 1) }]);
    if (toReporter.length < IN_FLIGHT_MAX) {
      list.push(["offer is doubled", { ...world, toReporter: [...toReporter, offer] }]);
    }
  });
  return list;
}

/**
 * Whether, all in flight being lost and either side having crashed or not, the two can no longer come
 * together by themselves.
 */
function isLockedOut(scheme: Scheme, world: World): boolean {
  for (const hub of [world.hub, world.hubDisk]) {
    for (const reporter of [world.reporter, world.reporterDisk]) {
      if (!settles(scheme, hub, reporter)) return true;
    }
  }
  return false;
}

/** With nothing lost and nobody crashing, a few rounds must end with one key, and the same, on both sides. */
function settles(
  scheme: Scheme,
  hubAtFirst: HubKeyring,
  reporterAtFirst: ReporterKeyring,
): boolean {
  let hub = hubAtFirst;
  let reporter = reporterAtFirst;
  for (let round = 0; round < 4; round += 1) {
    hub = scheme.stored(hub);
    const sent = reporter.current?.keyId ?? 0;
    if (hubKeyById(hub, sent)?.key[0] !== sent) return false;
    const reply = scheme.reply(hub, sent);
    hub = reply.hub;
    if (reply.offer?.under.keyId === sent) {
      reporter = scheme.keepNext(reporter, reply.offer.next);
    }
    if (reporter.next !== undefined) reporter = reporterStored(reporter, reporter.next.keyId);
  }
  return hub.next === undefined && hub.current?.keyId === reporter.current?.keyId;
}

interface Verdict {
  readonly states: number;
  /** The shortest way to a fault, or undefined if there is none. */
  readonly lockout: readonly string[] | undefined;
}

/** Breadth first over everything that can happen. */
function explore(scheme: Scheme): Verdict {
  const seen = new Map<string, { readonly by: string; readonly from: string }>();
  let frontier: World[] = [START];
  seen.set(nameOf(START), { by: "", from: "" });
  while (frontier.length > 0) {
    const next: World[] = [];
    for (const world of frontier) {
      if (isLockedOut(scheme, world)) {
        return { states: seen.size, lockout: wayTo(seen, nameOf(world)) };
      }
      const from = nameOf(world);
      for (const [by, after] of moves(scheme, world)) {
        const name = nameOf(after);
        if (seen.has(name)) continue;
        seen.set(name, { by, from });
        next.push(after);
      }
    }
    frontier = next;
  }
  return { states: seen.size, lockout: undefined };
}

function wayTo(
  seen: ReadonlyMap<string, { readonly by: string; readonly from: string }>,
  end: string,
): readonly string[] {
  const steps: string[] = [];
  for (let at = seen.get(end); at !== undefined && at.by !== ""; at = seen.get(at.from)) {
    steps.unshift(at.by);
  }
  return steps;
}

/** Two worlds of one name are the same: messages in flight have no order, key bytes follow from the id. */
function nameOf(world: World): string {
  const hub = ({ current, next }: HubKeyring): string =>
    `${String(current?.keyId)}>${String(next?.slot.keyId)}${next?.stored === true ? "!" : "?"}`;
  const reporter = ({ current, next, previous }: ReporterKeyring): string =>
    [current, next, previous].map((key) => String(key?.keyId)).join(">");
  const offers = world.toReporter.map(
    ({ under, next }) => `${String(under.keyId)}>${String(next.keyId)}`,
  );
  return [
    hub(world.hub),
    hub(world.hubDisk),
    reporter(world.reporter),
    reporter(world.reporterDisk),
    world.toHub.toSorted((a, b) => a - b).join(),
    offers.toSorted().join(),
    String(world.made),
  ].join("|");
}

test("no loss, repetition, reordering, failed save or crash of either side ever locks a reporter out", () => {
  const { states, lockout } = explore(ours);
  assert.equal(lockout, undefined);
  assert.ok(states > 10_000, `only ${String(states)} states were explored`);
});

test("the search finds the lockout of schemes that leave out one precaution", () => {
  const naive: Record<string, Scheme> = {
    "the hub switches as soon as it has offered": {
      ...ours,
      reply: (hub, keyId) => {
        const offer = hubOffer(hub);
        if (offer === undefined || keyId !== hub.current?.keyId) return ours.reply(hub, keyId);
        return { hub: { current: offer.next, next: undefined }, offer };
      },
    },
    "the hub offers before it has saved": {
      ...ours,
      reply: ({ current, next }, keyId) => {
        if (next?.slot.keyId === keyId) {
          return { hub: { current: next.slot, next: undefined }, offer: undefined };
        }
        const offer = current && next ? { under: current, next: next.slot } : undefined;
        return { hub: { current, next }, offer };
      },
    },
    "the reporter uses what it has not saved": {
      ...ours,
      keepNext: (reporter, next) =>
        next.generation > (reporter.current?.generation ?? 0)
          ? { current: next, next: undefined, previous: reporter.current }
          : reporter,
    },
  };
  for (const [name, scheme] of Object.entries(naive)) {
    const { lockout } = explore(scheme);
    assert.ok(lockout !== undefined && lockout.length > 0, name);
  }
});

test("a next key is neither accepted nor offered before it is on disk", () => {
  const made = hubMakeNext({ current: slot(1), next: undefined }, slot(2));
  assert.equal(hubOffer(made), undefined);
  assert.equal(hubKeyById(made, 2), undefined);
  assert.equal(hubHeard(made, 2), made);
  const stored = hubStored(made, 2);
  assert.deepEqual(hubOffer(stored), { under: slot(1), next: slot(2) });
  assert.deepEqual(hubKeyById(stored, 2), slot(2));
  assert.deepEqual(hubHeard(stored, 1), stored);
  assert.deepEqual(hubHeard(stored, 2), { current: slot(2), next: undefined });
  assert.throws(() => hubDiscardNext(stored), RangeError);
});

test("an enrolled key is granted, not offered, and replaces another next key", () => {
  const rotating = hubStored(hubMakeNext({ current: slot(1), next: undefined }, slot(2)), 2);
  const enrolled = hubStored(hubKeepNext(rotating, slot(3)), 3);
  assert.equal(hubOffer(enrolled), undefined);
  assert.equal(hubKeyById(enrolled, 2), undefined);
  assert.deepEqual(hubKeyById(enrolled, 1), slot(1));
  assert.deepEqual(hubHeard(enrolled, 3), { current: slot(3), next: undefined });
  assert.equal(hubStored(enrolled, 9), enrolled);
});

test("a first enrolment needs no older key", () => {
  const kept = hubKeepNext({ current: undefined, next: undefined }, slot(1));
  assert.deepEqual(hubHeard(hubStored(kept, 1), 1), { current: slot(1), next: undefined });
  assert.throws(() => hubMakeNext({ current: undefined, next: undefined }, slot(1)), RangeError);
  assert.throws(() => hubMakeNext(kept, slot(2)), RangeError);
  assert.throws(() => hubMakeNext({ current: slot(2), next: undefined }, slot(2)), RangeError);
});

test("a reporter ignores an offer that is no newer and still reads what the hub sent before it switched", () => {
  const start: ReporterKeyring = { current: slot(2), next: undefined, previous: undefined };
  assert.equal(reporterKeepOffered(start, slot(2)), start);
  assert.equal(reporterKeepOffered(start, slot(1)), start);
  const keeping = reporterKeepOffered(start, slot(3));
  assert.equal(reporterKeepOffered(keeping, slot(4)), keeping);
  assert.equal(reporterKeyById(keeping, 3), undefined);
  assert.equal(reporterStored(keeping, 9), keeping);
  const switched = reporterStored(keeping, 3);
  assert.deepEqual(switched.current, slot(3));
  assert.deepEqual(reporterKeyById(switched, 2), slot(2));
  assert.deepEqual(reporterKeyById(switched, 3), slot(3));
});

test("a granted key is taken whatever its generation, since a hub may have lost its count", () => {
  const start: ReporterKeyring = { current: slot(57), next: slot(58), previous: undefined };
  const keeping = reporterKeepGranted(start, slot(1));
  assert.deepEqual(keeping.next, slot(1));
  assert.deepEqual(reporterStored(keeping, 1).current, slot(1));
});
