import { createInterface } from "node:readline/promises";
import type { Interface } from "node:readline/promises";
import { setTimeout } from "node:timers/promises";
import type { TunnelAnswer, TunnelQuestion } from "../../processes/tunnel-types.ts";

/** What is typed so soon after a question was withdrawn was meant for it, and not for the next. */
const GRACE_MS = 1000;

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

/** Asks on the terminal who may come, one question after the other; where nobody sits at one, the answer is no. */
export class ConsentPrompt {
  readonly #options: ConsentPromptOptions;
  #before: Promise<unknown> = Promise.resolve();

  constructor(options: ConsentPromptOptions) {
    this.#options = options;
  }

  /** Settles with the answer, which is no if the question is withdrawn. */
  ask(question: TunnelQuestion): Promise<TunnelAnswer> {
    const answer = this.#before.then(() => this.#show(question));
    this.#before = answer;
    return answer;
  }

  async #show(question: TunnelQuestion): Promise<TunnelAnswer> {
    const { input, interrupted, output, tell } = this.#options;
    const { plain, user, withdrawn } = question;
    if (withdrawn.aborted) return NOBODY;
    if (input.isTTY !== true) {
      const mode = plain ? " --plain" : "";
      tell(
        `${user} wants a tunnel${plain ? " without encryption" : ""} and is refused: run \`tagwire tunnel allow ${user} --always${mode}\``,
      );
      return NOBODY;
    }
    const lines = createInterface({ input, output });
    lines.on("SIGINT", interrupted);
    try {
      const answer = await answerTo(lines, question);
      if (answer === undefined) {
        output.write("\n");
        tell(`${user} does not wait for an answer any more`);
        await setTimeout(GRACE_MS);
        return NOBODY;
      }
      const isAllowed = /^y(es)?$/i.test(answer.trim());
      return { isAllowed, reason: isAllowed ? "" : "the user said no" };
    } finally {
      lines.close();
    }
  }
}

/** What the user says: nothing if the terminal is closed, undefined if the question is withdrawn meanwhile. */
async function answerTo(lines: Interface, question: TunnelQuestion): Promise<string | undefined> {
  const { withdrawn } = question;
  const closed = new Promise<string>((resolve) => {
    lines.once("close", () => {
      resolve("");
    });
  });
  try {
    return await Promise.race([lines.question(textOf(question), { signal: withdrawn }), closed]);
  } catch (error) {
    if (withdrawn.aborted) return undefined;
    throw error;
  }
}

function textOf({ plain, user }: TunnelQuestion): string {
  const mode = plain
    ? ` WITHOUT ENCRYPTION: relays can read and change all that passes, and nothing proves that it is ${user}`
    : "";
  return `${user} wants a tunnel${mode}. Allow it? [y/N] `;
}
