import type { Telemetry } from "../../../generated/control/messages/telemetry.ts";
import { Hub } from "../../../runtime/roles/hub/hub.ts";
import type { ControlChecker, Datagram, Happening, WatchedRun } from "../happening.ts";
import type { Party } from "../parties.ts";
import { contentOf } from "./datagram-content.ts";

/** What the hub holds of each router is the newest report of that router that it took in. */
export const telemetryIsNewest: ControlChecker = {
  name: "telemetry-is-newest",
  doc: "What the hub holds of a router is the newest of the reports which that router sent and the hub took in.",
  watch: (run) => {
    const observer = new TelemetryObserver(run);
    return (happening: Happening): void => {
      if (happening.kind === "process") observer.process(happening.host);
      else if (happening.kind === "sent") observer.sent(happening);
      else if (happening.kind === "accepted") observer.accepted(happening);
      else if (happening.kind === "settled") observer.settled(happening.mac);
    };
  },
};

type NumberName = Exclude<keyof Telemetry, "key" | "mac">;
type Numbers = Pick<Telemetry, NumberName>;

/** What a report says, read from its bytes by hand: whoever reads it otherwise reads it wrong. */
function readNumbers(bytes: Uint8Array): Numbers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    uptimeS: view.getUint32(39),
    periodMs: view.getUint32(43),
    loadPermille: view.getUint16(47),
    memoryTotalKib: view.getUint32(49),
    memoryFreeKib: view.getUint32(53),
    rxBytes: Number(view.getBigUint64(57)),
    txBytes: Number(view.getBigUint64(65)),
    sessions: view.getUint16(73),
  };
}

const NUMBERS: readonly NumberName[] = [
  "uptimeS",
  "periodMs",
  "loadPermille",
  "memoryTotalKib",
  "memoryFreeKib",
  "rxBytes",
  "txBytes",
  "sessions",
];

/** Watches hub and cables, as an observer who trusts nobody would. */
class TelemetryObserver {
  readonly #run: WatchedRun;
  readonly #hub: string | undefined;
  /** Reports that routers sent, by their bytes; whom they are from. */
  readonly #genuine = new Map<string, string>();
  /** What it should hold, by mac. */
  readonly #expected = new Map<number, { readonly sequence: number; readonly numbers: Numbers }>();

  constructor(run: WatchedRun) {
    this.#run = run;
    this.#hub = run.parties.find(({ kind }) => kind === "hub")?.host;
  }

  process(host: string): void {
    if (host !== this.#hub) return;
    // A hub that starts again holds what it saved, which may be older.
    this.#expected.clear();
  }

  /** What comes now is another router's, which counts from the start. */
  settled(mac: number): void {
    this.#expected.delete(mac);
  }

  sent({ host, bytes }: Datagram): void {
    if (this.#party(host)?.kind !== "router") return;
    if (contentOf(bytes).toHub?.name === "Telemetry")
      this.#genuine.set(contentOf(bytes).text, host);
  }

  /** The hub took a datagram in and answers it. */
  accepted({ host, bytes }: Datagram): void {
    const received = contentOf(bytes).toHub;
    if (host !== this.#hub || received?.name !== "Telemetry") return;
    const sender = this.#party(this.#genuine.get(contentOf(bytes).text));
    const { mac, key } = received.message;
    if (sender?.mac === mac) this.#expect(mac, key.sequence, readNumbers(bytes));
    else this.#run.violate("the hub took in telemetry that its router did not send");
    this.#compare(host);
  }

  /** Compares with what the hub holds. */
  #compare(host: string): void {
    const hub = this.#run.roleOf(host);
    if (!(hub instanceof Hub)) return;
    for (const { account, mac, host: router } of this.#run.parties) {
      const expected = mac === undefined ? undefined : this.#expected.get(mac);
      if (expected === undefined || account === undefined) continue;
      const entry = hub.routersOf(account).find(({ subject }) => subject === mac);
      if (entry?.telemetry === undefined) continue;
      const [held, wanted] = [entry.telemetry, expected.numbers];
      const wrong = NUMBERS.find((name) => held[name] !== wanted[name]);
      if (wrong === undefined) continue;
      const [one, other] = [String(held[wrong]), String(wanted[wrong])];
      this.#run.violate(`the hub holds ${wrong} ${one} of ${router} and took in ${other}`);
    }
  }

  /** Sequence numbers order the reports of a router, whatever its key. */
  #expect(mac: number, sequence: number, numbers: Numbers): void {
    const before = this.#expected.get(mac);
    if (before !== undefined && before.sequence >= sequence) return;
    this.#expected.set(mac, { sequence, numbers });
  }

  #party(host: string | undefined): Party | undefined {
    return this.#run.parties.find((party) => party.host === host);
  }
}
