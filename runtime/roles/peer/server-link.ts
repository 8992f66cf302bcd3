import type { Endpoint, MachineRunner, PeerSigner } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import {
  defineRegistration,
  isRegistrationMessage,
} from "../../../generated/peer/machines/registration.ts";
import type {
  RegistrationEvent,
  RegistrationHandlers,
  RegistrationIn,
  RegistrationOut,
  RegistrationOutput,
  RegistrationState,
} from "../../../generated/peer/machines/registration.ts";
import type { Challenge } from "../../../generated/peer/messages/root.ts";
import type { PeerUdpReceived } from "../../../generated/peer/receive.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import { registrationStatement } from "./statements.ts";

/** What a link asks of its peer. */
export interface LinkOffice {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  readonly signer: PeerSigner;
  /** How often a keep-alive is due where the server sees us, milliseconds. */
  periodMs(observed: Endpoint | undefined): number;
  /** Sends a message to a server. */
  sendTo(server: Endpoint, sent: PeerSent): void;
  registered(link: ServerLink): void;
  /** The verdict. */
  unavailable(link: ServerLink): void;
}

/** A peer's registration with one server (REQUIREMENTS E1, E3, E4). */
export class ServerLink {
  readonly server: Endpoint;
  /** Where the server sees us, as it said last. */
  observed: Endpoint | undefined;
  readonly #office: LinkOffice;
  readonly #runner: MachineRunner<RegistrationState, RegistrationEvent, RegistrationOutput>;

  constructor(office: LinkOffice, place: { readonly server: Endpoint; readonly index: number }) {
    this.#office = office;
    this.server = place.server;
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: `link/${String(place.index)}`,
      definition: defineRegistration(this.#transitions(), office.limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  get isRegistered(): boolean {
    return this.#runner.state.name === "registered";
  }

  get isUnavailable(): boolean {
    return this.#runner.state.name === "unavailable";
  }

  dispatch(event: RegistrationEvent): void {
    this.#runner.dispatch(event);
  }

  /** Takes a message of the server; says whether it was about the registration. */
  take(received: PeerUdpReceived): boolean {
    if (!isRegistrationMessage(received)) return false;
    this.#runner.dispatch(received);
    return true;
  }

  #transitions(): RegistrationHandlers {
    const { limits } = this.#office;
    const first = (): {
      readonly state: RegistrationIn<"registering">;
      readonly outputs: readonly [RegistrationOut<"Register">];
    } => ({
      state: { name: "registering", attempt: 0, waitMs: limits.registerRetryMs[0] ?? 0 },
      outputs: [this.#register()],
    });
    return {
      idleOnBegin: first,
      begunOnBegin: first,
      unavailableOnAgain: first,
      registeringOnChallenge: ({ attempt, waitMs }, { message }) => ({
        state: { name: "proving", attempt, waitMs },
        outputs: [this.#proof(message)],
      }),
      provingOnChallenge: (state, { message }) => ({ state, outputs: [this.#proof(message)] }),
      askingOnRetry: ({ attempt }) => {
        const waitMs = limits.registerRetryMs[attempt + 1];
        if (waitMs === undefined) {
          return { state: { name: "unavailable" }, outputs: [{ kind: "do", name: "verdict" }] };
        }
        return {
          state: { name: "registering", attempt: attempt + 1, waitMs },
          outputs: [this.#register()],
        };
      },
      provingOnOk: () => ({ state: this.#resting() }),
      registeredOnOk: () => ({ state: this.#resting() }),
      registeredOnSetPeriod: () => ({ state: this.#resting() }),
      registeredOnHush: ({ unanswered }, { forMs }) => ({
        state: { name: "registered", unanswered, waitMs: forMs },
      }),
      registeredOnKeepAlive: ({ unanswered }) => {
        if (unanswered >= limits.keepAlivesLostMax) {
          const { state, outputs } = first();
          return { state, outputs: [{ kind: "do", name: "missing" }, ...outputs] };
        }
        // Whoever waits for an answer asks again sooner than whoever only holds a hole.
        const waitMs = limits.keepAliveAnswerMs;
        return {
          state: { name: "registered", unanswered: unanswered + 1, waitMs },
          outputs: [{ kind: "send", name: "KeepAlive", to: "peerServer", message: {} }],
        };
      },
    };
  }

  #resting(): RegistrationIn<"registered"> {
    const waitMs = this.#office.periodMs(this.observed);
    return { name: "registered", unanswered: 0, waitMs };
  }

  #register(): RegistrationOut<"Register"> {
    const { bytes } = this.#office.signer.certificate;
    return { kind: "send", name: "Register", to: "peerServer", message: { certificate: bytes } };
  }

  #proof({ issuedMs, cookie, observed }: Challenge): RegistrationOut<"Proof"> {
    const { signer } = this.#office;
    const { server } = this;
    this.observed = observed;
    const statement = registrationStatement({ issuedMs, cookie, observed, server });
    const message = {
      issuedMs,
      cookie,
      server,
      signature: signer.sign(statement),
      certificate: signer.certificate.bytes,
    };
    return { kind: "send", name: "Proof", to: "peerServer", message };
  }

  #perform(output: RegistrationOutput): void {
    if (output.kind === "send") {
      this.#office.sendTo(this.server, output);
      return;
    }
    switch (output.name) {
      case "announce":
        this.#office.registered(this);
        return;
      case "verdict":
        this.#office.unavailable(this);
        return;
      case "missing":
        this.#office.kernel.count("registration-missing");
        return;
    }
  }
}
