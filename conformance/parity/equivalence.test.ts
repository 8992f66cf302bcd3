import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Observation } from "../../sim/world/observation.ts";
import { WORLD_SCENARIOS } from "../scenarios/worlds/scenarios.ts";
import { differences, isPeriodic, missing, specTrace } from "./equivalence.ts";
import { observedRun, simulatedWorld } from "./observed-run.ts";

const meeting = WORLD_SCENARIOS[2];
assert.ok(meeting !== undefined);
const OBSERVATIONS = await observedRun(simulatedWorld(1), meeting);
const REFERENCE = specTrace(OBSERVATIONS);

/** Where in the trace something is that is compared in order. */
const ordered = OBSERVATIONS.flatMap((observation, at) =>
  observation.scope !== "udp" && !isPeriodic(observation) ? [at] : [],
);

function differencesAfter(change: (observations: Observation[]) => void): readonly string[] {
  const changed = [...OBSERVATIONS];
  change(changed);
  return differences(REFERENCE, specTrace(changed));
}

test("whatever is left out of what is compared in order, the difference is found at its host", () => {
  fc.assert(
    fc.property(fc.constantFrom(...ordered), (at) => {
      const found = differencesAfter((observations) => observations.splice(at, 1));
      const { host } = OBSERVATIONS[at] ?? { host: "" };
      assert.ok(found.length > 0 && found.every((line) => line.startsWith(`${host} `)));
    }),
  );
});

test("whatever is doubled, the difference is found", () => {
  fc.assert(
    fc.property(fc.constantFrom(...ordered), (at) => {
      const found = differencesAfter((observations) => {
        observations.splice(at, 0, ...observations.slice(at, at + 1));
      });
      assert.ok(found.length > 0);
    }),
  );
});

test("a message under another name, or in the other direction, is found", () => {
  const messages = ordered.filter((at) => OBSERVATIONS[at]?.kind !== "transition");
  fc.assert(
    fc.property(fc.constantFrom(...messages), fc.boolean(), (at, isRenamed) => {
      const found = differencesAfter((observations) => {
        const one = observations[at];
        if (one === undefined || one.kind === "transition") return;
        const turned = one.kind === "sent" ? "received" : "sent";
        observations[at] = isRenamed ? { ...one, message: "Other" } : { ...one, kind: turned };
      });
      assert.equal(found.length, 2);
    }),
  );
});

test("two things of one channel that change places are found", () => {
  const pairs = ordered.flatMap((at) => {
    const { host, scope } = OBSERVATIONS[at] ?? {};
    const next = ordered.find((after) => {
      const other = OBSERVATIONS[after];
      return after > at && other?.host === host && other?.scope === scope;
    });
    const isSame = JSON.stringify(OBSERVATIONS[at]) === JSON.stringify(OBSERVATIONS[next ?? at]);
    return next === undefined || isSame ? [] : [[at, next] as const];
  });
  fc.assert(
    fc.property(fc.constantFrom(...pairs), ([at, next]) => {
      const found = differencesAfter((observations) => {
        const [one, other] = [observations[at], observations[next]];
        if (one === undefined || other === undefined) return;
        observations[at] = other;
        observations[next] = one;
      });
      assert.ok(found.length > 0);
    }),
  );
});

test("a datagram that never passed is found, once or a hundred times make no difference", () => {
  const isAck = (one: Observation): boolean =>
    one.kind !== "transition" && one.message === "TelemetryAck" && one.host === "router";
  const none = specTrace(OBSERVATIONS.filter((one) => !isAck(one)));
  assert.deepEqual(differences(REFERENCE, none), ["only the first: router received TelemetryAck"]);
  const acks = OBSERVATIONS.filter(isAck);
  const many = specTrace([...OBSERVATIONS, ...Array.from({ length: 100 }, () => acks).flat()]);
  assert.deepEqual(differences(REFERENCE, many), []);
});

test("the numbers of channels and sessions, and what hosts do side by side, make no difference", () => {
  const renumbered = OBSERVATIONS.map((one): Observation => ({
    ...one,
    scope: one.scope.replace(/^(channel|session|visit|brokerage|place)\/(\d+)/, "$1/9$2"),
  }));
  assert.deepEqual(differences(REFERENCE, specTrace(renumbered)), []);
  const hosts = [...new Set(OBSERVATIONS.map(({ host }) => host))].reverse();
  const regrouped = hosts.flatMap((host) => OBSERVATIONS.filter((one) => one.host === host));
  assert.deepEqual(differences(REFERENCE, specTrace(regrouped)), []);
});

test("an instance whose number begins anew after a crash is another one", () => {
  const crash = WORLD_SCENARIOS[3];
  assert.ok(crash !== undefined);
  return observedRun(simulatedWorld(1), crash).then((observations) => {
    const sequences = specTrace(observations).instances.get("router enrolment");
    assert.equal(sequences?.length, 2);
    assert.match(sequences[1] ?? "", /^Enrolment idle on begin to enrolled/);
  });
});

test("where packets are lost, repetitions are no difference, but what never happened is", () => {
  const twice = specTrace([...OBSERVATIONS, ...OBSERVATIONS]);
  assert.deepEqual(missing(REFERENCE, twice), []);
  const isGrant = (one: Observation): boolean =>
    one.kind === "transition" && one.on === "EnrolGrant" && one.host === "router";
  const never = specTrace(OBSERVATIONS.filter((one) => !isGrant(one)));
  assert.deepEqual(missing(REFERENCE, never), [
    "router enrolment: Enrolment on EnrolGrant to saving",
  ]);
});

test("where packets are lost, the end of a connection may be heard of after what came behind it", () => {
  const overtaken = OBSERVATIONS.filter(
    (one) => one.kind !== "transition" || !["routerLeft", "lost"].includes(one.on),
  ).map((one) =>
    one.kind === "transition" && one.from === "told" ? { ...one, from: "serverReserved" } : one,
  );
  assert.deepEqual(missing(REFERENCE, specTrace(overtaken)), []);
});
