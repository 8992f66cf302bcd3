import { Hub } from "../../runtime/roles/hub/hub.ts";
import { SimulatedCrypto, simulatedIdentity } from "../crypto/simulated-crypto.ts";
import type { RandomStream } from "../engine/index.ts";
import type { Datagram } from "./happening.ts";

/** Where a false hub sends what it says. */
export type FalseAnswer = (datagram: Pick<Datagram, "to" | "bytes">) => void;

/** A hub like the real one but for its identity, in the hands of somebody who can send from the real one's address. */
export class FalseHub {
  readonly #hub: Hub;
  readonly #answer: FalseAnswer;
  readonly #nowMs: () => number;

  constructor(random: RandomStream, nowMs: () => number, answer: FalseAnswer) {
    this.#nowMs = nowMs;
    this.#answer = answer;
    this.#hub = new Hub({
      crypto: new SimulatedCrypto(random),
      unixMs: nowMs,
      identity: simulatedIdentity("false hub"),
      rows: { routers: [], servers: [], claims: [] },
      starts: 1,
      nowMs: nowMs(),
      servers: [],
    });
  }

  /** Answers what was meant for the real one. What it is asked to save it says to have saved. */
  hear({ from, bytes }: Datagram): void {
    this.#hub.handle({ type: "datagram", from, bytes }, this.#nowMs());
    for (let effect = this.#hub.poll(); effect !== undefined; effect = this.#hub.poll()) {
      if (effect.type === "sendDatagram") this.#answer(effect);
      if (effect.type !== "event" || effect.event.type !== "save") continue;
      const { saveId } = effect.event;
      this.#hub.handle({ type: "command", command: { type: "saved", saveId } }, this.#nowMs());
    }
  }
}
