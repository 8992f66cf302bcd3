import type { Node } from "jsonc-parser";
import type { Place } from "./diagnostic.ts";
import { LinePositions } from "./line-positions.ts";

/** Keys and indexes from the root of a document to a value. */
export type Path = readonly (string | number)[];

/** A JSON document that knows where each of its values stands. */
export class Document {
  /** File, relative to the spec folder's parent. */
  readonly file: string;
  /** The parsed value. */
  readonly value: unknown;
  readonly #text: string;
  readonly #root: Node;
  readonly #lines: LinePositions;

  constructor(file: string, text: string, root: Node) {
    this.file = file;
    this.#text = text;
    this.#root = root;
    this.#lines = new LinePositions(text);
    this.value = valueOf(root);
  }

  /** Place of a value, or of the nearest value around it if it is not there. */
  placeOf(path: Path): Place {
    return this.#place(path, "value");
  }

  /** Place of a value's key; of the value itself if it stands in an array. */
  placeOfKey(path: Path): Place {
    return this.#place(path, "key");
  }

  /** Whether there is a value at a JSON pointer. */
  has(pointer: string): boolean {
    const path = pathOf(pointer);
    return this.#nearest(path).found === path.length;
  }

  /** The text of a value, so that integers beyond 2^53 can be read exactly. */
  textOf(path: Path): string {
    const { node } = this.#nearest(path);
    return this.#text.slice(node.offset, node.offset + node.length);
  }

  #place(path: Path, part: "key" | "value"): Place {
    const { node, found } = this.#nearest(path);
    const key = node.parent?.type === "property" ? node.parent.children?.[0] : undefined;
    // Something missing is told at the key of what it is missing in: a brace says less.
    const isAtKey = key !== undefined && (part === "key" || found < path.length);
    const { line, column } = this.#lines.at((isAtKey ? key : node).offset);
    return { file: this.file, pointer: pointerOf(path), line, column };
  }

  #nearest(path: Path): { readonly node: Node; readonly found: number } {
    let node = this.#root;
    let found = 0;
    for (const step of path) {
      const next = childOf(node, step);
      if (next === undefined) break;
      node = next;
      found += 1;
    }
    return { node, found };
  }
}

/** Escapes a path as a JSON pointer (RFC 6901). */
export function pointerOf(path: Path): string {
  return path
    .map((step) => `/${step.toString().replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

/** Reads a JSON pointer; digits stay text, which finds array items as well. */
export function pathOf(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function childOf(node: Node, step: string | number): Node | undefined {
  if (node.type === "array") return node.children?.[Number(step)];
  if (node.type !== "object") return undefined;
  const property = node.children?.find((child) => child.children?.[0]?.value === step);
  return property?.children?.[1];
}

function valueOf(node: Node): unknown {
  switch (node.type) {
    case "object": {
      const value: Record<string, unknown> = {};
      for (const property of node.children ?? []) {
        const [key, child] = property.children ?? [];
        if (key !== undefined && child !== undefined) value[String(key.value)] = valueOf(child);
      }
      return value;
    }
    case "array":
      return (node.children ?? []).map(valueOf);
    case "property":
    case "string":
    case "number":
    case "boolean":
    case "null":
      return node.value;
  }
}
