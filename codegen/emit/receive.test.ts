import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Message, Protocol, SpecModel, Transport } from "../model/model.ts";
import { emitSpec } from "./emit.ts";
import { GeneratedFolder, compileErrors } from "./testing/generated-folder.ts";
import { element, message, model, protocol } from "./testing/model-fixture.ts";

let folder: GeneratedFolder;

before(async () => {
  folder = await GeneratedFolder.make();
});

after(async () => {
  await folder.remove();
});

/** A message of a protocol, over a transport. */
function pingOf(name: string, transport: Transport): Message {
  const file = `spec/${name}/messages/all.json`;
  const ping = message("Ping", 7);
  return { ...ping, protocol: name, transport, source: { ...ping.source, file } };
}

/** What a spec generates has no error, arbitraries aside. */
async function assertCompiles(name: string, spec: SpecModel): Promise<void> {
  const files = await folder.emit(name, spec);
  assert.deepEqual(compileErrors(files.filter((file) => !file.includes("/testing/"))), []);
}

/** A protocol with one message over a transport of its own; others may call theirs the same. */
function protocolOf(name: string, parts: Partial<Protocol> = {}): Protocol {
  const transport = { ...element("udp"), kind: "datagram", maxBytes: 1200 } as const;
  const messages = [pingOf(name, transport)];
  return protocol({ name, folder: name, messages, transports: [transport], ...parts });
}

/** How often a text declares each of the receivers of both roles. */
function receiversIn(text = ""): readonly number[] {
  return ["decodeClientUdp", "decodeServerUdp"].map(
    (name) => text.split(`export function ${name}(`).length - 1,
  );
}

test("protocols that do not use each other may name roles and transports alike, and each gets its receivers once", async () => {
  const spec = model(protocolOf("one"), protocolOf("other"));
  const texts = await emitSpec(spec, {});
  for (const name of ["one", "other"]) {
    assert.deepEqual(receiversIn(texts.get(`${name}/receive.ts`)), [1, 1]);
  }
  await assertCompiles("alike", spec);
});

test("a message may take role and transport of a protocol that its own uses", async () => {
  const base = protocolOf("base", { messages: [] });
  const [udp] = base.transports;
  assert.ok(udp !== undefined);
  const messages = [pingOf("user", udp)];
  const user = protocolOf("user", { uses: [base], messages, roles: [], transports: [] });
  const spec = model(base, user);
  const texts = await emitSpec(spec, {});
  assert.equal(texts.get("base/receive.ts"), undefined);
  assert.deepEqual(receiversIn(texts.get("user/receive.ts")), [1, 1]);
  await assertCompiles("using", spec);
});
