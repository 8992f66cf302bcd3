import { violationText } from "./campaign-text.ts";
import type { Colour } from "./colour.ts";
import { sizeText } from "./failure.ts";
import type { WrittenFailure } from "./failure.ts";

/** What a person needs of a failure: what was broken, how small it is, what to look at, and the command that runs it again. */
export function failureText(failure: WrittenFailure, colour: Colour): string {
  const { seed, violation, folder, files, replay, from, to, shrinkRuns = 0 } = failure;
  const size =
    to === undefined
      ? `a case of ${sizeText(from)}`
      : `made smaller in ${String(shrinkRuns)} runs: from ${sizeText(from)} to ${sizeText(to)}`;
  return [
    `  ${colour.bad("FAILED")} seed ${String(seed)}: ${violationText(violation)}`,
    ...(violation.stack ?? []).slice(0, 4).map((line) => `      at ${line}`),
    `    ${size}`,
    `    look at ${folder}/: ${files.join(", ")}`,
    `    run it again: ${colour.strong(replay)}`,
  ].join("\n");
}
