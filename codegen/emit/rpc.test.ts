import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import type { RpcCaller, RpcMethodTable } from "../../runtime/core/index.ts";
import type { JsonSchema, Protocol, RpcMethod, RpcService } from "../model/model.ts";
import { emitSpec } from "./emit.ts";
import { compileErrors, GeneratedFolder } from "./testing/generated-folder.ts";
import { element, model, protocol } from "./testing/model-fixture.ts";
import { shapeArbitrary } from "./testing/shape-arbitrary.ts";
import type { ShapeExample } from "./testing/shape-arbitrary.ts";

const BROKEN = { ...element("broken"), code: -32_001 };
const SHARED: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["label"],
  properties: { label: { type: "string" } },
};
const TREE: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["children"],
  properties: { children: { type: "array", items: { $ref: "#/schemas/Tree" } } },
};
const EMPTY: JsonSchema = { type: "object", additionalProperties: false };

function method(name: string, parts: Partial<RpcMethod> = {}): RpcMethod {
  const shapes = { params: EMPTY, result: { $ref: "#/schemas/Shared" }, errors: [] };
  return { ...element(name), ...shapes, idempotent: true, timeoutMs: 1000, since: 1, ...parts };
}

function serviceOf(methods: readonly RpcMethod[]): RpcService {
  return {
    ...element("Sample", "rpc/sample.json"),
    protocol: "sample",
    from: ["client"],
    to: ["server"],
    carrier: undefined,
    schemas: [
      { ...element("Shared"), schema: SHARED },
      { ...element("Tree"), schema: TREE },
    ],
    errors: [BROKEN],
    methods,
  };
}

function protocolOf(...methods: readonly RpcMethod[]): Protocol {
  return protocol({ services: [serviceOf(methods)] });
}

let folder: GeneratedFolder;

before(async () => {
  folder = await GeneratedFolder.make();
});

after(async () => {
  await folder.remove();
});

async function emitted(name: string, of: Protocol): Promise<string> {
  const path = (await folder.emit(name, model(of))).find((candidate) =>
    candidate.includes("/rpc/"),
  );
  assert.ok(path !== undefined);
  return path;
}

test("a value that follows a schema is a value of the generated type, and of the generated schema", async () => {
  const examples: ShapeExample[] = fc.sample(shapeArbitrary, { numRuns: 150, seed: 7 });
  const methods = examples.map(({ schema }, index) =>
    method(`m.n${String(index)}`, { result: schema }),
  );
  const path = await emitted("shapes", protocolOf(...methods));
  const values = examples.map(
    ({ value }, index) =>
      `export const v${String(index)}: MN${String(index)}Result = ${JSON.stringify(value)};`,
  );
  const names = examples.map((_, index) => `MN${String(index)}Result`);
  const imports = `import type { ${names.join(", ")} } from "./shapes/sample/rpc/sample.ts";`;
  const user = await folder.write("values.ts", [imports, ...values].join("\n"));
  assert.deepEqual(compileErrors([user]), []);
  const { SAMPLE_METHODS } = (await import(pathToFileURL(path).href)) as {
    SAMPLE_METHODS: RpcMethodTable;
  };
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: false,
  });
  for (const [index, { value }] of examples.entries()) {
    const schema = SAMPLE_METHODS[`m.n${String(index)}`]?.result;
    assert.ok(schema !== undefined);
    assert.ok(ajv.validate(schema, value), ajv.errorsText());
  }
});

test("types are readonly throughout, references are names, and docs tell bounds and defaults", async () => {
  const result: JsonSchema = {
    type: "object",
    additionalProperties: false,
    required: ["grid", "home"],
    properties: {
      grid: { type: "array", items: { type: "array", items: { type: "number" } } },
      home: { $ref: "#/schemas/Shared", description: "Where it lives." },
      count: { type: "integer", minimum: 1, maximum: 9, default: 3, description: "How many." },
    },
  };
  const texts = await emitSpec(model(protocolOf(method("get.it", { result }))));
  const text = texts.get("sample/rpc/sample.ts") ?? "";
  const start = text.indexOf("export interface GetItResult");
  assert.equal(
    text.slice(start, text.indexOf("}\n", start) + 2),
    `export interface GetItResult {
  readonly grid: readonly (readonly number[])[];
  /** Where it lives. */
  readonly home: Shared;
  /** How many. From 1 to 9. Default 3. */
  readonly count?: number;
}
`,
  );
});

