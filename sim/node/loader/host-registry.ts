import { graphNamed } from "./host-graph.ts";

/** What the modules that hooks write (`module-hooks.ts`) import: what stands in for a module of Node's. */
export function standIn(id: string, name: string): unknown {
  return graphNamed(id).standIn(name);
}

/** What a CommonJS module of a graph exports. */
export function commonJs(id: string, file: string): unknown {
  return graphNamed(id).loadCommonJs(file);
}
