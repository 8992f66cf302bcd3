import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { loadCases } from "./testing/load-cases.ts";
import { loadSpec } from "./load-spec.ts";
import { editedDocuments, placeOfSnippet, plantSpec } from "./testing/planted-spec.ts";
import { expectProblems } from "./testing/problem-case.ts";

suite("loading refuses", () => {
  for (const problem of loadCases) {
    test(problem.name, () => {
      expectProblems(problem, (folder) => loadSpec(folder).diagnostics);
    });
  }

  test("a file that cannot be read, and goes on with the others", () => {
    using spec = plantSpec();
    symlinkSync("loop.json", join(spec.folder, "demo/messages/loop.json"));
    const codes = loadSpec(spec.folder).diagnostics.map(({ file, code }) => `${file} ${code}`);
    assert.deepEqual(codes, ["spec/demo/messages/loop.json document-unreadable"]);
  });

  test("a folder that is not there", () => {
    using spec = plantSpec();
    const { model, diagnostics } = loadSpec(join(spec.folder, "nowhere"));
    assert.equal(model, undefined);
    assert.deepEqual(
      diagnostics.map(({ file, code }) => `${file} ${code}`),
      ["nowhere document-missing"],
    );
  });
});

suite("a loaded spec", () => {
  test("has its protocols after those they use", () => {
    using spec = plantSpec(editedDocuments([["base/protocol.json#/uses", []]]));
    const { model } = loadSpec(spec.folder);
    assert.deepEqual(
      model?.protocols.map(({ name, uses }) => [name, uses.map((used) => used.name)]),
      [
        ["base", []],
        ["demo", ["base"]],
      ],
    );
    assert.equal(model.protocols[1]?.uses[0], model.protocols[0]);
  });

  test("has references instead of names, the same object for the same name", () => {
    using spec = plantSpec();
    const { model } = loadSpec(spec.folder);
    const [base, demo] = model?.protocols ?? [];
    const code = demo?.messages[1]?.fields[0]?.type;
    assert.equal(code?.kind, "named");
    assert.equal(code.type, base?.types[0]);
    const bundle = demo?.messages[2];
    assert.equal(bundle?.fields[0]?.type.kind, "tlvs");
    assert.equal(bundle.fields[0].type.messages[0], demo?.messages[0]);
    assert.equal(demo?.services[0]?.carrier, bundle);
  });

  test("has the places of its elements and of their members", () => {
    using spec = plantSpec();
    const { model } = loadSpec(spec.folder);
    const welcome = model?.protocols[1]?.messages[1];
    assert.ok(welcome !== undefined);
    const place = ({ file, line, column }: typeof welcome.source): string =>
      `${file}:${line.toString()}:${column.toString()}`;
    const path = "demo/messages/talk.json";
    assert.equal(welcome.source.pointer, "/messages/Welcome");
    assert.equal(place(welcome.source), placeOfSnippet(spec.folder, path, '|"Welcome"'));
    const tag = model?.locate?.(welcome.source, "tag");
    assert.equal(tag && place(tag), placeOfSnippet(spec.folder, path, '"tag": |102'));
    assert.equal(model?.locate?.(welcome.source, "nothing"), welcome.source);
  });

  test("has * resolved to the states in which the event may come and that nothing above takes", () => {
    const every = { from: "*", group: "any", to: "closed", doc: "All." };
    using spec = plantSpec(
      editedDocuments([
        ["demo/machines/greeting.json#/transitions/-", { ...every, on: "start" }],
        ["demo/machines/greeting.json#/transitions/5", { ...every, on: "patience" }],
      ]),
    );
    const transitions = loadSpec(spec.folder).partial.protocols[1]?.machines[0]?.transitions ?? [];
    const from = (index: number): unknown => transitions.at(index)?.from.map(({ name }) => name);
    assert.deepEqual(from(-1), ["calling", "open"]);
    assert.deepEqual(from(5), ["open"]);
  });

  test("has the exact bounds of 64-bit integers held as bigint", () => {
    const field =
      '{"name": "n", "doc": "N.", "as": "bigint", "type": "u64", "min": 9007199254740993}';
    const text = `{"$schema": "../meta/types.schema.json", "types": {"Big": {"kind": "struct", "doc": "B.", "fields": [${field}]}}}`;
    using spec = plantSpec(editedDocuments([["base/types.json", text]]));
    const big = loadSpec(spec.folder).partial.protocols[0]?.types[0];
    assert.equal(big?.kind, "struct");
    assert.deepEqual(big.fields[0]?.type, {
      kind: "integer",
      type: "u64",
      as: "bigint",
      min: 9007199254740993n,
      max: 18446744073709551615n,
    });
  });

  test("may have other names for the folder of its schemas, or none on disk", () => {
    const schema = "https://example.org/any/where/protocol.schema.json";
    using spec = plantSpec(editedDocuments([["base/protocol.json#/$schema", schema]]));
    assert.deepEqual(loadSpec(spec.folder).diagnostics, []);
  });

  test("keeps what has no problems although something else has", () => {
    using spec = plantSpec(editedDocuments([["demo/messages/talk.json#/messages/Hello/tag", "x"]]));
    const { model, partial, diagnostics } = loadSpec(spec.folder);
    assert.equal(model, undefined);
    assert.equal(diagnostics.length, 1);
    const demo = partial.protocols[1];
    // Bundle nests Hello and Greeting sends it, so that neither can be judged without it.
    assert.deepEqual(
      demo?.messages.map(({ name }) => name),
      ["Welcome"],
    );
    assert.equal(demo.machines.length, 0);
    assert.equal(demo.types.length, 4);
  });

  test("looks at the other documents of a protocol whose protocol.json cannot be read", () => {
    const machine = "demo/machines/greeting.json";
    using spec = plantSpec(
      editedDocuments([
        ["demo/protocol.json", "{"],
        [`${machine}#/transitions/0/to`, "callin"],
        ["demo/rpc/desk.json#/methods/desk.read/errors/0", "bussy"],
      ]),
    );
    const { partial, diagnostics } = loadSpec(spec.folder);
    assert.deepEqual(
      diagnostics.map(({ file, code }) => `${file} ${code}`),
      [
        `spec/${machine} unknown-state`,
        "spec/demo/protocol.json json-syntax",
        "spec/demo/rpc/desk.json unknown-error",
      ],
    );
    assert.equal(partial.protocols[1]?.messages.length, 0);
  });

  test("knows the names of a protocol.json in which one of them is broken", () => {
    using spec = plantSpec(
      editedDocuments([
        ["demo/protocol.json#/transports/wire/kind", "pigeon"],
        ["demo/messages/talk.json#/messages/Hello/to", ["bobby"]],
      ]),
    );
    assert.deepEqual(
      loadSpec(spec.folder).diagnostics.map(({ file, code }) => `${file} ${code}`),
      ["spec/demo/messages/talk.json unknown-role", "spec/demo/protocol.json value-malformed"],
    );
  });
});
