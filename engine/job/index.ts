export { withPackageFindings } from './check-packages.ts';
export { checkTests } from './configuration-tests/check-tests.ts';
export type { CoveredRule, RuleCoverage, RuleReach } from './configuration-tests/rule-coverage.ts';
export {
  listTestDiagnostics,
  runConfigurationTests,
  type TestResult,
  type TestRunResult,
} from './configuration-tests/run-configuration-tests.ts';
export { openTestBench, type TestBench } from './configuration-tests/test-bench.ts';
export { accessConnection, findConnection, packageOf } from './connection-access.ts';
export { type DeployOutcome, deployProject, type ItemChange } from './deploy.ts';
export { dryRun } from './dry-run.ts';
export { JobError } from './errors.ts';
export {
  type HistoryCounts,
  type Interval,
  optimizeHistory,
  purgeHistory,
  purgeOldRecords,
} from './history-upkeep.ts';
export {
  cancelJob,
  type JobInstance,
  listInstances,
  readInstance,
  readLastInstances,
  type TaskInstance,
} from './job-instances.ts';
export { type LogLine, readJobLog } from './job-log.ts';
export type { JobResult, RunJobOptions, TaskEvent } from './job-result.ts';
export { elementOf, type TaskSelection } from './job-selection.ts';
export { type JobStep, jobSteps } from './job-steps.ts';
export { findJob, type PlannedStep, type PlannedTask, planJob, runJob } from './run-job.ts';
export { type JobSchedule, jobSchedules, nextRuns } from './scheduler/job-schedules.ts';
export { runScheduler, type SchedulerEvent, type SchedulerOptions } from './scheduler/scheduler.ts';
export type { Timer } from './scheduler/timer.ts';
export type { TaskOutcome } from './task-outcome.ts';
export { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
export { type EvaluateOptions, evaluatePolicy } from './tasks/evaluate-policy.ts';
export { type ExportOptions, exportConnection } from './tasks/export-connection.ts';
export { type FulfilOptions, fulfilOrders } from './tasks/fulfil-connection.ts';
export { type GenerateOptions, generateOrders } from './tasks/generate-orders.ts';
export { type PrepareOptions, prepareConnector } from './tasks/prepare-connector.ts';
export {
  discardSessions,
  type SynchronizeOptions,
  synchronizeConnector,
} from './tasks/synchronize-connector.ts';
export { updatePropertyExpressions } from './tasks/update-property-expressions.ts';
export { answerTickets, type TicketAnswers } from './views/answer-tickets.ts';
export {
  type ChangesPage,
  listAppliedChanges,
  listWaitingChanges,
} from './views/changes.ts';
export {
  type ExpressionTrial,
  evaluateExpression,
  type TrialOutcome,
} from './views/evaluate-expression.ts';
export {
  type ExplainedEntry,
  type ExplainedInput,
  type Explanation,
  explainResource,
} from './views/explain.ts';
export { readResourceAt } from './views/history-as-of.ts';
export type { AssignmentChange } from './views/history-assignment-changes.ts';
export {
  type HistoryEvent,
  type ResourceHistory,
  readResourceHistory,
} from './views/history-events.ts';
export {
  type AssignmentSummary,
  findResource,
  listResourcePage,
  type ResourceDetails,
  ResourceError,
  type ResourceReference,
  readResource,
} from './views/resources.ts';
export {
  listRunSummaries,
  type RunDetails,
  type RunSummary,
  readRunDetails,
} from './views/runs.ts';
export { readStatus, type Status } from './views/status.ts';
export { withLease } from './with-lease.ts';
export {
  type Effects,
  openProject,
  openWorkspace,
  type Progress,
  type Project,
  type Workspace,
} from './workspace.ts';
