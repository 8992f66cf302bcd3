/**
 * The only two names of the platform that core, roles and generated code use beyond the language: both
 * exist in every browser and in Node (WHATWG Encoding). Node's own types are kept out of these layers.
 */
interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}

interface TextDecoder {
  decode(input?: Uint8Array): string;
}

declare const TextEncoder: new () => TextEncoder;

declare const TextDecoder: new (
  label?: string,
  options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean },
) => TextDecoder;
