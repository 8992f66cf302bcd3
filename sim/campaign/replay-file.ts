import { Ajv } from "ajv";
import type { ErrorObject } from "ajv";
import { OperatorError } from "../../runtime/core/index.ts";
import { checkTopology } from "../network/topology.ts";
import { REPLAY_SCHEMA, REPLAY_SCHEMA_NAME } from "./replay-schema.ts";
import type { CaseOutcome } from "./run-case.ts";
import type { Case, Violation } from "./scenario.ts";

/** What a replay should come to. */
export type ReplayExpectation =
  | { readonly verdict: "passed"; readonly traceHash?: string }
  /** Without a hash only the checker is compared. */
  | { readonly verdict: "violated"; readonly traceHash?: string; readonly violation: Violation };

/** A case with what it came to: a failure that can be handed on, or one that must not come back. */
export interface Replay {
  readonly $schema: typeof REPLAY_SCHEMA_NAME;
  /** What wrote it: `tagwire 0.1.0`. With another version another hash may be right. */
  readonly tool: string;
  /** For people: of a regression, what it once broke. */
  readonly note?: string;
  /** Path of the module of the case's scenario from the file's folder, with `/`; missing if it is built in. */
  readonly module?: string;
  /** The seed that the case was drawn from, before it was made smaller. */
  readonly seed?: number;
  readonly expect: ReplayExpectation;
  readonly case: Case;
}

/** What a replay is made of. */
export interface ReplayParts extends Pick<Replay, "case" | "tool" | "note" | "module" | "seed"> {
  readonly outcome: CaseOutcome;
}

/** A replay that expects what the case came to. */
export function createReplay(parts: ReplayParts): Replay {
  const { case: given, outcome, tool, note, module, seed } = parts;
  const { traceHash, violations } = outcome;
  const [violation] = violations;
  return {
    $schema: REPLAY_SCHEMA_NAME,
    tool,
    ...(note !== undefined && { note }),
    ...(module !== undefined && { module }),
    ...(seed !== undefined && { seed }),
    expect:
      violation === undefined
        ? { verdict: "passed", traceHash }
        : { verdict: "violated", traceHash, violation },
    case: given,
  };
}

/** The text of a replay file, equal for equal replays. */
export function formatReplay(replay: Replay): string {
  return `${JSON.stringify(replay, undefined, 2)}\n`;
}

/**
 * Reads a replay file.
 * @param file whom errors name.
 * @throws {OperatorError} that names the file and the JSON pointer, if the text is no sound replay.
 */
export function parseReplay(text: string, file: string): Replay {
  const value = parseJson(text, file);
  if (!isReplay(value)) throw misfit(file, isReplay.errors ?? []);
  try {
    checkTopology(value.case.topology);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new OperatorError({
      place: `${file}#/case/topology`,
      problem: `${capitalised(cause.message)}.`,
      remedy: "Mend the network, or take a file that tagwire wrote.",
      cause,
    });
  }
  return value;
}

const isReplay = new Ajv({
  discriminator: true,
  strict: true,
  strictRequired: false,
}).compile<Replay>(REPLAY_SCHEMA);

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OperatorError({
      place: file,
      problem: `It is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy: "Take the file as `tagwire sim` wrote it.",
      cause,
    });
  }
}

function misfit(file: string, errors: readonly ErrorObject[]): OperatorError {
  const [error] = errors;
  const pointer = error?.instancePath ?? "";
  const place = pointer === "" ? file : `${file}#${pointer}`;
  const isOtherForm = pointer === "/$schema";
  return new OperatorError({
    place,
    problem: `It ${error === undefined ? "is no replay" : problemOf(error)}.`,
    remedy: isOtherForm
      ? "Replay it with the version of tagwire that wrote it; the member `tool` names it."
      : "Mend it by the members that files written by `tagwire sim` have.",
  });
}

function problemOf({ keyword, params, message = "is wrong" }: ErrorObject): string {
  const named = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case "additionalProperties":
      return `has a member ${JSON.stringify(named["additionalProperty"])} that nothing reads`;
    case "enum":
      return `must be one of ${(named["allowedValues"] as readonly unknown[]).join(", ")}`;
    case "const":
      return `must be ${JSON.stringify(named["allowedValue"])}`;
    case "discriminator":
      return `has a ${String(named["tag"])} ${JSON.stringify(named["tagValue"])} that does not exist`;
    default:
      return message;
  }
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
