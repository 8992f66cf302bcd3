/** The kinds of spec documents; `<kind>.schema.json` is the meta-schema of each. */
export const DOCUMENT_KINDS = [
  "tag-ranges",
  "protocol",
  "types",
  "messages",
  "machine",
  "rpc",
  "http",
] as const;

/** A kind of spec document. */
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];
