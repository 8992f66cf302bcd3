import { join } from "./printer.ts";
import type { Fragment } from "./printer.ts";

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
  return DECLARATION.exec(firstText(line))?.[1];
}

function firstText(fragment: Fragment): string {
  if (typeof fragment === "string") return fragment;
  if (!Array.isArray(fragment)) return "";
  const parts = fragment as readonly Fragment[];
  const first = parts.find((part) => part !== "");
  const rest = typeof parts[1] === "string" ? parts[1] : "";
  const next = typeof parts[2] === "string" ? parts[2] : "";
  return first === undefined ? "" : `${firstText(first)}${rest}${next}`;
}

/** What a statement computes may still be refused, so it stays without its name. */
function withoutName(line: Fragment): Fragment {
  if (typeof line === "string") return line.replace(DECLARATION, "");
  if (!Array.isArray(line)) return line;
  const parts = line as readonly Fragment[];
  const end = parts.findIndex((part) => typeof part === "string" && part.includes(" = "));
  const text = parts[end];
  if (typeof text !== "string") return line;
  return [text.slice(text.indexOf(" = ") + 3), ...parts.slice(end + 1)];
}

/** True if the code names the identifier. */
export function mentions(fragment: Fragment, identifier: string): boolean {
  if (typeof fragment === "string")
    return new RegExp(`(?<![.\\w#"])${identifier}(?![\\w":])`).test(fragment);
  return (
    Array.isArray(fragment) &&
    (fragment as readonly Fragment[]).some((part) => mentions(part, identifier))
  );
}
