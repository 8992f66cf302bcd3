import type { Crypto, MachineRunner } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import { defineVerification } from "../../../generated/peer/machines/verification.ts";
import type {
  VerificationEvent,
  VerificationHandlers,
  VerificationOut,
  VerificationOutput,
  VerificationState,
} from "../../../generated/peer/machines/verification.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { MachineSurroundings } from "../kernel/run-machine.ts";
import type { CodeParties, CodeScheme } from "./code-scheme.ts";
import type { ComparisonResult } from "./peer-events.ts";

/** What a comparison asks of the contact that it is with. */
export interface ComparisonOffice {
  readonly kernel: MachineSurroundings;
  readonly crypto: Crypto;
  readonly limits: PeerLimits;
  readonly scheme: CodeScheme;
  /** Names the comparison among the role's. */
  readonly scope: string;
  /** Fingerprints as this side sees them. */
  readonly own: Uint8Array;
  readonly other: Uint8Array;
  send(sent: PeerSent): void;
  showCode(code: string): void;
  pin(): void;
  /** Called once. */
  ended(result: ComparisonResult): void;
}

/** States in which the code is known. */
type Judging = `${"comparing" | "judged" | "verified" | "mismatched"}On${string}`;

/** One comparison of codes with another peer (REQUIREMENTS E6). */
export class Comparison {
  readonly #office: ComparisonOffice;
  readonly #runner: MachineRunner<VerificationState, VerificationEvent, VerificationOutput>;
  readonly #nonce: Uint8Array;
  #parties: CodeParties | undefined;
  #commitment: Uint8Array = NOTHING;
  #otherNonce: Uint8Array = NOTHING;
  #isInitiator = false;
  #isUnrevealed = false;

