import { encodeHex } from "../../../runtime/core/index.ts";
import type { Endpoint } from "../../../runtime/core/index.ts";
import type { ControlChecker, Datagram, Happening } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** The hub makes keys only with parties that asked for them, and only where they are. */
export const grantsAreProved: ControlChecker = {
  name: "grants-are-proved",
  doc: "The hub grants a key only to an address that gave back the cookie which was sent there, with a request that a party of the network made itself.",
  watch: (run) => {
    const hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    const parties = new Set(run.parties.map(({ host }) => host));
    /** Requests that parties sent, by their bytes. */
    const genuine = new Set<string>();
    /** Cookies and where they were sent to. */
    const cookies = new Set<string>();
    const proved = new Set<string>();
    const sentByHub = ({ to, bytes }: Datagram): void => {
      const received = contentOf(bytes).fromHub;
      if (received?.name === "EnrolChallenge") {
        cookies.add(cookieAt(to, received.message.cookie));
      } else if (received?.name === "EnrolGrant" && !proved.has(nameOf(to))) {
        run.violate(`the hub grants a key to ${nameOf(to)}, which has proved nothing`);
      }
    };
    const delivered = ({ from, bytes }: Datagram): void => {
      const { text, toHub } = contentOf(bytes);
      if (toHub?.name !== "EnrolRequest" || !genuine.has(text)) return;
      if (cookies.has(cookieAt(from, toHub.message.cookie))) proved.add(nameOf(from));
    };
    return (happening: Happening): void => {
      if (happening.kind === "sent") {
        if (happening.host === hub) sentByHub(happening);
        else if (parties.has(happening.host)) {
          const { text, toHub } = contentOf(happening.bytes);
          if (toHub?.name === "EnrolRequest") genuine.add(text);
        }
      } else if (happening.kind === "delivered" && happening.host === hub) {
        delivered(happening);
      }
    };
  },
};

function nameOf({ address, port }: Endpoint): string {
  return `${address}:${String(port)}`;
}

function cookieAt(to: Endpoint, cookie: Uint8Array): string {
  return `${nameOf(to)} ${encodeHex(cookie)}`;
}
