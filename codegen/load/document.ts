import { parseTree, printParseErrorCode } from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";
import type { Place, Report } from "./diagnostic.ts";

/** Keys and indexes from the root of a document to a value. */
export type Path = readonly (string | number)[];

/** Deepest nesting of a document; deeper ones are refused before they are parsed. */
const DEPTH_MAX = 64;

/** A JSON document that knows where each of its values stands. */
export class Document {
  /** File, relative to the spec folder's parent. */
  readonly file: string;
  /** The parsed value. */
  readonly value: unknown;
  readonly #text: string;
  readonly #root: Node;
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string, root: Node) {
    this.file = file;
    this.#text = text;
    this.#root = root;
    this.#lineStarts = findLineStarts(text);
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
    const { line, column } = positionOf(this.#lineStarts, (isAtKey ? key : node).offset);
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

/**
 * Parses a document of strict JSON: no comments, no trailing commas, no key twice.
 * @returns undefined if there was a problem, which is reported.
 */
export function parseDocument(file: string, text: string, report: Report): Document | undefined {
  if (isTooDeep(text)) {
    const message = `The document is nested more than ${DEPTH_MAX.toString()} levels deep.`;
    report({ file, pointer: "", line: 1, column: 1 }, "json-depth", message, "Nest less.");
    return undefined;
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const lineStarts = findLineStarts(text);
  for (const [index, error] of errors.entries()) {
    // The parser may miss two things at one place; the first says it.
    if (error.offset === errors[index - 1]?.offset) continue;
    const place = { file, pointer: "", ...positionOf(lineStarts, error.offset) };
    const what = SYNTAX_MESSAGES[printParseErrorCode(error.error)] ?? "This is not JSON.";
    report(place, "json-syntax", what, "Write strict JSON: no comments, no trailing commas.");
  }
  if (root === undefined || errors.length > 0) {
    if (errors.length === 0) {
      const place = { file, pointer: "", line: 1, column: 1 };
      report(place, "json-syntax", "The document is empty.", "Write a JSON object.");
    }
    return undefined;
  }
  const isClean = reportKeys(root, [], (path, key, code, message, remedy) => {
    const place = { file, pointer: pointerOf(path), ...positionOf(lineStarts, key.offset) };
    report(place, code, message, remedy);
  });
  return isClean ? new Document(file, text, root) : undefined;
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

const SYNTAX_MESSAGES: Readonly<Record<string, string>> = {
  InvalidSymbol: "This is not a JSON value.",
  InvalidNumberFormat: "This is not a JSON number.",
  PropertyNameExpected: "A property name in double quotes is expected here.",
  ValueExpected: "A value is expected here.",
  ColonExpected: "A colon is expected here.",
  CommaExpected: "A comma is expected here.",
  CloseBraceExpected: "A closing brace is expected here.",
  CloseBracketExpected: "A closing bracket is expected here.",
  EndOfFileExpected: "The document goes on after its value.",
  InvalidCommentToken: "Comments are not JSON.",
  UnexpectedEndOfComment: "A comment is not closed, and comments are not JSON.",
  UnexpectedEndOfString: "A string is not closed.",
  UnexpectedEndOfNumber: "A number is not complete.",
  InvalidUnicode: "A unicode escape needs four hexadecimal digits.",
  InvalidEscapeCharacter: "This escape is not JSON.",
  InvalidCharacter: "A control character must be escaped.",
};

type ReportKey = (
  path: Path,
  key: Node,
  ...problem: ["json-key-twice" | "json-key-forbidden", string, string]
) => void;

function reportKeys(node: Node, path: Path, report: ReportKey): boolean {
  let isClean = true;
  const seen = new Set<string>();
  for (const [index, child] of (node.children ?? []).entries()) {
    const [key, value] = child.type === "property" ? (child.children ?? []) : [];
    if (node.type === "object" && key !== undefined) {
      const name = String(key.value);
      const at = [...path, name];
      if (seen.has(name)) {
        report(at, key, "json-key-twice", `The key "${name}" stands here twice.`, "Keep one.");
        isClean = false;
      }
      if (name === "__proto__") {
        const message =
          'The key "__proto__" is not allowed: it means something else to JavaScript.';
        report(at, key, "json-key-forbidden", message, "Choose another name.");
        isClean = false;
      }
      seen.add(name);
      if (value !== undefined) isClean = reportKeys(value, at, report) && isClean;
    } else {
      isClean = reportKeys(child, [...path, index], report) && isClean;
    }
  }
  return isClean;
}

/** Brackets inside strings do not count; the parser, which recurses, has not seen the text yet. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') isInString = !isInString;
    else if (isInString) index += character === "\\" ? 1 : 0;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
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

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return starts;
}

function positionOf(
  lineStarts: readonly number[],
  offset: number,
): { readonly line: number; readonly column: number } {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}
