import { encodeHex, formatMac } from "../../../runtime/core/index.ts";
import type { HubEvent } from "../../../runtime/roles/hub/hub-events.ts";
import { modelOf } from "../programs/router.ts";
import type { ControlChecker, Happening } from "../happening.ts";

/** Nobody speaks for a router but the router. */
export const inventoryIsGenuine: ControlChecker = {
  name: "inventory-is-genuine",
  doc: "What the hub holds as a router's own description is what the router of that identity said, whoever else says to be it.",
  watch: (run) => {
    const hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    const routers = new Map(
      run.parties
        .filter(({ kind }) => kind === "router")
        .map(({ fingerprint, host }) => [encodeHex(fingerprint), host]),
    );
    return (happening: Happening): void => {
      if (happening.kind !== "event" || happening.host !== hub) return;
      const event = happening.event as HubEvent;
      if (event.type !== "save" || event.change.table !== "routers") return;
      const { key, row } = event.change;
      if (row === undefined || row.inventory === null) return;
      const { model } = JSON.parse(row.inventory) as { readonly model: string };
      const router = routers.get(encodeHex(row.fingerprint));
      if (router !== undefined && model === modelOf(router)) return;
      run.violate(`the hub takes ${formatMac(key)} for a ${model}: somebody else said so`);
    };
  },
};
