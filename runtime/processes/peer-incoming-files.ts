import { encodeBase64Url } from "../core/index.ts";
import type { Log } from "../io/log.ts";
import type { PeerCommand, PeerEvent } from "../roles/peer/peer-events.ts";
import { IncomingFile } from "./peer-files.ts";
import type { PeerHandlers } from "./peer-types.ts";

type EventOf<Type extends PeerEvent["type"]> = Extract<PeerEvent, { readonly type: Type }>;

/** What files that come are taken with. */
export interface IncomingFilesOptions {
  readonly folder: string;
  readonly handlers: PeerHandlers;
  readonly log: Log;
  readonly command: (command: PeerCommand) => void;
}

/** A file that comes, and what its transfer is called. */
interface Coming {
  readonly incoming: IncomingFile;
  readonly peer: Uint8Array;
  readonly transfer: number;
}

/** The files that others send, from the question whether they are wanted until they have their names. */
export class IncomingFiles {
  readonly #options: IncomingFilesOptions;
  /** Offers that the user has not answered. */
  readonly #asked = new Set<string>();
  readonly #files = new Map<string, Coming>();

  constructor(options: IncomingFilesOptions) {
    this.#options = options;
  }

  /** Asks whether a file is wanted, which may take its time. */
  async offered(offer: EventOf<"fileOffered">): Promise<void> {
    const { command, handlers } = this.#options;
    const { file, peer, transfer } = offer;
    const key = keyOf(peer, transfer);
    this.#asked.add(key);
    const isWanted = (await handlers.onFileOffered?.({ from: peer, file })) ?? false;
    // The sender may have given it up meanwhile, or the time to answer may be over.
    if (!this.#asked.delete(key)) return;
    const haveBytes = isWanted ? await this.#open(key, offer) : undefined;
    if (haveBytes === undefined) command({ type: "refuseFile", peer, transfer });
    else command({ type: "acceptFile", peer, transfer, haveBytes });
  }

  /** Writes what comes; if the disk does not take it the file is given up. */
  write({ bytes, offsetBytes, peer, transfer }: EventOf<"writeFile">): void {
    const { command, log } = this.#options;
    try {
      this.#files.get(keyOf(peer, transfer))?.incoming.write(offsetBytes, bytes);
    } catch (error) {
      log.error({ err: error }, "a file cannot be written");
      command({ type: "refuseFile", peer, transfer });
    }
  }

  /** Compares the hash of a whole file. */
  async check({ peer, transfer }: EventOf<"checkFile">): Promise<void> {
    const good = await this.#isGood(this.#files.get(keyOf(peer, transfer))?.incoming);
    this.#options.command({ type: "fileChecked", peer, transfer, good });
  }

  /** A file is there, or will not come. */
  ended({ peer, transfer, type }: EventOf<"fileReceived" | "fileBroken">): void {
    const key = keyOf(peer, transfer);
    const incoming = this.#files.get(key)?.incoming;
    this.#asked.delete(key);
    this.#files.delete(key);
    if (incoming === undefined) return;
    if (type === "fileReceived") this.#finish(peer, incoming);
    else incoming.close();
  }

  close(): void {
    for (const { incoming } of this.#files.values()) incoming.close();
  }

  /** How much of it is there; undefined if it cannot be taken now. */
  async #open(
    key: string,
    { file, peer, transfer }: EventOf<"fileOffered">,
  ): Promise<number | undefined> {
    const { folder, log } = this.#options;
    const incoming = new IncomingFile(folder, { peer, file });
    this.#replace(incoming);
    this.#files.set(key, { incoming, peer, transfer });
    try {
      const haveBytes = await incoming.open();
      if (this.#files.get(key)?.incoming === incoming) return haveBytes;
      // Its sender gave it up meanwhile.
      incoming.close();
      return undefined;
    } catch (error) {
      this.#files.delete(key);
      log.error({ err: error }, "a file cannot be taken");
      return undefined;
    }
  }

  /**
   * A sender that was started anew offers again what it had begun. Two transfers must not write one file: what the one
   * has compared the other could change.
   */
  #replace({ part }: IncomingFile): void {
    for (const [key, { incoming, peer, transfer }] of this.#files) {
      if (incoming.part !== part) continue;
      this.#files.delete(key);
      incoming.close();
      this.#options.command({ type: "refuseFile", peer, transfer });
    }
  }

  async #isGood(incoming: IncomingFile | undefined): Promise<boolean> {
    try {
      return (await incoming?.check()) ?? false;
    } catch (error) {
      this.#options.log.error({ err: error }, "a file cannot be read again");
      return false;
    }
  }

  #finish(from: Uint8Array, incoming: IncomingFile): void {
    let path: string;
    try {
      path = incoming.finish();
    } catch (error) {
      this.#options.log.error({ err: error }, "a file is whole and cannot be given its name");
      return;
    }
    this.#options.handlers.onFile?.({ from, path });
  }
}

function keyOf(peer: Uint8Array, transfer: number): string {
  return `${encodeBase64Url(peer)}/${String(transfer)}`;
}
