import module from "node:module";
import { fileURLToPath } from "node:url";
import { graphNamed, HOST_PARAMETER } from "./host-graph.ts";
import type { HostGraph } from "./host-graph.ts";

/** Begins what `loadInHost` imports, and the addresses of what stands in for Node's modules. */
export const ENTRY = "tagwire-host:";
const REGISTRY = `${ENTRY}registry`;
/** Beside this file, TypeScript as it is written or JavaScript as it is built. */
const REGISTRY_FILE = import.meta.url.endsWith(".ts")
  ? new URL("./host-registry.ts", import.meta.url).href
  : new URL("./host-registry.js", import.meta.url).href;
const STAND_IN = /^tagwire-host:([^/]+)\/(.+)$/u;

let isInstalled = false;

/**
 * Sees to it that modules of hosts are modules of their own: each has the host in its address, which what it imports
 * inherits. Other modules are not touched. Once for the process.
 * @throws {Error} if this Node has no synchronous hooks.
 */
export function installHooks(): void {
  if (isInstalled) return;
  if (typeof module.registerHooks !== "function") {
    throw new Error("loading modules in a simulated host needs Node 22.15 or later");
  }
  module.registerHooks({ resolve, load });
  isInstalled = true;
}

function resolve(
  specifier: string,
  context: module.ResolveHookContext,
  next: NextResolve,
): module.ResolveFnOutput {
  if (specifier === REGISTRY) {
    return { url: REGISTRY_FILE, shortCircuit: true };
  }
  const entry = entryOf(specifier);
  const graph = entry?.graph ?? graphOfAddress(context.parentURL);
  if (graph === undefined) return next(specifier, context);
  const wanted = entry?.specifier ?? specifier;
  const name = wanted.replace(/^node:/u, "");
  if (module.isBuiltin(wanted) && graph.standIn(name) !== undefined) {
    return { url: `${ENTRY}${graph.id}/${name}`, format: "module", shortCircuit: true };
  }
  const parentURL = entry === undefined ? context.parentURL : String(graph.from);
  const found = next(wanted, { ...context, parentURL });
  if (!found.url.startsWith("file:")) return found;
  return { ...found, url: graph.addressOf(new URL(found.url)) };
}

function load(url: string, context: module.LoadHookContext, next: NextLoad): module.LoadFnOutput {
  const [, id, name] = STAND_IN.exec(url) ?? [];
  if (id !== undefined && name !== undefined) {
    const names = namesOf(graphNamed(id).standIn(name));
    return facade(`standIn(${JSON.stringify(id)}, ${JSON.stringify(name)})`, names);
  }
  const graph = graphOfAddress(url);
  if (graph === undefined) return next(url, context);
  const file = new URL(url);
  file.searchParams.delete(HOST_PARAMETER);
  const found = next(file.href, context);
  if (found.format?.startsWith("commonjs") !== true) return found;
  // It runs before what imports it is even linked, since only running it tells what it exports.
  const names = namesOf(graph.loadCommonJs(fileURLToPath(file)));
  const of = `${JSON.stringify(graph.id)}, ${JSON.stringify(file.href)}`;
  return facade(`commonJs(${of})`, names);
}

type NextResolve = (
  specifier: string,
  context?: Partial<module.ResolveHookContext>,
) => module.ResolveFnOutput;

type NextLoad = (url: string, context?: Partial<module.LoadHookContext>) => module.LoadFnOutput;

function entryOf(
  specifier: string,
): { readonly graph: HostGraph; readonly specifier: string } | undefined {
  const [, id, wanted] = /^tagwire-host:([^:/]+):(.*)$/su.exec(specifier) ?? [];
  if (id === undefined || wanted === undefined) return undefined;
  return { graph: graphNamed(id), specifier: wanted };
}

function graphOfAddress(address: string | undefined): HostGraph | undefined {
  if (address?.startsWith("file:") !== true || !address.includes(HOST_PARAMETER)) return undefined;
  const id = new URL(address).searchParams.get(HOST_PARAMETER);
  return id === null ? undefined : graphNamed(id);
}

/** What can be imported by name. */
function namesOf(exported: unknown): readonly string[] {
  const isLike = typeof exported === "object" || typeof exported === "function";
  if (!isLike || exported === null) return [];
  return Object.keys(exported).filter((name) => /^[\p{L}$_][\p{L}\p{N}$_]*$/u.test(name));
}

/** A module that exports what an expression of the registry gives. */
function facade(expression: string, names: readonly string[]): module.LoadFnOutput {
  // Any name may be exported, but not each may be a variable's.
  const lines = names
    .filter((name) => name !== "default")
    .flatMap((name, at) => {
      const variable = `v${String(at)}`;
      return [
        `const ${variable} = all[${JSON.stringify(name)}];`,
        `export { ${variable} as ${name} };`,
      ];
    });
  const [call] = expression.split("(");
  const head = [
    `import { ${String(call)} } from "${REGISTRY}";`,
    `const all = ${expression};`,
    "export default all;",
  ];
  return { format: "module", source: [...head, ...lines].join("\n"), shortCircuit: true };
}
