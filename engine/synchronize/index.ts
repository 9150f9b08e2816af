export { type ApplyRequest, type ApplyResult, applySession } from './apply-session.ts';
export { type Breach, describeBreach, type PartChange } from './thresholds.ts';
