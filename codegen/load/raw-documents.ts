/**
 * The shapes of spec documents that have passed their meta-schemas (spec/meta). Only the loader sees them:
 * everything else reads the resolved model.
 */

type Named<T> = Readonly<Record<string, T>>;

export interface RawTagRanges {
  readonly ranges: Named<{
    readonly from: number;
    readonly to: number;
    readonly space?: string;
    readonly doc: string;
  }>;
}

export interface RawProtocol {
  readonly protocol: string;
  readonly version: number;
  readonly doc: string;
  readonly uses?: readonly string[];
  readonly space?: string;
  readonly framing?: RawFraming;
  readonly roles?: Named<RawDocumented>;
  readonly transports?: Named<
    RawDocumented & { readonly kind: "datagram" | "stream"; readonly maxBytes: number }
  >;
  readonly limits?: Named<
    RawDocumented & { readonly value: number | readonly number[]; readonly unit: string }
  >;
  readonly retired?: { readonly tags?: readonly number[]; readonly names?: readonly string[] };
}

export interface RawDocumented {
  readonly doc: string;
}

export interface RawFraming {
  readonly typeBits?: number;
  readonly lengthBits?: number;
  readonly order?: "big" | "little";
  readonly lengthCounts?: "value" | "whole";
  readonly alignBytes?: number;
  readonly bareTypes?: readonly number[];
  readonly endType?: number;
  readonly header?: readonly RawHeaderField[];
}

export interface RawHeaderField {
  readonly name: string;
  readonly bits: number;
  readonly constant?: number;
  readonly counts?: "frames" | "packet";
  readonly doc: string;
}

export interface RawTypes {
  readonly types: Named<RawNamedType>;
}

export type RawNamedType =
  | {
      readonly kind: "enum";
      readonly doc: string;
      readonly base: "u8" | "u16" | "u32";
      readonly open?: boolean;
      readonly values: Named<{ readonly value: number; readonly doc: string }>;
    }
  | {
      readonly kind: "flags";
      readonly doc: string;
      readonly base: "u8" | "u16" | "u32";
      readonly bits: Named<{ readonly bit: number; readonly doc: string }>;
    }
  | { readonly kind: "struct"; readonly doc: string; readonly fields: readonly RawField[] }
  | {
      readonly kind: "union";
      readonly doc: string;
      readonly base: "u8" | "u16";
      readonly cases: Named<{
        readonly value: number;
        readonly type: string;
        readonly doc: string;
      }>;
    };

export interface RawField {
  readonly name: string;
  readonly type: RawType;
  readonly doc: string;
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  readonly since?: number;
  readonly sensitive?: boolean;
  readonly as?: "number" | "bigint";
}

type RawLength = "u8" | "u16" | "u32";

/** A name, or an object of which the loader checks that it has one kind of content. */
export type RawType = string | RawTypeObject;

export interface RawTypeObject {
  readonly bytes?: number | { readonly length: RawLength; readonly max: number };
  readonly string?: { readonly length: RawLength; readonly max: number };
  readonly list?: { readonly of: RawType; readonly count: RawLength; readonly max: number };
  readonly rest?: "bytes" | "string" | { readonly list: RawType };
  readonly tlvs?: readonly string[];
  readonly max?: number;
}

export interface RawMessages {
  readonly messages: Named<RawMessage>;
}

export interface RawMessage {
  readonly tag: number;
  readonly doc: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly transport: string;
  readonly protection: "none" | "authenticated" | "encrypted";
  readonly maxBytes: number;
  readonly since?: number;
  readonly fields: readonly RawField[];
}

export interface RawMachine {
  readonly machine: string;
  readonly role: string | readonly string[];
  readonly doc: string;
  readonly initial: string;
  readonly unexpected: "refuse" | "ignore";
  readonly states: Named<RawState>;
  readonly timers?: Named<
    RawDocumented & {
      readonly after: number | { readonly limit?: string; readonly state?: string };
    }
  >;
  readonly events?: Named<
    RawData & { readonly kind: "stream" | "command" | "result" | "internal" }
  >;
  readonly outputs?: Named<RawData>;
  readonly transitions: readonly RawTransition[];
}

export interface RawData extends RawDocumented {
  readonly data?: readonly RawField[];
}

export interface RawState extends RawData {
  readonly timers?: readonly string[];
  readonly final?: boolean;
  readonly endless?: boolean;
}

export interface RawTransition {
  readonly from: string | readonly string[];
  readonly group?: string;
  readonly on: string;
  readonly guard?: string;
  readonly to: string | readonly string[];
  readonly sends?: readonly string[];
  readonly does?: readonly string[];
  readonly always?: readonly string[];
  readonly restarts?: readonly string[];
  readonly doc: string;
}

type RawShape = Readonly<Record<string, unknown>>;
type RawShapes = Named<{ readonly doc: string; readonly schema: RawShape }>;

export interface RawRpc {
  readonly service: string;
  readonly doc: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly carrier?: string;
  readonly schemas?: RawShapes;
  readonly errors?: Named<{ readonly code: number; readonly doc: string }>;
  readonly methods: Named<RawMethod>;
}

export interface RawMethod {
  readonly doc: string;
  readonly params: RawShape;
  readonly result?: RawShape;
  readonly errors?: readonly string[];
  readonly idempotent?: boolean;
  readonly timeoutMs: number;
  readonly since?: number;
}

export interface RawHttp {
  readonly role: string;
  readonly doc: string;
  readonly schemas?: RawShapes;
  readonly operations: Named<RawOperation>;
}

export interface RawOperation {
  readonly doc: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly aliases?: readonly string[];
  readonly auth?: "none" | "session";
  readonly query?: RawShape;
  readonly body?: RawShape;
  readonly responses: Named<{ readonly doc: string; readonly schema?: RawShape }>;
}
