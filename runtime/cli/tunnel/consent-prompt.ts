import { createInterface } from "node:readline";
import type { Interface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { TunnelAnswer, TunnelQuestion } from "../../processes/tunnel-types.ts";

/** What is typed so soon after a question was withdrawn was meant for it, and not for the next. */
const GRACE_MS = 1000;
/** Nobody reads a question and answers it in less: the line was begun before. */
const SEEN_MS = 300;

const NOBODY: TunnelAnswer = { isAllowed: false, reason: "nobody is there to ask" };

/** Where questions are asked. */
export interface ConsentPromptOptions {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
  /** Tells the user something beside the questions. */
  readonly tell: (text: string) => void;
  /** The user wants the program to end. */
  readonly interrupted: () => void;
}

/**
 * Asks on the terminal who may come, one question after the other; where nobody sits at one, the answer is no. The
 * terminal is read all the time, so that a line which answers nothing is dropped and not kept for the next question.
 */
export class ConsentPrompt {
  readonly #options: ConsentPromptOptions;
  /** Undefined if nobody sits there. */
  #lines: Interface | undefined;
  /** Who waits for a line. */
  #take: ((line: string) => void) | undefined;
  #before: Promise<unknown> = Promise.resolve();

  constructor(options: ConsentPromptOptions) {
    const { input, interrupted, output } = options;
    this.#options = options;
    if (input.isTTY !== true) return;
    this.#lines = createInterface({ input, output, prompt: "" });
    this.#lines.on("SIGINT", interrupted);
    this.#lines.on("line", (line) => this.#take?.(line));
    this.#lines.once("close", () => {
      this.#lines = undefined;
      this.#take?.("");
    });
  }

  /** Settles with the answer, which is no if the question is withdrawn. */
  ask(question: TunnelQuestion): Promise<TunnelAnswer> {
    const answer = this.#before.then(() => this.#show(question));
    this.#before = answer;
    return answer;
  }

  /** Gives the terminal back. */
  close(): void {
    this.#lines?.close();
  }

  async #show(question: TunnelQuestion): Promise<TunnelAnswer> {
    const { tell } = this.#options;
    const { plain, user, withdrawn } = question;
    if (withdrawn.aborted) return NOBODY;
    if (this.#lines === undefined) {
      const [mode, flag] = plain ? [" without encryption", " --plain"] : ["", ""];
      const command = `tagwire tunnel allow ${user} --always${flag}`;
      tell(`${user} wants a tunnel${mode} and is refused: run \`${command}\``);
      return NOBODY;
    }
    const answer = await this.#answerTo(question, this.#lines);
    if (answer === undefined) {
      this.#options.output.write("\n");
      tell(`${user} does not wait for an answer any more`);
      await setTimeout(GRACE_MS);
      return NOBODY;
    }
    const isAllowed = /^y(es)?$/i.test(answer.trim());
    return { isAllowed, reason: isAllowed ? "" : "the user said no" };
  }

  /** What the user says: nothing if the terminal is closed, undefined if the question is withdrawn meanwhile. */
  #answerTo(question: TunnelQuestion, lines: Interface): Promise<string | undefined> {
    const { withdrawn } = question;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const settle = (answer: string | undefined): void => {
      this.#take = undefined;
      withdrawn.removeEventListener("abort", withdraw);
      lines.setPrompt("");
      resolve(answer);
    };
    const withdraw = (): void => {
      // What was begun for this question must not stand before the next.
      if (lines.terminal) lines.write(null, { ctrl: true, name: "u" });
      settle(undefined);
    };
    withdrawn.addEventListener("abort", withdraw);
    const shownMs = performance.now();
    this.#take = (line) => {
      const isSeen = performance.now() - shownMs >= SEEN_MS;
      if (isSeen || this.#lines === undefined) settle(line);
      else lines.prompt();
    };
    lines.setPrompt(textOf(question));
    lines.prompt();
    return promise;
  }
}

function textOf({ plain, user }: TunnelQuestion): string {
  const mode = plain
    ? ` WITHOUT ENCRYPTION: relays can read and change all that passes, and nothing proves that it is ${user}`
    : "";
  return `${user} wants a tunnel${mode}. Allow it? [y/N] `;
}
