import { FrameReader, transportIp } from "../../core/index.ts";
import type { Endpoint, ListenerId, MachineRunner, StreamId } from "../../core/index.ts";
import { defineHopVisit, isHopVisitMessage } from "../../../generated/tunnel/machines/hop-visit.ts";
import type {
  HopVisitEvent,
  HopVisitHandlers,
  HopVisitOutput,
  HopVisitState,
} from "../../../generated/tunnel/machines/hop-visit.ts";
import { decodeNodeHop } from "../../../generated/tunnel/receive.ts";
import { encodeTunnel } from "../../../generated/tunnel/send.ts";
import { TUNNEL_TRANSPORTS } from "../../../generated/tunnel/tags.ts";
import type { ListenerOwner, StreamOwner } from "../kernel/kernel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import { hopProof } from "./hop-proof.ts";
import { HopStream } from "./hop-stream.ts";
import type { HopSurroundings } from "./hop-stream.ts";
import { observeMessage } from "./observe-message.ts";

/** Where to listen, for whom, and who hears of it. */
export interface HopListenerOptions {
  /** Local address. Default: all. */
  readonly address?: string | undefined;
  /** 0 takes any free one. */
  readonly port: number;
  /** The only IP address that connections may come from; any other text admits nobody. */
  readonly expects: string;
  readonly ticket: Uint8Array;
  readonly listening: (port: number) => void;
  readonly failed: () => void;
  /** Who has the ticket is here; the port is closed and everyone else turned away. */
  readonly joined: (stream: HopStream) => void;
  /** The connection that `joined` gave is over before anybody took it. */
  readonly lost: () => void;
}

/** A port of a chain: it admits one connection, from the right address and with the ticket. */
export class HopListener implements ListenerOwner {
  readonly #around: HopSurroundings;
  readonly #options: HopListenerOptions;
  readonly #visits = new Set<HopVisit>();
  readonly #listener: ListenerId;

  constructor(around: HopSurroundings, options: HopListenerOptions) {
    this.#around = around;
    this.#options = options;
    const { address, port } = options;
    this.#listener = around.kernel.listen(
      { port, unread: false, ...(address === undefined ? {} : { address }) },
      this,
    );
  }

  /** Closes the port and turns away whoever is proving. */
  close(): void {
    this.#around.kernel.unlisten(this.#listener);
    for (const visit of [...this.#visits]) visit.cancel();
    this.#visits.clear();
  }

  listening(port: number): void {
    this.#options.listening(port);
  }

  /** An address has more than one text, and one of IPv4 may come as an IPv6 address that stands for it. */
  #isExpected({ address }: Endpoint): boolean {
    const canonical = transportIp(address);
    return canonical !== undefined && canonical === transportIp(this.#options.expects);
  }

  listenFailed(): void {
    this.#options.failed();
  }

  streamAccepted(stream: StreamId, remote: Endpoint): void {
    const { kernel, limits } = this.#around;
    if (!this.#isExpected(remote)) {
      kernel.count("stranger");
      kernel.refuseStream(stream);
      return;
    }
    if (this.#visits.size >= limits.strangersMax) {
      // Who has the ticket shows it at once: a newcomer may be the one, and whoever is silent holds no place against it.
      kernel.count("limit");
      const [oldest] = this.#visits;
      oldest?.cancel();
    }
    const { ticket, lost } = this.#options;
    const visit: HopVisit = new HopVisit(this.#around, {
      stream,
      ticket,
      admitted: (rest) => {
        this.#visits.delete(visit);
        this.close();
        this.#options.joined(new HopStream(this.#around, { stream, rest, lost }));
      },
      over: () => {
        this.#visits.delete(visit);
      },
    });
    this.#visits.add(visit);
  }
}

interface HopVisitOptions {
  readonly stream: StreamId;
  readonly ticket: Uint8Array;
  /** @param rest what came after the proof. */
  readonly admitted: (rest: Uint8Array) => void;
  readonly over: () => void;
}

/** One connection that is proving itself. */
class HopVisit implements StreamOwner {
  readonly #around: HopSurroundings;
  readonly #options: HopVisitOptions;
  readonly #reader = new FrameReader({ maxBytes: TUNNEL_TRANSPORTS.hop.maxBytes });
  readonly #runner: MachineRunner<HopVisitState, HopVisitEvent, HopVisitOutput>;

  constructor(around: HopSurroundings, options: HopVisitOptions) {
    const { kernel, limits } = around;
    this.#around = around;
    this.#options = options;
    kernel.own(options.stream, this);
    this.#runner = runMachine({
      kernel,
      scope: `hop/${String(options.stream)}`,
      definition: defineHopVisit(this.#transitions(), limits),
      initial: { name: "awaitHello" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  cancel(): void {
    this.#runner.dispatch({ name: "cancel" });
  }

  streamOpened(): void {
    throw new RangeError("an accepted stream is open already");
  }

  streamData(bytes: Uint8Array): void {
    const fault = this.#around.kernel.guard(() => {
      this.#reader.push(bytes);
      if (!this.#reader.next()) return;
      const { tag, bytes: frame, view, offset, end } = this.#reader;
      const received = decodeNodeHop(tag, frame, view, offset, end);
      this.#observe("received", received.name);
      if (!isHopVisitMessage(received) || this.#runner.dispatch(received) === "refused") {
        this.#runner.dispatch({ name: "malformed" });
      }
    });
    if (fault !== undefined) this.#runner.dispatch({ name: "malformed" });
    this.#tellIfOver();
  }

  streamClosed(): void {
    this.#runner.dispatch({ name: "lost" });
    this.#tellIfOver();
  }

  #tellIfOver(): void {
    if (this.#runner.state.name === "refused") this.#options.over();
  }

  #observe(kind: "sent" | "received", message: "HopHello" | "HopWelcome"): void {
    const scope = `hop/${String(this.#options.stream)}`;
    observeMessage(this.#around.kernel, scope, { kind, message });
  }

  #transitions(): HopVisitHandlers {
    const { kernel } = this.#around;
    const { crypto } = kernel;
    return {
      awaitHelloOnHopHello: (_state, { message: { nonce, proof } }) => {
        const { ticket } = this.#options;
        if (!crypto.equal(hopProof(crypto, ticket, { by: "join", nonce }), proof)) {
          kernel.count("bad-authentication");
          return { state: { name: "refused" }, outputs: [{ kind: "do", name: "hangUp" }] };
        }
        const message = { proof: hopProof(crypto, ticket, { by: "welcome", nonce }) };
        return {
          state: { name: "admitted" },
          outputs: [
            { kind: "send", name: "HopWelcome", to: "node", message },
            { kind: "do", name: "admit" },
          ],
        };
      },
    };
  }

  #perform(output: HopVisitOutput): void {
    const { kernel, scratch } = this.#around;
    const { stream, admitted } = this.#options;
    if (output.kind === "send") {
      const frame = scratch.take((bytes, view, at) => encodeTunnel(output, bytes, view, at));
      kernel.write(stream, frame);
      this.#observe("sent", output.name);
    } else if (output.name === "admit") {
      admitted(this.#reader.takeRest());
    } else {
      kernel.closeStream(stream, true);
      this.#options.over();
    }
  }
}
