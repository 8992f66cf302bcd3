/**
 * The resolved model of a spec folder: what every emitter and check reads. It is made once by
 * `codegen/load` from the JSON documents and never changed afterwards. All references are resolved to
 * objects; each element keeps its `source`, so that diagnostics and provenance comments can name it.
 */

/** Where an element stands: file (relative to the spec folder's parent), JSON pointer, line and column from 1. */
export interface Source {
  readonly file: string;
  readonly pointer: string;
  readonly line: number;
  readonly column: number;
}

export interface Element {
  readonly name: string;
  readonly doc: string;
  readonly source: Source;
}

export interface SpecModel {
  /** The folder that was loaded, absolute. */
  readonly folder: string;
  readonly ranges: readonly TagRange[];
  /** In dependency order: a protocol comes after those it uses. */
  readonly protocols: readonly Protocol[];
  /**
   * Where a member of an element stands, for example `locate(message.source, "tag")`; the element's own source
   * if the member is not there. Absent from a model that was not loaded from text.
   */
  readonly locate?: (source: Source, member: string) => Source;
}

export interface TagRange extends Element {
  /** Tag space that the range divides; "main" unless a protocol counts its tags apart. */
  readonly space: string;
  readonly from: number;
  readonly to: number;
}

export interface Protocol extends Element {
  /** Folder below the spec folder, and the name of the folder below `generated/`. */
  readonly folder: string;
  readonly version: number;
  /** Tag space of the messages; "main" unless the protocol counts its tags apart. */
  readonly space: string;
  readonly uses: readonly Protocol[];
  readonly framing: Framing;
  readonly roles: readonly Element[];
  readonly transports: readonly Transport[];
  readonly limits: readonly Limit[];
  readonly types: readonly NamedType[];
  readonly messages: readonly Message[];
  readonly machines: readonly Machine[];
  readonly services: readonly RpcService[];
  readonly http: HttpApi | undefined;
  /** Tags and message names that were used once and must never be used again. */
  readonly retired: { readonly tags: readonly number[]; readonly names: readonly string[] };
}

/** How a type and a length stand before a value. The default is u16, u16, big-endian, length of the value. */
export interface Framing {
  /** Type and length are one integer of typeBits + lengthBits bits, the type first. The sum is 16, 24, 32, 48 or 64. */
  readonly typeBits: number;
  readonly lengthBits: number;
  readonly order: "big" | "little";
  readonly lengthCounts: "value" | "whole";
  /** Each frame is padded with zeros to a multiple of this many bytes; the padding is not counted. */
  readonly alignBytes: number;
  /** Types that stand alone, without length and value (DHCP's pad, 0). */
  readonly bareTypes: readonly number[];
  /** The type after which a reader stops (DHCP's end, 255; LLDP's end, 0). */
  readonly endType: number | undefined;
  /** A fixed header before the first frame of a packet (RADIUS, STUN), as bit fields in order; empty for none. */
  readonly header: readonly HeaderField[];
}

export interface HeaderField extends Element {
  /** 1–64 for integers; a multiple of 8 above that is bytes. */
  readonly bits: number;
  /** A value that is always there (a magic cookie), or undefined. */
  readonly constant: number | undefined;
  /** True if the field holds the packet's length in bytes. */
  readonly counts: "frames" | "packet" | undefined;
}

export interface Transport extends Element {
  readonly kind: "datagram" | "stream";
  /** The largest frame (header and value) that this transport carries, bytes. */
  readonly maxBytes: number;
}

/** A number the protocol fixes: a timeout, a bound, a back-off series. */
export interface Limit extends Element {
  readonly unit: string;
  readonly value: number | readonly number[];
}

// ---- value types -------------------------------------------------------------------------------

export type IntegerType =
  "u8" | "u16" | "u24" | "u32" | "u48" | "u64" | "i8" | "i16" | "i32" | "i64";
export type LengthType = "u8" | "u16" | "u32";

export type ValueType =
  | {
      readonly kind: "integer";
      readonly type: IntegerType;
      readonly as: "number" | "bigint";
      readonly min: number | bigint;
      readonly max: number | bigint;
    }
  | { readonly kind: "float"; readonly type: "f32" | "f64" }
  | { readonly kind: "bool" }
  | { readonly kind: "mac" }
  | { readonly kind: "ipv4" }
  | { readonly kind: "ipv6" }
  | { readonly kind: "endpoint" }
  | { readonly kind: "fixedBytes"; readonly bytes: number }
  | { readonly kind: "bytes"; readonly length: LengthType; readonly maxBytes: number }
  | { readonly kind: "string"; readonly length: LengthType; readonly maxBytes: number }
  | {
      readonly kind: "list";
      readonly of: ValueType;
      readonly count: LengthType;
      readonly max: number;
    }
  | { readonly kind: "restBytes"; readonly maxBytes: number }
  | { readonly kind: "restString"; readonly maxBytes: number }
  | { readonly kind: "restList"; readonly of: ValueType; readonly max: number }
  /** Frames of these messages until the end of the value, in the protocol's framing. */
  | { readonly kind: "tlvs"; readonly messages: readonly Message[]; readonly max: number }
  | { readonly kind: "named"; readonly type: NamedType };

