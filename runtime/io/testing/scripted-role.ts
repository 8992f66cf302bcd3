import type { Effect, Input, Role } from "../../core/role.ts";

/** An input of a role in tests, whose commands are the effects it is to issue. */
export type ScriptedInput = Input<readonly Effect<string>[]>;

/**
 * A role for tests of a host: it records its inputs (with copies of their bytes), issues the effects it is
 * commanded to, and whatever `answer` says to an input.
 */
export class ScriptedRole implements Role<readonly Effect<string>[], string> {
  readonly inputs: ScriptedInput[] = [];
  readonly times: number[] = [];
  readonly #effects: Effect<string>[] = [];
  readonly #answer: (input: ScriptedInput) => readonly Effect<string>[];
  readonly #waiters: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  constructor(answer: (input: ScriptedInput) => readonly Effect<string>[] = () => []) {
    this.#answer = answer;
  }

  handle(input: ScriptedInput, nowMs: number): void {
    this.inputs.push("bytes" in input ? { ...input, bytes: input.bytes.slice() } : input);
    this.times.push(nowMs);
    if (input.type === "command") this.#effects.push(...input.command);
    this.#effects.push(...this.#answer(input));
    for (const waiter of this.#waiters) if (waiter.isMet()) waiter.resolve();
  }

  poll(): Effect<string> | undefined {
    return this.#effects.shift();
  }

  /** The inputs of one type. */
  of<Type extends ScriptedInput["type"]>(type: Type): Extract<ScriptedInput, { type: Type }>[] {
    return this.inputs.filter(
      (input): input is Extract<ScriptedInput, { type: Type }> => input.type === type,
    );
  }

  /** All bytes that a stream delivered. */
  bytesOf(stream: number): Buffer {
    return Buffer.concat(
      this.of("streamData")
        .filter((input) => input.stream === stream)
        .map((input) => input.bytes),
    );
  }

  /** Resolves once as many inputs of a type were handled. */
  async received(type: ScriptedInput["type"], count = 1): Promise<void> {
    await this.when(() => this.of(type).length >= count);
  }

  /** Resolves once a condition on the recorded inputs holds. It is looked at after each input. */
  async when(isMet: () => boolean): Promise<void> {
    if (isMet()) return;
    await new Promise<void>((resolve) => {
      this.#waiters.push({ isMet, resolve });
    });
  }
}
