import { parseTree, printParseErrorCode } from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";
import type { Report } from "./diagnostic.ts";
import { Document, pointerOf } from "./document.ts";
import type { Path } from "./document.ts";
import { LinePositions } from "./line-positions.ts";

/** Deepest nesting of a document; deeper ones are refused before they are parsed. */
const DEPTH_MAX = 64;

/**
 * Parses a document of strict JSON: no comments, no trailing commas, no key twice.
 * @returns undefined if there was a problem, which is reported.
 */
export function parseDocument(file: string, text: string, report: Report): Document | undefined {
  const start = { file, pointer: "", line: 1, column: 1 };
  if (isTooDeep(text)) {
    const message = `The document is nested more than ${DEPTH_MAX.toString()} levels deep.`;
    report(start, "json-depth", message, "Nest less.");
    return undefined;
  }
  const lines = new LinePositions(text);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  for (const [index, error] of errors.entries()) {
    // The parser may miss two things at one place; the first says it.
    if (error.offset === errors[index - 1]?.offset) continue;
    const place = { file, pointer: "", ...lines.at(error.offset) };
    const what = SYNTAX_MESSAGES[printParseErrorCode(error.error)] ?? "This is not JSON.";
    report(place, "json-syntax", what, "Write strict JSON: no comments, no trailing commas.");
  }
  if (errors.length > 0) return undefined;
  if (root === undefined) {
    report(start, "json-syntax", "The document is empty.", "Write a JSON object.");
    return undefined;
  }
  const faults = findKeyFaults(root, []);
  for (const { key, path, isTwice } of faults) {
    const place = { file, pointer: pointerOf(path), ...lines.at(key.offset) };
    const name = String(key.value);
    if (isTwice) {
      report(place, "json-key-twice", `The key "${name}" stands here twice.`, "Keep one.");
    } else {
      const message = `The key "${name}" is not allowed: it means something else to JavaScript.`;
      report(place, "json-key-forbidden", message, "Choose another name.");
    }
  }
  return faults.length === 0 ? new Document(file, text, root) : undefined;
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

/** A key that stands twice, or that must not stand at all. */
interface KeyFault {
  readonly key: Node;
  readonly path: Path;
  readonly isTwice: boolean;
}

function findKeyFaults(node: Node, path: Path): readonly KeyFault[] {
  const children = node.children ?? [];
  if (node.type === "array") {
    return children.flatMap((child, index) => findKeyFaults(child, [...path, index]));
  }
  const seen = new Set<unknown>();
  return children.flatMap((property) => {
    const [key, value] = property.children ?? [];
    if (key === undefined) return [];
    const at = [...path, String(key.value)];
    const isTwice = seen.has(key.value);
    seen.add(key.value);
    const isFault = isTwice || key.value === "__proto__";
    const below = value === undefined ? [] : findKeyFaults(value, at);
    return isFault ? [{ key, path: at, isTwice }, ...below] : below;
  });
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
