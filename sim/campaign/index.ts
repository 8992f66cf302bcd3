/** Campaigns of the simulator: cases drawn from seeds, run, shrunk, replayed, and what of the spec they exercise. */
export { caseArbitrary } from "./case-arbitrary.ts";
export { checkCase } from "./check-case.ts";
export { runCampaign } from "./campaign.ts";
export type { CampaignOptions, CampaignProgress } from "./campaign.ts";
export { mergeCampaigns } from "./campaign-result.ts";
export type { CampaignFailure, CampaignPace, CampaignResult } from "./campaign-result.ts";
export { CountSum } from "./coverage/coverage-counter.ts";
export type { CoverageCounts } from "./coverage/coverage-counter.ts";
export { coverageReport, isCovered, parseExcuses } from "./coverage/coverage-report.ts";
export type {
  CoverageReport,
  Excuses,
  ExcusedElement,
  TakenElement,
} from "./coverage/coverage-report.ts";
export { coverageText } from "./coverage/coverage-text.ts";
export { specElements } from "./coverage/spec-elements.ts";
export type { ElementKind, SpecElement } from "./coverage/spec-elements.ts";
export { drawFaults } from "./draw-faults.ts";
export type { FaultDrawOptions } from "./draw-faults.ts";
export type { TimedFaultOptions } from "./draw-timed-faults.ts";
export { replayCase } from "./replay-case.ts";
export type { ReplayReport } from "./replay-case.ts";
export { createReplay, formatReplay, parseReplay } from "./replay-file.ts";
export type { Replay, ReplayExpectation, ReplayParts } from "./replay-file.ts";
export { runCase } from "./run-case.ts";
export type { CaseOutcome, RunCaseOptions } from "./run-case.ts";
export { caseOfSeed, runSeed } from "./run-seed.ts";
export { BUILT_IN_CHECKERS } from "./scenario.ts";
export type * from "./scenario.ts";
export { findScenario, loadScenario, loadScenarios } from "./scenario-source.ts";
export type { ScenarioSource } from "./scenario-source.ts";
export { parseShard, shardSeeds } from "./seeds.ts";
export type { SeedRange, Shard } from "./seeds.ts";
export { isSameFailure, NothingToShrinkError, shrinkCase, sizeOf } from "./shrink/shrink-case.ts";
export type {
  CaseSize,
  ShrinkOptions,
  ShrinkProgress,
  ShrinkResult,
} from "./shrink/shrink-case.ts";
export { drawSwarm, FAULT_KINDS } from "./swarm.ts";
export type { FaultKind, Swarm, SwarmOptions } from "./swarm.ts";
