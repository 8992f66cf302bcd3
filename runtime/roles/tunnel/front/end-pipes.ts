import {
  AEAD_TAG_BYTES,
  FrameReader,
  RECORD_CONTENT_BYTES_MAX,
  WireError,
  frameHeaderBytes,
  TLV_FRAMING,
} from "../../../core/index.ts";
import type { RecordChannel, StreamPipe } from "../../../core/index.ts";
import { SEALED_RECORD_TAG } from "../../../../generated/system/messages/connection.ts";
import { SYSTEM_TRANSPORTS } from "../../../../generated/system/tags.ts";

const HEADER_BYTES = frameHeaderBytes(TLV_FRAMING);
const OVERHEAD_BYTES = HEADER_BYTES + AEAD_TAG_BYTES;

/** Both directions at one end of a tunnel. */
export interface EndPipes {
  /** From the program to the tunnel. */
  readonly seal: StreamPipe;
  /** From the tunnel to the program. */
  readonly open: StreamPipe;
}

/**
 * What the ends make of the bytes of their programs: each record holds some, and an empty record is the end, so that
 * nobody on the way can cut the bytes short without being noticed.
 */
export function createEndPipes(records: RecordChannel): EndPipes {
  return { seal: new SealPipe(records), open: new OpenPipe(records) };
}

/** Up to here one buffer for a whole record costs less than three pieces of it. */
const COPIED_BYTES_MAX = 4096;

class SealPipe implements StreamPipe {
  readonly #records: RecordChannel;

  constructor(records: RecordChannel) {
    this.#records = records;
  }

  push(bytes: Uint8Array): readonly Uint8Array[] {
    this.#check();
    // An empty record would be the end.
    if (bytes.length === 0) return [];
    if (bytes.length <= COPIED_BYTES_MAX) return [this.#record(bytes)];
    const pieces: Uint8Array[] = [];
    for (let from = 0; from < bytes.length; from += RECORD_CONTENT_BYTES_MAX) {
      const content = bytes.subarray(from, from + RECORD_CONTENT_BYTES_MAX);
      const header = writeHeader(new Uint8Array(HEADER_BYTES), content);
      pieces.push(header, ...this.#records.sealParts(content));
    }
    return pieces;
  }

  prepare(): void {
    this.#records.prepareSeal();
  }

  end(): readonly Uint8Array[] {
    this.#check();
    return [this.#record(new Uint8Array(0))];
  }

  /** A record of the other direction that was refused took the keys of both: that is the other end's fault as well. */
  #check(): void {
    if (this.#records.dead) throw new WireError("bad-authentication", "SealedRecord", 0);
  }

  #record(content: Uint8Array): Uint8Array {
    const out = writeHeader(new Uint8Array(content.length + OVERHEAD_BYTES), content);
    this.#records.seal(content, out.subarray(HEADER_BYTES));
    return out;
  }
}

/** Writes the header of the record of a content at the start of `out`. */
function writeHeader(out: Uint8Array, content: Uint8Array): Uint8Array {
  const sealedBytes = content.length + AEAD_TAG_BYTES;
  out[0] = SEALED_RECORD_TAG >> 8;
  out[1] = SEALED_RECORD_TAG & 0xff;
  out[2] = sealedBytes >> 8;
  out[3] = sealedBytes & 0xff;
  return out;
}

class OpenPipe implements StreamPipe {
  readonly #records: RecordChannel;
  readonly #reader = new FrameReader({ maxBytes: SYSTEM_TRANSPORTS.tcp.maxBytes });
  #hasEnded = false;

  constructor(records: RecordChannel) {
    this.#records = records;
  }

  push(bytes: Uint8Array): readonly Uint8Array[] {
    const contents: Uint8Array[] = [];
    this.#reader.push(bytes);
    while (this.#reader.next()) {
      const content = this.#content();
      if (content.length > 0) contents.push(content);
    }
    return contents;
  }

  prepare(): void {
    this.#records.prepareOpen();
  }

  end(): readonly Uint8Array[] {
    if (!this.#hasEnded) throw new WireError("truncated", "SealedRecord", 0);
    if (this.#reader.takeRest().length > 0) {
      throw new WireError("unexpected-message", "SealedRecord", 0);
    }
    return [];
  }

  #content(): Uint8Array {
    const { tag, bytes, offset, end } = this.#reader;
    if (tag !== SEALED_RECORD_TAG || this.#hasEnded) {
      throw new WireError("unexpected-message", `tag ${String(tag)}`, offset);
    }
    const content = this.#records.open(bytes.subarray(offset, end));
    this.#hasEnded = content.length === 0;
    return content;
  }
}
