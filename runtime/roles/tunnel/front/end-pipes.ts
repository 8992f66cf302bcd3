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

class SealPipe implements StreamPipe {
  readonly #records: RecordChannel;

  constructor(records: RecordChannel) {
    this.#records = records;
  }

  push(bytes: Uint8Array): Uint8Array {
    const records = Math.ceil(bytes.length / RECORD_CONTENT_BYTES_MAX);
    const out = new Uint8Array(bytes.length + records * OVERHEAD_BYTES);
    let at = 0;
    for (let from = 0; from < bytes.length; from += RECORD_CONTENT_BYTES_MAX) {
      at = this.#record(bytes.subarray(from, from + RECORD_CONTENT_BYTES_MAX), out, at);
    }
    return out;
  }

  end(): Uint8Array {
    const out = new Uint8Array(OVERHEAD_BYTES);
    this.#record(new Uint8Array(0), out, 0);
    return out;
  }

  #record(content: Uint8Array, out: Uint8Array, at: number): number {
    const sealedBytes = content.length + AEAD_TAG_BYTES;
    out[at] = SEALED_RECORD_TAG >> 8;
    out[at + 1] = SEALED_RECORD_TAG & 0xff;
    out[at + 2] = sealedBytes >> 8;
    out[at + 3] = sealedBytes & 0xff;
    const end = at + HEADER_BYTES + sealedBytes;
    this.#records.seal(content, out.subarray(at + HEADER_BYTES, end));
    return end;
  }
}

class OpenPipe implements StreamPipe {
  readonly #records: RecordChannel;
  readonly #reader = new FrameReader({ maxBytes: SYSTEM_TRANSPORTS.tcp.maxBytes });
  #hasEnded = false;

  constructor(records: RecordChannel) {
    this.#records = records;
  }

  push(bytes: Uint8Array): Uint8Array {
    const contents: Uint8Array[] = [];
    this.#reader.push(bytes);
    while (this.#reader.next()) contents.push(this.#content());
    const [first] = contents;
    return contents.length === 1 && first !== undefined ? first : joined(contents);
  }

  end(): Uint8Array {
    if (!this.#hasEnded) throw new WireError("truncated", "SealedRecord", 0);
    return new Uint8Array(0);
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

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
