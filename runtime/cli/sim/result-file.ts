import { Ajv } from "ajv";
import type { CampaignResult } from "../../../sim/campaign/index.ts";
import { configError } from "../config-error.ts";
import { readTextFile } from "./written-file.ts";

/** What `tagwire sim run --json` gives and `--result` writes, and `merge` and `coverage` read. */
export interface ResultFile {
  readonly results: readonly CampaignResult[];
}

const TEXT = { type: "string" } as const;
const NUMBER = { type: "number", minimum: 0 } as const;
const COUNT = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

/** An object that has at least these members. */
function record(properties: Readonly<Record<string, object>>): object {
  return { type: "object", required: Object.keys(properties), properties };
}

const RESULT = record({
  version: { const: 1 },
  scenario: TEXT,
  choices: { type: "object", properties: { preset: TEXT, nat: TEXT } },
  seeds: { type: "array", items: record({ first: COUNT, count: COUNT, step: COUNT }) },
  runs: COUNT,
  events: COUNT,
  virtualMs: NUMBER,
  failures: {
    type: "array",
    items: record({
      seed: COUNT,
      violation: record({ checker: TEXT, message: TEXT, atMs: NUMBER }),
      traceHash: TEXT,
    }),
  },
  coverage: { type: "object", additionalProperties: COUNT },
  digest: { type: "string", pattern: "^[0-9a-f]{16}$" },
  pace: record({ wallMs: NUMBER, workers: COUNT, seedsPerMinute: COUNT }),
});

const isResultFile = new Ajv({ strict: true }).compile<ResultFile>(
  record({ results: { type: "array", items: RESULT } }),
);

/** The results in a file. @throws {ConfigError} if there are none. */
export async function readResults(path: string): Promise<readonly CampaignResult[]> {
  const text = await readTextFile(path, path);
  const remedy = "Give a file that `tagwire sim run --result` or --json wrote.";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw configError(path, "it is not JSON.", remedy);
  }
  if (!isResultFile(value)) {
    const [error] = isResultFile.errors ?? [];
    const why = `#${error?.instancePath ?? ""} ${error?.message ?? "is wrong"}`;
    throw configError(path, `it holds no results of campaigns of this version: ${why}.`, remedy);
  }
  return value.results;
}
