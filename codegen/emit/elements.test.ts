import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import type { ProtocolElements } from "../../runtime/core/index.ts";
import { emitSpec } from "./emit.ts";
import { GeneratedFolder } from "./testing/generated-folder.ts";
import { machineOf, sampleArbitrary } from "./testing/machine-arbitrary.ts";
import { message, model, protocol } from "./testing/model-fixture.ts";

let folder: GeneratedFolder;

before(async () => {
  folder = await GeneratedFolder.make();
});

after(async () => {
  await folder.remove();
});

let made = 0;

test("every transition, timer and message of any spec is an element of its protocol, once", async () => {
  await fc.assert(
    fc.asyncProperty(sampleArbitrary, async (sample) => {
      const spec = model(sample);
      const machine = machineOf(sample);
      made += 1;
      const paths = await folder.emit(`sample-${String(made)}`, spec);
      const path = paths.find((name) => name.endsWith("elements.ts")) ?? "";
      const module = (await import(pathToFileURL(path).href)) as {
        readonly SAMPLE_ELEMENTS: ProtocolElements;
      };
      const [elements] = module.SAMPLE_ELEMENTS.machines;
      const wanted = machine.transitions.flatMap(({ from, on, to }) =>
        from.flatMap((source) => to.map((target) => [source.name, on.name, target.name].join())),
      );
      const got = elements?.transitions.map(({ from, on, to }) => [from, on, to].join());
      assert.deepEqual(got?.toSorted(), [...new Set(wanted)].toSorted());
      const timers = machine.events.filter(({ kind }) => kind === "timer");
      assert.deepEqual(
        elements?.timers,
        timers.map(({ name }) => name),
      );
      assert.deepEqual(
        module.SAMPLE_ELEMENTS.messages.map(({ message: name }) => name),
        sample.messages.map(({ name }) => name),
      );
    }),
    { numRuns: 6 },
  );
});

test("a protocol of messages only names who sends and receives each", async () => {
  const texts = await emitSpec(model(protocol({ messages: [message("Ping", 7)] })));
  const text = texts.get("sample/elements.ts") ?? "";
  assert.match(
    text,
    /\{ message: "Ping", tag: 7, from: \["client", "server"\], to: \["server", "client"\] \}/,
  );
  assert.match(text, /machines: \[\]/);
});

test("a protocol without machines and messages has no elements", async () => {
  const texts = await emitSpec(model(protocol({})));
  assert.equal(texts.has("sample/elements.ts"), false);
});
