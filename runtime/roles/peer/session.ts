import { WireError } from "../../core/index.ts";
import type {
  KeyPair,
  MachineRunner,
  PeerCertificate,
  PeerCertificates,
  PeerSigner,
} from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import { definePeerSession } from "../../../generated/peer/machines/peer-session.ts";
import type {
  PeerSessionEvent,
  PeerSessionHandlers,
  PeerSessionOut,
  PeerSessionOutput,
  PeerSessionState,
} from "../../../generated/peer/machines/peer-session.ts";
import type { Answer, Greet, Sealed } from "../../../generated/peer/messages/session.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import { afterTimers } from "./after-timers.ts";
import { SessionSecrets } from "./session-secrets.ts";

/** What a session asks of the contact that it is with. */
export interface SessionOffice {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  readonly certificates: PeerCertificates;
  readonly signer: PeerSigner;
  readonly staticKey: KeyPair;
  /** Fingerprint of the other peer. */
  readonly other: Uint8Array;
  /** Sends a frame of the handshake, through every server. */
  sendOpening(sent: PeerSent): void;
  /** Seals a frame in this session and sends it. */
  sendContent(session: PeerSession, sent: PeerSent): void;
  /** The session can be used. */
  established(session: PeerSession): void;
  unreachable(session: PeerSession): void;
  refused(session: PeerSession): void;
  renew(session: PeerSession): void;
  /** Called once. */
  over(session: PeerSession): void;
}

/** How one side calls a session. */
export interface SessionNames {
  /** Unique within this peer; stands in what is sent to us. */
  readonly local: number;
  readonly isInitiator: boolean;
}

/** One end of an encrypted session. */
export class PeerSession {
  readonly local: number;
  readonly isInitiator: boolean;
  /** When something of content last passed, monotonic. */
  usedMs: number;
  readonly #office: SessionOffice;
  readonly #secrets: SessionSecrets;
  readonly #runner: MachineRunner<PeerSessionState, PeerSessionEvent, PeerSessionOutput>;
  #certificate: PeerCertificate | undefined;
  #remote = 0;
  /** What we said last in the handshake, to be said again. */
  #greet: Greet | undefined;
  #answer: Answer | undefined;
  #finish: Uint8Array | undefined;
  /** An answer that came before the certificate. */
  #early: Answer | undefined;
  #isOver = false;

