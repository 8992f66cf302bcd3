/**
 * Who may import what (docs/architecture.md). A rule names a layer and forbids everything that is not
 * in its list, so that a new folder starts with no rights.
 */
const NODE_BUILT_IN = "core";
const NPM = ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"];
const TEST = "\\.test\\.ts$";

/** @param {{ name: string, from: string, allowed: string, also?: string[], why: string }} layer */
function layer({ name, from, allowed, also = [], why }) {
  return {
    name,
    severity: "error",
    comment: why,
    from: { path: from, pathNot: [TEST, ...also] },
    to: { pathNot: allowed, dependencyTypesNot: [NODE_BUILT_IN, ...NPM] },
  };
}

/** @param {{ name: string, from: string, except?: string }} layer */
function withoutPlatform({ name, from, except }) {
  return {
    name,
    severity: "error",
    comment:
      "Core, roles and generated code run in the simulator and in a browser: no node:*, no npm.",
    from: { path: from, pathNot: except === undefined ? [TEST] : [TEST, except] },
    to: { dependencyTypes: [NODE_BUILT_IN, ...NPM] },
  };
}

const TESTING = "^generated/.*/testing/";

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      comment: "A cycle means that neither file can be read without the other.",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "nothing-unresolved",
      severity: "error",
      comment: "An import that leads nowhere.",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "nobody-imports-conformance",
      severity: "error",
      comment: "Tests and benches stand on everything; nothing stands on them.",
      from: { pathNot: ["^conformance/", TEST] },
      to: { path: "^conformance/" },
    },
    {
      name: "nobody-imports-tests",
      severity: "error",
      comment: "A test is an end, not a library.",
      from: {},
      to: { path: TEST },
    },
    layer({
      name: "core-imports-core",
      from: "^runtime/core/",
      allowed: "^runtime/core/",
      why: "Core is what everything else stands on.",
    }),
    withoutPlatform({ name: "core-without-platform", from: "^runtime/core/" }),
    layer({
      name: "generated-imports-core",
      from: "^generated/",
      allowed: "^(generated|runtime/core)/",
      why: "Generated code stands on core alone.",
    }),
    withoutPlatform({ name: "generated-without-platform", from: "^generated/", except: TESTING }),
    {
      name: "generated-testing-imports-fast-check",
      severity: "error",
      comment: "Arbitraries need fast-check and nothing else of npm.",
      from: { path: TESTING },
      to: { pathNot: "node_modules/fast-check", dependencyTypes: [NODE_BUILT_IN, ...NPM] },
    },
    {
      name: "generated-imports-no-testing",
      severity: "error",
      comment: "Shipped code must not pull in fast-check.",
      from: { path: "^(generated|runtime)/", pathNot: [TEST, TESTING] },
      to: { path: TESTING },
    },
    layer({
      name: "roles-import-core-and-generated",
      from: "^runtime/roles/",
      allowed: "^(runtime/(core|roles)|generated)/",
      why: "A role is driven by the host and by the simulator and knows neither.",
    }),
    withoutPlatform({ name: "roles-without-platform", from: "^runtime/roles/" }),
    layer({
      name: "io-imports-core",
      from: "^runtime/io/",
      allowed: "^runtime/(core|io)/",
      // The HTTP server answers the operations that the spec describes, so it reads their generated table.
      also: ["^runtime/io/http/"],
      why: "A host drives any role and knows no message.",
    }),
    layer({
      name: "io-http-imports-core-and-generated",
      from: "^runtime/io/http/",
      allowed: "^(runtime/(core|io)|generated)/",
      why: "Routes come from the generated operation table; everything else is injected.",
    }),
    layer({
      name: "stores-import-core",
      from: "^runtime/stores/",
      allowed: "^runtime/(core|stores)/",
      why: "A store keeps rows and knows no role.",
    }),
    layer({
      name: "processes-import-no-cli",
      from: "^runtime/processes/",
      allowed: "^(runtime/(core|io|stores|roles|processes)|generated)/",
      why: "A process puts a role on a host with its stores; what starts it is not its business.",
    }),
    layer({
      name: "codegen-imports-core",
      from: "^codegen/",
      allowed: "^(codegen|runtime/core)/",
      why: "The generator works on any folder of specs, so it cannot know ours.",
    }),
    layer({
      name: "sim-imports-core-roles-generated",
      from: "^sim/",
      allowed: "^(sim|generated|runtime/(core|roles))/",
      why: "The simulator drives roles as the host does.",
    }),
  ],
  options: {
    doNotFollow: { path: ["node_modules", "templates/"] },
    exclude: { path: "(^|/)templates/|^(node_modules|dist|coverage)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    builtInModules: { add: ["node:sqlite", "node:test", "node:sea"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".js", ".cjs", ".mjs", ".json", ".d.ts"],
    },
  },
};
