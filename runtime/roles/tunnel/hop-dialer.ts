import { FrameReader } from "../../core/index.ts";
import type { Endpoint, MachineRunner, StreamId } from "../../core/index.ts";
import {
  defineHopDialer,
  isHopDialerMessage,
} from "../../../generated/tunnel/machines/hop-dialer.ts";
import type {
  HopDialerEvent,
  HopDialerHandlers,
  HopDialerOutput,
  HopDialerState,
} from "../../../generated/tunnel/machines/hop-dialer.ts";
import { decodeNodeHop } from "../../../generated/tunnel/receive.ts";
import { encodeTunnel } from "../../../generated/tunnel/send.ts";
import { TUNNEL_TRANSPORTS } from "../../../generated/tunnel/tags.ts";
import type { StreamOwner } from "../kernel/kernel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import { createHopNonce, hopProof } from "./hop-proof.ts";
import { HopStream } from "./hop-stream.ts";
import type { HopSurroundings } from "./hop-stream.ts";
import { observeMessage } from "./observe-message.ts";

/** Where to connect, and who hears of it. */
export interface HopDialerOptions {
  readonly to: Endpoint;
  readonly ticket: Uint8Array;
  /** @param latencyMs how long the listener took to answer the proof. */
  readonly joined: (stream: HopStream, latencyMs: number) => void;
  /** There is no connection. Not called after `cancel`. */
  readonly failed: () => void;
  /** The connection that `joined` gave is over before anybody took it. */
  readonly lost: () => void;
}

/** Connects to a link of a chain and proves the ticket. */
export class HopDialer implements StreamOwner {
  readonly #around: HopSurroundings;
  readonly #options: HopDialerOptions;
  readonly #reader = new FrameReader({ maxBytes: TUNNEL_TRANSPORTS.hop.maxBytes });
  readonly #nonce: Uint8Array;
  readonly #stream: StreamId;
  readonly #runner: MachineRunner<HopDialerState, HopDialerEvent, HopDialerOutput>;
  #provedMs = 0;

  constructor(around: HopSurroundings, options: HopDialerOptions) {
    const { kernel, limits } = around;
    this.#around = around;
    this.#options = options;
    this.#nonce = createHopNonce(kernel.crypto);
    this.#stream = kernel.dial(options.to, this);
    this.#runner = runMachine({
      kernel,
      scope: `hop/${String(this.#stream)}`,
      definition: defineHopDialer(this.#transitions(), limits),
      initial: { name: "dialing" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  cancel(): void {
    this.#runner.dispatch({ name: "cancel" });
  }

  streamOpened(): void {
    this.#runner.dispatch({ name: "open" });
  }

  streamData(bytes: Uint8Array): void {
    const fault = this.#around.kernel.guard(() => {
      this.#reader.push(bytes);
      if (!this.#reader.next()) return;
      const { tag, bytes: frame, view, offset, end } = this.#reader;
      const received = decodeNodeHop(tag, frame, view, offset, end);
      this.#observe("received", received.name);
      if (!isHopDialerMessage(received) || this.#runner.dispatch(received) === "refused") {
        this.#runner.dispatch({ name: "malformed" });
      }
    });
    if (fault !== undefined) this.#runner.dispatch({ name: "malformed" });
  }

  streamClosed(): void {
    this.#runner.dispatch({ name: "lost" });
  }

  #observe(kind: "sent" | "received", message: "HopHello" | "HopWelcome"): void {
    observeMessage(this.#around.kernel, `hop/${String(this.#stream)}`, { kind, message });
  }

  #transitions(): HopDialerHandlers {
    const { kernel } = this.#around;
    const { crypto } = kernel;
    const { ticket } = this.#options;
    const nonce = this.#nonce;
    return {
      dialingOnOpen: () => {
        this.#provedMs = kernel.nowMs;
        const proof = hopProof(crypto, ticket, { by: "join", nonce });
        return {
          state: { name: "proving" },
          outputs: [{ kind: "send", name: "HopHello", to: "node", message: { nonce, proof } }],
        };
      },
      provingOnHopWelcome: (_state, { message }) => {
        const expected = hopProof(crypto, ticket, { by: "welcome", nonce });
        if (crypto.equal(expected, message.proof)) {
          return { state: { name: "joined" }, outputs: [{ kind: "do", name: "join" }] };
        }
        kernel.count("bad-authentication");
        return {
          state: { name: "failed" },
          outputs: [
            { kind: "do", name: "hangUp" },
            { kind: "do", name: "fail" },
          ],
        };
      },
    };
  }

  #perform(output: HopDialerOutput): void {
    const { kernel, scratch } = this.#around;
    if (output.kind === "send") {
      const frame = scratch.take((bytes, view, at) => encodeTunnel(output, bytes, view, at));
      kernel.write(this.#stream, frame);
      this.#observe("sent", output.name);
      return;
    }
    switch (output.name) {
      case "join": {
        const { joined, lost } = this.#options;
        const rest = this.#reader.takeRest();
        const stream = new HopStream(this.#around, { stream: this.#stream, rest, lost });
        joined(stream, kernel.nowMs - this.#provedMs);
        return;
      }
      case "hangUp":
        kernel.closeStream(this.#stream, true);
        return;
      case "fail":
        this.#options.failed();
        return;
    }
  }
}
