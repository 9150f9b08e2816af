export { type ApplyRequest, type ApplyResult, applySession } from './apply-session.ts';
export { countStored, refuseInitial } from './count-stored.ts';
export { describeDataTest, describeOutcome } from './data-tests/describe-data-test.ts';
export { runDataTests } from './data-tests/run-data-tests.ts';
export { parseRecorded } from './data-tests/test-session.ts';
export type { DataTestResult, RecordedDataTest } from './data-tests/types.ts';
export {
  type ChangeFilter,
  type ListedChanges,
  listSessionChanges,
  type RowChange,
} from './list-session-changes.ts';
export { type Breach, describeBreach, type PartChange } from './thresholds.ts';
