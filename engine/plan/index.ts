export { type Applied, type ApplyRequest, applyPlan } from './apply-plan.ts';
export {
  type Comparison,
  compareOutcomes,
  isSame,
  type OwnerDifference,
} from './compare-outcomes.ts';
export { PlanError } from './errors.ts';
export {
  evaluateAll,
  evaluateSupposed,
  type Hypothesis,
  type Supposed,
  suppose,
} from './hypothesis.ts';
export { makePlan, type PlanRequest } from './make-plan.ts';
export { type Plan, type PlanHead, type PlanScope, type PlanTail, readPlan } from './plan-file.ts';
export { nameOrder, type PlannedChange, type PlannedOrder } from './planned-order.ts';
export { type OverlaidConfiguration, overlayConfiguration } from './simulation/overlay.ts';
export {
  type RuleEffect,
  type SimulatedEffect,
  type SimulatedRule,
  type Simulation,
  type SimulationRequest,
  simulate,
} from './simulation/simulate.ts';
export type { ResourceTypeEffect, SystemEffect, ValueEffect } from './summarize.ts';
export type { LoadedSource } from './supposed-data.ts';
export { makeUndo, type UndoRequest } from './undo-run.ts';
export type { Unusual } from './unusual.ts';
export type { WaitingCounts, WaitingItem } from './waiting.ts';