export type NamedType = EnumType | FlagsType | StructType | UnionType;

export interface EnumType extends Element {
  readonly kind: "enum";
  readonly base: "u8" | "u16" | "u32";
  /** An open enum passes values it does not name; a closed one refuses them. */
  readonly open: boolean;
  readonly values: readonly (Element & { readonly value: number })[];
  readonly protocol: string;
}

export interface FlagsType extends Element {
  readonly kind: "flags";
  readonly base: "u8" | "u16" | "u32";
  readonly bits: readonly (Element & { readonly bit: number })[];
  readonly protocol: string;
}

export interface StructType extends Element {
  readonly kind: "struct";
  readonly fields: readonly Field[];
  readonly protocol: string;
}

export interface UnionType extends Element {
  readonly kind: "union";
  readonly base: "u8" | "u16";
  readonly cases: readonly (Element & { readonly value: number; readonly type: StructType })[];
  readonly protocol: string;
}

export interface Field extends Element {
  readonly type: ValueType;
  readonly unit: string | undefined;
  /** Protocol version that appended the field; fields of version 1 are always there. */
  readonly since: number;
  /** Never logged. */
  readonly sensitive: boolean;
}

// ---- messages ----------------------------------------------------------------------------------

export interface Message extends Element {
  readonly protocol: string;
  readonly tag: number;
  readonly range: TagRange;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly transport: Transport;
  readonly protection: "none" | "authenticated" | "encrypted";
  /** Largest value (without header), bytes. */
  readonly maxBytes: number;
  readonly since: number;
  readonly fields: readonly Field[];
}

// ---- state machines ----------------------------------------------------------------------------

export interface Machine extends Element {
  readonly protocol: string;
  /** The roles that run it; the source's `role` is one name or a list. */
  readonly roles: readonly string[];
  readonly initial: State;
  readonly states: readonly State[];
  readonly timers: readonly Timer[];
  /** Messages and timers that transitions name, and the declared events, in order of first use. */
  readonly events: readonly MachineEvent[];
  readonly outputs: readonly MachineOutput[];
  readonly transitions: readonly Transition[];
  /** What happens to a message that the current state has no transition for. */
  readonly unexpected: "refuse" | "ignore";
}

export interface State extends Element {
  readonly data: readonly Field[];
  readonly timers: readonly Timer[];
  readonly final: boolean;
  /** The state may last for ever on purpose (idle, serving): it needs no way out by time. */
  readonly endless: boolean;
}

export interface Timer extends Element {
  /** Milliseconds, or a limit (unit ms), or the name of a number in the state's data. */
  readonly after: number | Limit | { readonly stateData: string };
}

export type MachineEvent =
  | (Element & { readonly kind: "message"; readonly message: Message })
  | (Element & { readonly kind: "timer"; readonly timer: Timer })
  | (Element & {
      readonly kind: "stream" | "command" | "result" | "internal";
      readonly data: readonly Field[];
    });

export interface MachineOutput extends Element {
  readonly data: readonly Field[];
}

export interface Transition {
  readonly source: Source;
  readonly doc: string;
  /** The states that it leaves; "*" of the source is resolved to every other state in which the event may come. */
  readonly from: readonly State[];
  /** Names the handler of a transition that leaves several states. */
  readonly group: string | undefined;
  readonly on: MachineEvent;
  readonly guard: string | undefined;
  readonly to: readonly State[];
  /** Messages that the body may send. */
  readonly sends: readonly Message[];
  /** Outputs that the body may issue. */
  readonly does: readonly MachineOutput[];
  /** Outputs without data that the generated step always issues, after those of the body. */
  readonly always: readonly MachineOutput[];
  /** Timers of the state that start anew although the state does not change. */
  readonly restarts: readonly Timer[];
}

// ---- RPC and HTTP ------------------------------------------------------------------------------

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface RpcService extends Element {
  readonly protocol: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly carrier: Message | undefined;
  readonly schemas: readonly (Element & { readonly schema: JsonSchema })[];
  readonly errors: readonly (Element & { readonly code: number })[];
  readonly methods: readonly RpcMethod[];
}

export interface RpcMethod extends Element {
  readonly params: JsonSchema;
  /** Undefined for a notification: the method has no response. */
  readonly result: JsonSchema | undefined;
  readonly errors: readonly (Element & { readonly code: number })[];
  readonly idempotent: boolean;
  readonly timeoutMs: number;
  readonly since: number;
}

export interface HttpApi extends Element {
  readonly protocol: string;
  readonly role: string;
  readonly schemas: readonly (Element & { readonly schema: JsonSchema })[];
  readonly operations: readonly HttpOperation[];
}

export interface HttpOperation extends Element {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly aliases: readonly string[];
  readonly auth: "none" | "session";
  readonly query: JsonSchema | undefined;
  readonly body: JsonSchema | undefined;
  readonly responses: readonly {
    readonly status: number;
    readonly doc: string;
    readonly schema: JsonSchema | undefined;
  }[];
}
