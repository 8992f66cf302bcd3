import type { CampaignResult } from "../../../sim/campaign/index.ts";
import { configError } from "../config-error.ts";
import { readTextFile } from "./written-file.ts";

/** What `tagwire sim run --json` gives and `--result` writes, and `merge` and `coverage` read. */
export interface ResultFile {
  readonly results: readonly CampaignResult[];
}

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
  const { results } = (value ?? {}) as Partial<ResultFile>;
  if (!Array.isArray(results) || !results.every(isResult)) {
    throw configError(path, "it holds no results of campaigns of this version.", remedy);
  }
  return results;
}

function isResult(value: unknown): value is CampaignResult {
  if (typeof value !== "object" || value === null) return false;
  const { version, scenario, seeds, failures, coverage, digest } = value as Partial<CampaignResult>;
  return (
    version === 1 &&
    typeof scenario === "string" &&
    Array.isArray(seeds) &&
    Array.isArray(failures) &&
    typeof coverage === "object" &&
    typeof digest === "string"
  );
}
