import { Diagnostics } from "../load/diagnostic.ts";
import type { Diagnostic, Report } from "../load/diagnostic.ts";
import type { SpecModel } from "../model/model.ts";
import { checkEnums } from "./enums.ts";
import { checkFields } from "./fields.ts";
import { checkFraming } from "./framing.ts";
import { checkGeneratedNames } from "./generated-names.ts";
import { checkHttp } from "./http.ts";
import { checkMachineGraph } from "./machine-graph.ts";
import { checkMachineMessages } from "./machine-messages.ts";
import { checkMachineParts } from "./machine-parts.ts";
import { checkMachineTimers } from "./machine-timers.ts";
import { checkMachineTransitions } from "./machine-transitions.ts";
import { checkNames } from "./names.ts";
import { checkRecursion } from "./recursion.ts";
import { checkRpc } from "./rpc.ts";
import { checkShapes } from "./shapes.ts";
import { checkSince } from "./since.ts";
import { checkSizes } from "./sizes.ts";
import { checkTagRanges } from "./tag-ranges.ts";
import { checkTags } from "./tags.ts";

const CHECKS: readonly ((model: SpecModel, report: Report) => void)[] = [
  checkTagRanges,
  checkTags,
  checkNames,
  checkGeneratedNames,
  checkFraming,
  checkFields,
  checkEnums,
  checkSince,
  checkRecursion,
  checkSizes,
  checkMachineGraph,
  checkMachineTransitions,
  checkMachineTimers,
  checkMachineParts,
  checkMachineMessages,
  checkRpc,
  checkHttp,
  checkShapes,
];

/**
 * Checks what a model means: everything that is wrong although each document is well formed and each name known.
 * @returns the problems by file, line and column; none if code may be generated
 */
export function checkSpec(model: SpecModel): readonly Diagnostic[] {
  const diagnostics = new Diagnostics();
  for (const check of CHECKS) check(model, diagnostics.report);
  return diagnostics.list();
}
