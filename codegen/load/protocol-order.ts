import type { Place, Report } from "./diagnostic.ts";
import { suggestName } from "./nearest-name.ts";

/** A protocol as far as its order among the others goes. */
export interface OrderedProtocol {
  readonly folder: string;
  readonly uses: readonly string[];
  readonly placeOfUse: (index: number) => Place;
}

/**
 * Sorts protocols so that each comes after those it uses, otherwise as they stand. Unknown names and circles are
 * reported.
 */
export function orderProtocols<P extends OrderedProtocol>(
  protocols: readonly P[],
  report: Report,
): readonly P[] {
  const byFolder = new Map(protocols.map((protocol) => [protocol.folder, protocol]));
  const done = new Set<P>();
  const visit = (protocol: P, path: readonly P[]): void => {
    if (done.has(protocol)) return;
    for (const [index, name] of protocol.uses.entries()) {
      const used = byFolder.get(name);
      if (used === undefined) {
        const others = [...byFolder.keys()].filter((folder) => folder !== protocol.folder);
        report(
          protocol.placeOfUse(index),
          "unknown-protocol",
          `There is no protocol ${name}.`,
          suggestName(name, others),
        );
      } else if (used === protocol || path.includes(used)) {
        const circle = [...path.slice(path.indexOf(used)), protocol].map(({ folder }) => folder);
        const message = `Protocols use each other in a circle: ${[...circle, name].join(" → ")}.`;
        report(
          protocol.placeOfUse(index),
          "protocol-cycle",
          message,
          "Move what both need into a third protocol.",
        );
      } else {
        visit(used, [...path, protocol]);
      }
    }
    done.add(protocol);
  };
  for (const protocol of protocols) visit(protocol, []);
  return [...done];
}
