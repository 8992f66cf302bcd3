import { join } from "./printer.ts";
import type { Fragment, ImportSymbol } from "./printer.ts";

/** Statements, one a line, without names that nothing after them uses. */
export function statements(lines: readonly Fragment[]): Fragment {
  const kept = lines.map((line, index) => {
    const name = declaredName(line);
    const isUsed =
      name === undefined || lines.slice(index + 1).some((later) => mentions(later, name));
    return isUsed ? line : withoutName(line);
  });
  return join(kept, "\n");
}

const DECLARATION = /^const (\w+) = /;

/** The name that a statement declares as a constant. */
function declaredName(line: Fragment): string | undefined {
  return DECLARATION.exec(leadingText(leaves(line)))?.[1];
}

/** What a statement computes may still be refused, so it stays without its name. */
function withoutName(line: Fragment): Fragment {
  const parts = leaves(line);
  const text = leadingText(parts);
  const rest = parts.slice(parts.findIndex((part) => typeof part !== "string"));
  const isAllText = parts.every((part) => typeof part === "string");
  return [text.replace(DECLARATION, ""), ...(isAllText ? [] : rest)];
}

/** A piece of code that has no parts. */
type Leaf = string | number | bigint | ImportSymbol;

function leaves(fragment: Fragment): readonly Leaf[] {
  return isList(fragment) ? fragment.flatMap(leaves) : [fragment];
}

/** The text before the first piece that is none. */
function leadingText(parts: readonly Leaf[]): string {
  let text = "";
  for (const part of parts) {
    if (typeof part !== "string") break;
    text += part;
  }
  return text;
}

/** True if the code names the identifier, other than as a member. */
export function mentions(fragment: Fragment, identifier: string): boolean {
  const name = new RegExp(`(?<![.\\w#"])${identifier}(?![\\w":])`);
  return leaves(fragment).some((part) => typeof part === "string" && name.test(part));
}

function isList(fragment: Fragment): fragment is readonly Fragment[] {
  return Array.isArray(fragment);
}