  constructor(office: SessionOffice, { local, isInitiator }: SessionNames) {
    const { certificates, kernel, limits, other, signer, staticKey } = office;
    this.#office = office;
    this.local = local;
    this.isInitiator = isInitiator;
    this.usedMs = kernel.nowMs;
    this.#secrets = new SessionSecrets({
      crypto: kernel.crypto,
      certificates,
      signer,
      staticKey,
      other,
      isInitiator,
    });
    this.#runner = runMachine({
      kernel: afterTimers(kernel, () => {
        this.#noteEnd();
      }),
      scope: `session/${String(local)}`,
      definition: definePeerSession(this.#transitions(), limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  get isOpen(): boolean {
    return this.#runner.state.name === "open";
  }

  /** Whether this is the answer to that greeting. */
  answers(greet: Greet): boolean {
    const known = this.#greet;
    const { crypto } = this.#office.kernel;
    return known?.session === greet.session && crypto.equal(known.noise, greet.noise);
  }

  /** The certificate of the other peer. @throws {RangeError} before the session is open: a bug in the caller. */
  get certificate(): PeerCertificate {
    if (this.#certificate === undefined) throw new RangeError("the session is not open");
    return this.#certificate;
  }

  dispatch(event: PeerSessionEvent): void {
    if (event.name === "Answer" && this.#certificate === undefined) {
      this.#early = event.message;
      return;
    }
    this.#runner.dispatch(event);
    const early = this.#early;
    if (early !== undefined && this.#certificate !== undefined) {
      this.#early = undefined;
      this.#runner.dispatch({ name: "Answer", message: early });
    }
    this.#noteEnd();
  }

  /** A frame sealed for the other peer. @throws {RangeError} without keys: a bug in the caller. */
  seal(frame: Uint8Array): Sealed {
    return { session: this.#remote, ...this.#secrets.seal(frame) };
  }

  /** The frame inside. @throws {WireError} if it is not genuine, seen before, or there are no keys yet. */
  open(sealed: Sealed): Uint8Array {
    if (!this.#secrets.isReady) throw new WireError("bad-authentication", "Sealed", 0);
    const frame = this.#secrets.open(sealed);
    if (!this.isOpen) this.dispatch({ name: "proved" });
    return frame;
  }

  #transitions(): PeerSessionHandlers {
    const { limits } = this.#office;
    const open = {
      state: { name: "open", waitMs: limits.sessionIdleMs },
      outputs: [{ kind: "do", name: "establish" }],
    } as const;
    return {
      idleOnBegin: () => ({
        state: { name: "greeting", attempt: 0, waitMs: limits.greetRetryMs[0] ?? 0 },
        outputs: [this.#greeting()],
      }),
      idleOnGreet: (_state, { message }) =>
        this.#take(message)
          ? { state: { name: "answering" }, outputs: this.#answering() }
          : { state: { name: "closed" } },
      answeringOnGreet: () => ({ state: { name: "answering" }, outputs: this.#answering() }),
      greetingOnIntroduce: (state, { message }) => {
        this.#keep(message.certificate);
        return { state };
      },
      greetingOnAnswer: (_state, { message }) => {
        if (!this.#accept(message)) {
          return { state: { name: "closed" }, outputs: [{ kind: "do", name: "refused" }] };
        }
        return {
          state: { name: "finishing", attempt: 0, waitMs: limits.greetRetryMs[0] ?? 0 },
          outputs: this.#finishing(),
        };
      },
      greetingOnRetry: ({ attempt }) => {
        const waitMs = limits.greetRetryMs[attempt + 1];
        if (waitMs === undefined) return UNREACHABLE;
        return {
          state: { name: "greeting", attempt: attempt + 1, waitMs },
          outputs: [this.#greeting()],
        };
      },
      finishingOnAnswer: (state) => ({ state, outputs: this.#finishing() }),
      finishingOnRetry: ({ attempt }) => {
        const waitMs = limits.greetRetryMs[attempt + 1];
        if (waitMs === undefined) return UNREACHABLE;
        return {
          state: { name: "finishing", attempt: attempt + 1, waitMs },
          outputs: this.#finishing(),
        };
      },
      finishingOnProved: () => open,
      answeringOnFinish: (_state, { message }) => {
        if (!this.#complete(message.noise)) {
          return { state: { name: "closed" }, outputs: [{ kind: "do", name: "refused" }] };
        }
        return { state: open.state, outputs: [...open.outputs, READY] };
      },
      openOnFinish: (state) => ({ state, outputs: [READY] }),
      openOnRenewal: (state) => ({
        state,
        outputs: this.isInitiator ? [{ kind: "do", name: "renew" }] : [],
      }),
      openOnIdleness: () => {
        const restMs = this.usedMs + limits.sessionIdleMs - this.#office.kernel.nowMs;
        return restMs > 0
          ? { state: { name: "open", waitMs: Math.ceil(restMs) } }
          : { state: { name: "closed" }, outputs: [LEAVE, FORGET] };
      },
      openOnClose: () => ({ state: { name: "closed" }, outputs: [LEAVE, FORGET] }),
    };
  }

  /** Answerer: takes the greeting; false if it is of nobody that the server says. */
  #take(greet: Greet): boolean {
    return this.#attempt(() => {
      if (!this.#keep(greet.certificate)) {
        throw new WireError("bad-authentication", "Greet.certificate", 0);
      }
      this.#greet = greet;
      this.#remote = greet.session;
      const noise = this.#secrets.answer(greet.noise);
      this.#answer = { session: greet.session, answerer: this.local, noise };
    });
  }

  /** Initiator: takes the answer; false if it is not of the peer that was asked for. */
  #accept({ answerer, noise }: Answer): boolean {
    return this.#attempt(() => {
      this.#finish = this.#secrets.finish(noise, this.certificate);
      this.#remote = answerer;
    });
  }

  #complete(noise: Uint8Array): boolean {
    return this.#attempt(() => {
      this.#secrets.complete(noise, this.certificate);
    });
  }

  #attempt(work: () => void): boolean {
    return this.#office.kernel.guard(work) === undefined;
  }

  /** Keeps the certificate if it has the fingerprint that it must have and is valid now. */
  #keep(bytes: Uint8Array): boolean {
    const { certificates, kernel, other } = this.#office;
    const certificate = certificates.read(bytes);
    const unixMs = kernel.unixMs();
    if (
      certificate === undefined ||
      !kernel.crypto.equal(certificate.fingerprint, other) ||
      unixMs < certificate.validFromUnixMs ||
      unixMs > certificate.validToUnixMs
    ) {
      kernel.count("bad-certificate");
      return false;
    }
    this.#certificate = certificate;
    return true;
  }

  #greeting(): PeerSessionOut<"Greet"> {
    const { signer } = this.#office;
    const certificate = signer.certificate.bytes;
    this.#greet ??= { session: this.local, noise: this.#secrets.greet(), certificate };
    return { kind: "send", name: "Greet", to: "peer", message: this.#greet };
  }

  #answering(): readonly PeerSessionOut<"Introduce" | "Answer">[] {
    const answer = this.#answer;
    if (answer === undefined) return [];
    const certificate = this.#office.signer.certificate.bytes;
    return [
      {
        kind: "send",
        name: "Introduce",
        to: "peer",
        message: { session: answer.session, certificate },
      },
      { kind: "send", name: "Answer", to: "peer", message: answer },
    ];
  }

  #finishing(): readonly PeerSessionOut<"Finish">[] {
    const noise = this.#finish;
    if (noise === undefined) return [];
    const message = { session: this.#remote, noise };
    return [{ kind: "send", name: "Finish", to: "peer", message }];
  }

  #perform(output: PeerSessionOutput): void {
    const office = this.#office;
    switch (output.name) {
      case "Greet":
      case "Introduce":
      case "Answer":
      case "Finish":
        office.sendOpening(output);
        return;
      case "Ready":
      case "Leave":
        office.sendContent(this, output);
        return;
      case "establish":
        office.established(this);
        return;
      case "unreachable":
        office.unreachable(this);
        return;
      case "refused":
        office.refused(this);
        return;
      case "renew":
        office.renew(this);
        return;
      case "forgetKeys":
        this.#secrets.forget();
        return;
    }
  }

  #noteEnd(): void {
    if (this.#isOver || this.#runner.state.name !== "closed") return;
    this.#isOver = true;
    this.#office.over(this);
  }
}

const READY: PeerSessionOut<"Ready"> = { kind: "send", name: "Ready", to: "peer", message: {} };
const LEAVE: PeerSessionOut<"Leave"> = { kind: "send", name: "Leave", to: "peer", message: {} };
const FORGET: PeerSessionOut<"forgetKeys"> = { kind: "do", name: "forgetKeys" };
const UNREACHABLE = {
  state: { name: "closed" },
  outputs: [{ kind: "do", name: "unreachable" }],
} as const;