  constructor(office: ComparisonOffice) {
    this.#office = office;
    this.#nonce = office.crypto.randomBytes(32);
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: office.scope,
      definition: defineVerification(this.#transitions(), office.limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  get state(): VerificationState["name"] {
    return this.#runner.state.name;
  }

  /** Whether this side has committed and the other has not answered yet. */
  get isUnanswered(): boolean {
    return this.state === "committed";
  }

  /** Whether nothing but another comparison can follow. */
  get isOver(): boolean {
    return ["verified", "mismatched", "forged", "abandoned"].includes(this.state);
  }

  /** Whether the other side began, got our nonce, and did not show its own as it had committed to. */
  get wasUnrevealed(): boolean {
    return this.#isUnrevealed;
  }

  /** Names this comparison; undefined before it has begun. */
  get round(): number | undefined {
    return this.#parties?.round;
  }

  begin(): void {
    const bytes = this.#office.crypto.randomBytes(4);
    const round = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    this.dispatch({ name: "begin", round });
  }

  dispatch(event: VerificationEvent): void {
    this.#runner.dispatch(event);
  }

  #transitions(): VerificationHandlers {
    return { ...this.#exchanging(), ...this.#judging() };
  }

  /** Until both sides know the code. */
  #exchanging(): Omit<VerificationHandlers, keyof VerificationHandlers & Judging> {
    const { codeRetriesMax } = this.#office.limits;
    const abandoned = { state: { name: "abandoned" }, outputs: [ABANDON] } as const;
    return {
      idleOnBegin: (_state, { round }) => {
        this.#meet(round, true);
        return { state: { name: "committed", round, attempt: 0 }, outputs: [this.#commit()] };
      },
      idleOnCommit: (_state, { message }) => {
        this.#meet(message.round, false);
        this.#commitment = message.commitment;
        this.#isUnrevealed = true;
        return {
          state: { name: "answered", round: message.round, attempt: 0 },
          outputs: [this.#reply()],
        };
      },
      committedOnReply: (state, { message }) => {
        this.#otherNonce = message.nonce;
        return {
          state: { name: "comparing", round: state.round, theySaidSame: false },
          outputs: [this.#reveal(), SHOW_CODE],
        };
      },
      committedOnRetry: ({ round, attempt }) =>
        attempt + 1 < codeRetriesMax
          ? {
              state: { name: "committed", round, attempt: attempt + 1 },
              outputs: [this.#commit()],
            }
          : abandoned,
      // Only the commitment that was answered first counts: another would choose the code after our nonce.
      answeredOnCommit: (state) => ({ state, outputs: [this.#reply()] }),
      commitmentHolds: (_state, { message }) => {
        const { crypto, scheme } = this.#office;
        const revealed = { nonce: message.nonce, commitment: this.#commitment };
        return scheme.holds(crypto, this.#both(), revealed);
      },
      answeredOnRevealWhenCommitmentHolds: ({ round }, { message }) => {
        this.#isUnrevealed = false;
        this.#otherNonce = message.nonce;
        return {
          state: { name: "comparing", round, theySaidSame: false },
          outputs: [SHOW_CODE],
        };
      },
      answeredOnRetry: ({ round, attempt }) =>
        attempt + 1 < codeRetriesMax
          ? {
              state: { name: "answered", round, attempt: attempt + 1 },
              outputs: [this.#reply()],
            }
          : abandoned,
    };
  }

  /** From then on. */
  #judging(): Pick<VerificationHandlers, keyof VerificationHandlers & Judging> {
    // Of a comparison that the other began there is nothing to show again.
    const revealed = (): readonly VerificationOut<"Reveal">[] =>
      this.#isInitiator ? [this.#reveal()] : [];
    return {
      comparingOnReply: (state) => ({ state, outputs: revealed() }),
      judgedOnReply: (state) => ({ state, outputs: revealed() }),
      comparingOnJudge: ({ round, theySaidSame }, { same }) => {
        if (!same) {
          return {
            state: { name: "mismatched", round },
            outputs: [this.#verdict(false, theySaidSame), ALARM],
          };
        }
        return theySaidSame
          ? { state: { name: "verified", round }, outputs: [this.#verdict(true, true), PIN] }
          : { state: { name: "judged", round }, outputs: [this.#verdict(true, false)] };
      },
      comparingOnVerdict: ({ round }, { message }) =>
        message.same
          ? { state: { name: "comparing", round, theySaidSame: true } }
          : {
              state: { name: "mismatched", round },
              outputs: [this.#verdict(false, true), ALARM],
            },
      judgedOnVerdict: ({ round }, { message }) =>
        message.same
          ? {
              state: { name: "verified", round },
              outputs: message.heard ? [PIN] : [this.#verdict(true, true), PIN],
            }
          : {
              state: { name: "mismatched", round },
              outputs: [this.#verdict(true, true), ALARM],
            },
      judgedOnRetry: (state) => ({ state, outputs: [this.#verdict(true, false)] }),
      verifiedOnVerdict: (state, { message }) => ({
        state,
        outputs: message.heard ? [] : [this.#verdict(true, true)],
      }),
      mismatchedOnVerdict: (state, { message }) => ({
        state,
        outputs: message.heard ? [] : [this.#verdict(false, true)],
      }),
    };
  }

  #meet(round: number, isInitiator: boolean): void {
    const { own, other } = this.#office;
    this.#isInitiator = isInitiator;
    this.#parties = isInitiator
      ? { initiator: own, responder: other, round }
      : { initiator: other, responder: own, round };
  }

  #both(): CodeParties {
    if (this.#parties === undefined) throw new RangeError("the comparison has not begun");
    return this.#parties;
  }

  #commit(): VerificationOut<"Commit"> {
    const { crypto, scheme } = this.#office;
    const commitment = scheme.commitment(crypto, this.#both(), this.#nonce);
    const { round } = this.#both();
    return { kind: "send", name: "Commit", to: "peer", message: { round, commitment } };
  }

  #reply(): VerificationOut<"Reply"> {
    const message = { round: this.#both().round, nonce: this.#nonce };
    return { kind: "send", name: "Reply", to: "peer", message };
  }

  #reveal(): VerificationOut<"Reveal"> {
    const message = { round: this.#both().round, nonce: this.#nonce };
    return { kind: "send", name: "Reveal", to: "peer", message };
  }

  #verdict(same: boolean, heard: boolean): VerificationOut<"Verdict"> {
    const message = { round: this.#both().round, same, heard };
    return { kind: "send", name: "Verdict", to: "peer", message };
  }

  #code(): string {
    const { crypto, scheme } = this.#office;
    const nonces = this.#isInitiator
      ? { initiator: this.#nonce, responder: this.#otherNonce }
      : { initiator: this.#otherNonce, responder: this.#nonce };
    return scheme.code(crypto, this.#both(), nonces);
  }

  #perform(output: VerificationOutput): void {
    const office = this.#office;
    if (output.kind === "send") {
      office.send(output);
      return;
    }
    switch (output.name) {
      case "showCode":
        office.showCode(this.#code());
        return;
      case "pin":
        office.pin();
        office.ended("same");
        return;
      case "alarm":
        office.ended(this.state === "forged" ? "forged" : "different");
        return;
      case "abandon":
        office.ended("abandoned");
        return;
    }
  }
}

const NOTHING = new Uint8Array(0);
const SHOW_CODE: VerificationOut<"showCode"> = { kind: "do", name: "showCode" };
const PIN: VerificationOut<"pin"> = { kind: "do", name: "pin" };
const ALARM: VerificationOut<"alarm"> = { kind: "do", name: "alarm" };
const ABANDON: VerificationOut<"abandon"> = { kind: "do", name: "abandon" };
