import { encodeHex } from "../../../runtime/core/index.ts";
import type { Endpoint } from "../../../runtime/core/index.ts";
import type { ControlChecker, Datagram, Happening, WatchedRun } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** The hub sends nobody more than it was sent from there, unless that address has been proved. */
export const noAmplification: ControlChecker = {
  name: "no-amplification",
  doc: "To an address that has not been proved, by a cookie that was sent there or a genuine report that came from there, the hub sends at most one datagram for each that came, and none that is larger.",
  watch: (run) => {
    const observer = new AddressObserver(run);
    return (happening: Happening): void => {
      if (happening.kind === "sent") observer.sent(happening);
      else if (happening.kind === "delivered") observer.delivered(happening);
    };
  },
};

class AddressObserver {
  readonly #run: WatchedRun;
  readonly #hub: string | undefined;
  readonly #reporters: ReadonlySet<string>;
  readonly #genuine = new Set<string>();
  readonly #proved = new Set<string>();
  /** What came last from an address that is not proved, and was not answered. */
  #request: { readonly from: string; readonly bytes: number } | undefined;
  /** What the hub sent to each such address, as hexadecimal: cookies among it. */
  readonly #sentTo = new Map<string, string>();

  constructor(run: WatchedRun) {
    this.#run = run;
    this.#hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    const reporters = run.parties.filter(({ kind }) => kind === "router" || kind === "server");
    this.#reporters = new Set(reporters.map(({ host }) => host));
  }

  sent({ host, to, bytes }: Datagram): void {
    if (this.#reporters.has(host)) {
      const received = contentOf(bytes).toHub;
      const isKeyed = received !== undefined && "key" in received.message;
      if (isKeyed && received.message.key.keyId !== 0) this.#genuine.add(contentOf(bytes).text);
    }
    if (host !== this.#hub) return;
    const address = nameOf(to);
    if (this.#proved.has(address)) return;
    const request = this.#request;
    this.#request = undefined;
    this.#sentTo.set(address, (this.#sentTo.get(address) ?? "") + contentOf(bytes).text);
    if (request?.from !== address) {
      this.#run.violate(`the hub sends ${address}, which is not proved, what it did not ask for`);
    } else if (bytes.length > request.bytes) {
      const sizes = `${String(bytes.length)} bytes for ${String(request.bytes)}`;
      this.#run.violate(`the hub sends ${address}, which is not proved, ${sizes}`);
    }
  }

  delivered({ host, from, bytes }: Datagram): void {
    if (host !== this.#hub) return;
    const address = nameOf(from);
    if (this.#proves(address, bytes)) this.#proved.add(address);
    this.#request = { from: address, bytes: bytes.length };
  }

  /** A report that came before proves nothing: whoever saw it can send it again from anywhere. */
  #proves(address: string, bytes: Uint8Array): boolean {
    if (this.#genuine.delete(contentOf(bytes).text)) return true;
    const received = contentOf(bytes).toHub;
    if (received?.name !== "EnrolRequest") return false;
    return this.#sentTo.get(address)?.includes(encodeHex(received.message.cookie)) === true;
  }
}

function nameOf({ address, port }: Endpoint): string {
  return `${address}:${String(port)}`;
}
