import { Packr } from "msgpackr";
import type { Telemetry } from "../../generated/control/index.ts";
import type { Ping } from "../../generated/system/index.ts";
import { staticTypes } from "./protobuf-static.ts";
import type { StaticType } from "./protobuf-static.ts";

/** What a library makes of a message type. */
export interface LibraryCodec<T> {
  /** Makes of a message the kind of object that the library encodes fastest; not part of what is measured. */
  readonly prepare: (message: T) => T;
  readonly encode: (message: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => T;
}

const PROTO = `
syntax = "proto3";
message KeyField { uint32 version = 1; uint32 keyId = 2; uint64 sequence = 3; bytes tag = 4; }
message Telemetry {
  KeyField key = 1; uint64 mac = 2; uint32 uptimeS = 3; uint32 periodMs = 4; uint32 loadPermille = 5;
  uint32 memoryTotalKib = 6; uint32 memoryFreeKib = 7; uint64 rxBytes = 8; uint64 txBytes = 9; uint32 sessions = 10;
}
message Ping { uint32 nonce = 1; }
`;

/** Telemetry and Ping by the code that protobufjs's command line tool generates. */
export async function protobufCodecs(): Promise<{
  readonly telemetry: LibraryCodec<Telemetry>;
  readonly ping: LibraryCodec<Ping>;
}> {
  const { KeyField, Telemetry, Ping } = await staticTypes(PROTO);
  if (KeyField === undefined || Telemetry === undefined || Ping === undefined) {
    throw new RangeError("the static module lacks a message");
  }
  return {
    telemetry: protobufCodec(Telemetry, (message) => ({
      ...message,
      key: KeyField.create(message.key),
    })),
    ping: protobufCodec(Ping, (message) => message),
  };
}

/** @param properties gives the members of a message, instances of their classes where they are messages. */
function protobufCodec<T extends object>(
  type: StaticType,
  properties: (message: T) => object,
): LibraryCodec<T> {
  return {
    prepare: (message) => type.create(properties(message)) as T,
    encode: (message) => type.encode(message).finish(),
    decode: (bytes) => type.decode(bytes) as T,
  };
}

/** msgpackr with records that both sides know already: field names are not sent. */
export function msgpackCodec<T>(): LibraryCodec<T> {
  const packr = new Packr({ structures: [], useRecords: true, int64AsType: "number" });
  return {
    prepare: (message) => message,
    encode: (message) => packr.pack(message),
    decode: (bytes) => packr.unpack(bytes) as T,
  };
}
