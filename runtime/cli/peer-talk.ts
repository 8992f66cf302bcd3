import { createInterface } from "node:readline";
import type { Interface } from "node:readline";
import { encodeBase64Url, fingerprintText } from "../core/index.ts";
import { endpointText } from "../io/addresses.ts";
import type { PeerHandlers } from "../processes/peer-types.ts";
import type { PeerEvent } from "../roles/peer/peer-events.ts";
import { plainText } from "./result-text.ts";

/** How a talk reaches its user. */
interface PeerTalkOptions {
  readonly write: (value: object, text: string) => void;
  readonly tell: (text: string) => void;
  /** Takes every file that is offered. */
  readonly acceptFiles: boolean;
}

/** What a peer's user sees and says: messages, questions, and lines from standard input. */
export class PeerTalk {
  readonly handlers: PeerHandlers;
  readonly #options: PeerTalkOptions;
  readonly #questions: ((answer: string) => void)[] = [];
  #lines: Interface | undefined;
  #say: ((line: string) => Promise<void>) | undefined;

  constructor(options: PeerTalkOptions) {
    this.#options = options;
    const { acceptFiles, write } = options;
    this.handlers = {
      onMessage: ({ from, number, body }) => {
        const text = new TextDecoder().decode(body);
        write(
          { message: text, from: encodeBase64Url(from), number },
          `${shortName(from)}: ${plainText(text)}`,
        );
      },
      onCode: ({ from, name, code }) => this.#compare(from, name, code),
      onFileOffered: ({ from, file }) => {
        const answer = acceptFiles ? "taken" : "refused; --accept-files takes files";
        options.tell(
          `${shortName(from)} offers ${plainText(file.fileName)}, ${String(file.sizeBytes)} bytes: ${answer}`,
        );
        return acceptFiles;
      },
      onFile: ({ from, path }) => {
        write({ file: path, from: encodeBase64Url(from) }, `${shortName(from)} sent ${path}`);
      },
      onEvent: (event) => {
        this.#tell(event);
      },
    };
  }

  /** Says every line of standard input that answers no question; `ended` is called after the last. */
  sayLines(say: (line: string) => Promise<void>, ended: () => void): void {
    this.#say = say;
    this.#read().once("close", ended);
  }

  close(): void {
    this.#lines?.close();
  }

  async #compare(from: Uint8Array, name: string, code: string): Promise<boolean> {
    const { tell, write } = this.#options;
    const grouped = code.replace(/^(...)(...)$/, "$1 $2");
    write(
      { code, peer: encodeBase64Url(from), name },
      `${plainText(name)} (${fingerprintText(from)})\n\n    ${grouped}\n`,
    );
    tell("ask the other user, by voice or in person: are these the digits there? yes or no");
    const answer = await new Promise<string>((resolve) => {
      this.#questions.push(resolve);
      this.#read();
    });
    return /^y(es)?$/i.test(answer.trim());
  }

  #read(): Interface {
    if (this.#lines !== undefined) return this.#lines;
    const lines = createInterface({ input: process.stdin });
    this.#lines = lines;
    lines.on("line", (line) => {
      const question = this.#questions.shift();
      if (question !== undefined) question(line);
      else if (line !== "") this.#said(line);
    });
    // Whoever cannot answer does not say yes; a comparison without an answer comes to nothing.
    return lines;
  }

  #said(line: string): void {
    this.#say?.(line).catch((error: unknown) => {
      this.#options.tell(error instanceof Error ? error.message : String(error));
    });
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
          `WARNING: ${plainText(event.name)} shows another certificate than the one that was compared. Nothing passes until it is compared: tagwire peer verify ${encodeBase64Url(event.found)}`,
        );
        return;
      case "direct":
        tell(`${shortName(event.peer)} straight at ${endpointText(event.endpoint)}`);
        return;
      case "relayed":
        tell(`${shortName(event.peer)} through the server`);
        return;
      case "compared":
        tell(`comparison with ${shortName(event.peer)}: ${event.result}`);
        return;
      default:
        return;
    }
  }
}

function shortName(fingerprint: Uint8Array): string {
  return encodeBase64Url(fingerprint).slice(0, 8);
}
