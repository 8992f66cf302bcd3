import type { Fault } from "../../network/fault.ts";
import { isPacketFault } from "../../network/fault.ts";
import type { Case } from "../scenario.ts";
import type { Reduction } from "./reduction.ts";

/**
 * One outage in place of all that befalls a link. Where a failure needs a host to be unheard for a while, each of a
 * dozen losses may be needed to bring that about, and none of them can go by itself.
 */
export const FEWER_OUTAGES: Reduction = {
  name: "outages",
  isSingle: true,
  count: (given) => troubledLinks(given).length,
  reduce: (given, from) => {
    const link = troubledLinks(given)[from];
    if (link === undefined) return given;
    const toUs = Math.floor(given.healAtMs * 1000);
    const outage: Fault = { kind: "linkDown", link, fromUs: 0, toUs };
    return {
      ...given,
      faults: [outage, ...given.faults.filter((fault) => linkOf(fault) !== link)],
    };
  },
};

function troubledLinks({ faults }: Case): readonly string[] {
  const counts = new Map<string, number>();
  for (const fault of faults) {
    const link = linkOf(fault);
    if (link !== undefined) counts.set(link, (counts.get(link) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).map(([link]) => link);
}

/** The link that a fault is about; that of a host has the host's name. */
function linkOf(fault: Fault): string | undefined {
  if (isPacketFault(fault) || fault.kind === "linkDown") return fault.link;
  return fault.kind === "partition" && fault.nodes.length === 1 ? fault.nodes[0] : undefined;
}
