import { encodeHex, formatMac } from "../../../runtime/core/index.ts";
import { Hub } from "../../../runtime/roles/hub/hub.ts";
import type { HubEvent } from "../../../runtime/roles/hub/hub-events.ts";
import type { ControlChecker, Happening } from "../happening.ts";

/** A router belongs to whoever its operator claimed it for, and a code for one router is good for one. */
export const ownersKeepRouters: ControlChecker = {
  name: "owners-keep-routers",
  doc: "A router belongs to the account that its operator claimed it for, whatever codes of others it is shown later, and a code for one router is used by one.",
  watch: (run) => {
    const hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    const routers = run.parties.filter(({ kind }) => kind === "router");
    const accounts = new Set(routers.flatMap(({ account }) => account ?? []));
    /** Hashes of codes for one router, hexadecimal. */
    const single = new Set<string>();
    /** Who used them, by mac. */
    const users = new Map<string, number>();
    const judge = (mac: number, account: string, claimHash: Uint8Array | undefined): void => {
      if (!routers.some((router) => router.mac === mac && router.account === account)) {
        run.violate(`the hub gives ${formatMac(mac)} to ${account}, for whom it was not claimed`);
      }
      const code = claimHash === undefined ? "" : encodeHex(claimHash);
      if (!single.has(code)) return;
      const user = users.get(code) ?? mac;
      users.set(code, user);
      if (user === mac) return;
      run.violate(`${formatMac(user)} and ${formatMac(mac)} were claimed by a code for one router`);
    };
    const claimed = (mac: number): void => {
      const role = hub === undefined ? undefined : run.roleOf(hub);
      if (!(role instanceof Hub)) return;
      for (const account of accounts) {
        const entry = role.routersOf(account).find(({ subject }) => subject === mac);
        if (entry !== undefined) judge(mac, account, entry.claimHash);
      }
    };
    return (happening: Happening): void => {
      // What a hub had not saved when it crashed never was.
      if (happening.kind === "process" && happening.host === hub) users.clear();
      if (happening.kind !== "event" || happening.host !== hub) return;
      const event = happening.event as HubEvent;
      if (event.type === "noted" && event.note === "claimed") claimed(event.subject);
      if (event.type !== "claimCreated" || event.created === undefined) return;
      const { codeHash, reusable } = event.created.claim;
      if (reusable === 0) single.add(encodeHex(codeHash));
    };
  },
};
