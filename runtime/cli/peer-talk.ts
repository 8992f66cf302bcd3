import { fingerprintText } from "../core/index.ts";
import { endpointText } from "../io/addresses.ts";
import type { PeerHandlers } from "../processes/peer-types.ts";
import type { PeerEvent } from "../roles/peer/peer-events.ts";
import { PeerQuestions } from "./peer-questions.ts";
import { plainText } from "./result-text.ts";

/** How a talk reaches its user. */
interface PeerTalkOptions {
  readonly write: (value: object, text: string) => void;
  readonly tell: (text: string) => void;
  /** Takes every file that is offered. */
  readonly acceptFiles: boolean;
  /** Takes what the user types that answers no question. Default: says that yes or no is wanted. */
  readonly onLine?: (line: string) => void;
}

/** What a peer's user sees, and what it answers. */
export class PeerTalk {
  readonly handlers: PeerHandlers;
  readonly questions: PeerQuestions;
  readonly #options: PeerTalkOptions;
  readonly #unanswerable = Promise.withResolvers<undefined>();

  constructor(options: PeerTalkOptions) {
    this.#options = options;
    const { acceptFiles, tell, write } = options;
    const onLine = (line: string): void => {
      if (line !== "") tell("answer yes or no");
    };
    this.questions = new PeerQuestions(options.onLine ?? onLine, () => {
      tell("standard input has ended, so nobody can answer here");
      this.#unanswerable.resolve(undefined);
    });
    this.handlers = {
      onMessage: ({ from, number, body }) => {
        const text = new TextDecoder().decode(body);
        write(
          { message: text, from: fingerprintText(from), number },
          `${shortName(from)}: ${plainText(text)}`,
        );
      },
      onCode: ({ from, name, code }) => this.#compare(from, name, code),
      onFileOffered: ({ from, file }) => {
        const answer = acceptFiles ? "taken" : "refused; --accept-files takes files";
        tell(
          `${shortName(from)} offers ${plainText(file.fileName)}, ${String(file.sizeBytes)} bytes: ${answer}`,
        );
        return acceptFiles;
      },
      onFile: ({ from, path }) => {
        write(
          { file: path, from: fingerprintText(from) },
          `${shortName(from)} sent ${plainText(path)}`,
        );
      },
      onSettled: ({ to, body, failure }) => {
        const text = plainText(new TextDecoder().decode(body));
        const outcome = failure === undefined ? "delivered" : `not delivered (${failure})`;
        tell(`"${text}", said to ${shortName(to)} before this start: ${outcome}`);
      },
      onEvent: (event) => {
        this.#tell(event);
      },
    };
  }

  /** Settles when a question is open and nobody can answer it. */
  get unanswerable(): Promise<undefined> {
    return this.#unanswerable.promise;
  }

  close(): void {
    this.questions.close();
  }

  #compare(from: Uint8Array, name: string, code: string): Promise<boolean> {
    const { tell, write } = this.#options;
    const grouped = code.replace(/^(...)(...)$/, "$1 $2");
    write(
      { code, peer: fingerprintText(from), name },
      `${plainText(name)} (${fingerprintText(from)})\n\n    ${grouped}\n`,
    );
    tell("ask the other user, by voice or in person: are these the digits there? yes or no");
    return this.questions.ask(fingerprintText(from));
  }

  #tell(event: PeerEvent): void {
    const { tell } = this.#options;
    switch (event.type) {
      case "registered":
        tell(`registered with ${endpointText(event.server)} as ${endpointText(event.observed)}`);
        return;
      case "unavailable":
        tell(`${endpointText(event.server)} is unavailable`);
        return;
      case "sessionOpen":
        tell(
          `${shortName(event.peer)} is ${plainText(event.name)}, ${event.isPinned ? "compared" : "not compared yet"}`,
        );
        return;
      case "certificateChanged":
        tell(
          `WARNING: ${plainText(event.name)} shows another certificate than the one that was compared. Nothing passes until it is compared: tagwire peer verify ${fingerprintText(event.found)}`,
        );
        return;
      case "direct":
        tell(`${shortName(event.peer)} straight at ${endpointText(event.endpoint)}`);
        return;
      case "relayed":
        tell(`${shortName(event.peer)} through the server`);
        return;
      case "compared":
        this.questions.forget(fingerprintText(event.peer));
        tell(`comparison with ${shortName(event.peer)}: ${COMPARED[event.result]}`);
        return;
      default:
        return;
    }
  }
}

/** What came of a comparison, in words. */
export const COMPARED: Readonly<
  Record<Extract<PeerEvent, { readonly type: "compared" }>["result"], string>
> = {
  same: "The certificate is genuine. It is remembered.",
  different: "SOMEBODY IS IN THE MIDDLE: the certificate is forged. Do not trust it.",
  forged: "SOMEBODY IS IN THE MIDDLE and tried to choose the digits. Do not trust it.",
  abandoned: "The comparison came to nothing.",
};

function shortName(fingerprint: Uint8Array): string {
  return fingerprintText(fingerprint).slice(0, 8);
}