suite("the generated service", () => {
  const HOST: JsonSchema = {
    ...EMPTY,
    required: ["host"],
    properties: { host: { type: "string" } },
  };
  const OF = protocolOf(
    method("system.look", { errors: [BROKEN] }),
    method("system.ping", {
      params: HOST,
      result: { type: "number" },
      idempotent: false,
      timeoutMs: 50,
    }),
    method("system.hint", { result: undefined }),
  );

  interface Module {
    readonly SAMPLE_METHODS: RpcMethodTable;
    readonly SampleErrors: Readonly<Record<string, number>>;
    readonly isSampleMethod: (name: string) => boolean;
    readonly dispatchSample: (
      handlers: object,
      method: string,
      params: unknown,
      context: unknown,
    ) => Promise<unknown>;
    readonly SampleClient: new (caller: RpcCaller) => {
      readonly systemLook: () => Promise<unknown>;
      readonly systemPing: (params: unknown) => Promise<unknown>;
      readonly systemHint: () => void;
    };
  }

  let module: Module;

  before(async () => {
    module = (await import(pathToFileURL(await emitted("service", OF)).href)) as Module;
  });

  test("says of each method what the spec says, in schemas that stand alone", () => {
    assert.deepEqual(module.SAMPLE_METHODS["system.look"], {
      doc: "The system.look.",
      params: EMPTY,
      result: SHARED,
      errors: [-32_001],
      idempotent: true,
      timeoutMs: 1000,
      notification: false,
    });
    assert.equal(module.SAMPLE_METHODS["system.hint"]?.notification, true);
    assert.deepEqual(module.SampleErrors, { broken: -32_001 });
  });

  test("knows its own methods only", () => {
    assert.ok(module.isSampleMethod("system.ping"));
    for (const name of ["toString", "constructor", "__proto__", "system"])
      assert.ok(!module.isSampleMethod(name));
  });

  test("calls the handler of a method with params and context, and passes on what it throws", async () => {
    const handlers = {
      systemPing: (params: unknown, context: unknown) => [params, context],
      systemLook: () => {
        throw new RangeError("no");
      },
    };
    const answer = await module.dispatchSample(handlers, "system.ping", { host: "a" }, "context");
    assert.deepEqual(answer, [{ host: "a" }, "context"]);
    await assert.rejects(module.dispatchSample(handlers, "system.look", {}, 0), RangeError);
  });

  test("calls a method on a peer with the spec's timeout", async () => {
    const calls: unknown[] = [];
    const client = new module.SampleClient({
      call: (...args) => {
        calls.push(args);
        return Promise.resolve(7);
      },
      notify: (...args) => calls.push(args),
    });
    assert.equal(await client.systemPing({ host: "a" }), 7);
    await client.systemLook();
    client.systemHint();
    assert.deepEqual(calls, [
      ["system.ping", { host: "a" }, 50],
      ["system.look", {}, 1000],
      ["system.hint", {}],
    ]);
  });

  test("makes tsc refuse a handler that is missing and one that returns something else", async () => {
    const use = (members: string): string =>
      `import type { SampleHandlers } from "./service/sample/rpc/sample.ts";
export const handlers: SampleHandlers<string> = { ${members} };`;
    const look = `systemLook: () => ({ label: "x" }),`;
    const hint = `systemHint: () => undefined,`;
    const right = await folder.write(
      "right.ts",
      use(`${look} ${hint} systemPing: ({ host }) => Promise.resolve(host.length)`),
    );
    assert.deepEqual(compileErrors([right]), []);
    const missing = await folder.write("missing.ts", use(`${look} ${hint}`));
    assert.match(compileErrors([missing]).join(), /TS2741 Property 'systemPing' is missing/);
    const wrong = await folder.write("wrong.ts", use(`${look} ${hint} systemPing: () => "text"`));
    assert.match(
      compileErrors([wrong]).join(),
      /TS2322 .*'string' is not assignable to type .*number/,
    );
  });
});
