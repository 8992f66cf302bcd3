import { LAB_ADDRESSES } from "./nat-lab.ts";

/**
 * The kernel's table of connections as the model writes its own down: a text for each connection, with the seconds that
 * it has left. Connections from inside to the box itself are left out; the model does not keep them.
 */
export function readConntrack(lines: readonly string[]): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  for (const line of lines) {
    const words = line.trim().split(/\s+/);
    const [, , protocol = "", , left = ""] = words;
    if (protocol !== "udp" && protocol !== "tcp") continue;
    const value = (key: string): readonly string[] =>
      words.filter((word) => word.startsWith(`${key}=`)).map((word) => word.slice(key.length + 1));
    const [sources, destinations] = [value("src"), value("dst")];
    if (isToBoxFromInside(sources[0], destinations[0])) continue;
    const [from, to] = [value("sport"), value("dport")];
    const tuple = (at: number): string =>
      `${sources[at] ?? ""}:${from[at] ?? ""}>${destinations[at] ?? ""}:${to[at] ?? ""}`;
    const state = protocol === "tcp" ? [words[5] ?? ""] : [];
    const marks = ["UNREPLIED", "ASSURED"].filter((mark) => line.includes(`[${mark}]`));
    table.set([protocol, ...state, tuple(0), tuple(1), ...marks].join(" "), Number(left));
  }
  return table;
}

function isToBoxFromInside(source: string | undefined, destination: string | undefined): boolean {
  const inside: readonly (string | undefined)[] = LAB_ADDRESSES.inside;
  return inside.includes(source) && destination === LAB_ADDRESSES.external;
}
