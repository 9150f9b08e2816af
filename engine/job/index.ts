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
export { checkMail, type MailCheck } from './mail/check-mail.ts';
export { hastenMails, listMailPage, type MailPage, type ShownMail } from './mail/list-mails.ts';
export { type SentMails, sendMails } from './mail/send-mails.ts';
export { queueTicketMails } from './mail/ticket-mail.ts';
export { findOwnAccounts } from './own-accounts.ts';
export { approvePasswordResets } from './password-resets/approve-resets.ts';
export {
  askPasswordResets,
  type PasswordResetOrder,
  type ResetsAsked,
} from './password-resets/ask-resets.ts';
export type {
  Report,
  ReportColumn,
  ReportFilter,
  ReportRequest,
  ReportRow,
} from './reports/report.ts';
export { findReport, reports, reportsOf, runReport } from './reports/run-report.ts';
export {
  amendAssignedRoles,
  listRoleDecisions,
  type RolePerson,
  requestRoles,
  reviewAssignedRoles,
} from './role-requests.ts';
export { type RunClock, runClock } from './run-clock.ts';
export { findJob, type PlannedStep, type PlannedTask, planJob, runJob } from './run-job.ts';
export { type JobSchedule, jobSchedules, nextRuns } from './scheduler/job-schedules.ts';
export { runScheduler, type SchedulerEvent, type SchedulerOptions } from './scheduler/scheduler.ts';
export type { Timer } from './scheduler/timer.ts';
export { completed, type TaskOutcome } from './task-outcome.ts';
export { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
export { evaluatePolicy, sourceEntityTypes } from './tasks/evaluate-policy.ts';
export type { EvaluateOptions } from './tasks/evaluation.ts';
export { type ExportOptions, exportConnection, exportFolder } from './tasks/export-connection.ts';
export { type FulfilOptions, fulfilOrders } from './tasks/fulfil-connection.ts';
export {
  type GenerateOptions,
  generateOrders,
  resourceTypesOfConnector,
  tellBlockedByInvariants,
} from './tasks/generate-orders.ts';
export { type PrepareOptions, prepareConnector } from './tasks/prepare-connector.ts';
export { runRecorded } from './tasks/run-recorded.ts';
export {
  discardSessions,
  type SynchronizeOptions,
  synchronizeConnector,
} from './tasks/synchronize-connector.ts';
export { connectionOfTable } from './tasks/tables-of-connection.ts';
export { updateClassification } from './tasks/update-classification.ts';
export { updatePropertyExpressions } from './tasks/update-property-expressions.ts';
export { Turns } from './turns.ts';
export {
  answerTickets,
  findTicket,
  listTicketsOf,
  type TicketAnswers,
  type TicketsFilter,
} from './views/answer-tickets.ts';
export {
  type ChangesPage,
  listAppliedChanges,
  listWaitingChanges,
} from './views/changes.ts';
export {
  type DecisionsFilter,
  type ListedDecision,
  listDecisionsOf,
} from './views/decisions.ts';
export {
  type ExpressionTrial,
  evaluateExpression,
  type TrialOutcome,
} from './views/evaluate-expression.ts';
export {
  type ExplainedChange,
  type ExplainedEntry,
  type ExplainedInput,
  type Explanation,
  explainResource,
} from './views/explain.ts';
export type { Absence, ExplainQuestion, JudgedRule } from './views/explain-absences.ts';
export type { Delay } from './views/explain-delays.ts';
export type { ExplainedIndirect } from './views/explain-indirect.ts';
export { type ExplainedOrder, explainOrder } from './views/explain-order.ts';
export { explainReviewItem, type ReviewReason } from './views/explain-review-item.ts';
export type { ExplainedRiskPart } from './views/explain-risks.ts';
export type { ExplainedRequest, ExplainedRole } from './views/explain-roles.ts';
export { readResourceAt } from './views/history-as-of.ts';
export type { AssignmentChange } from './views/history-assignment-changes.ts';
export {
  type HistoryEvent,
  type ResourceHistory,
  readResourceHistory,
} from './views/history-events.ts';
export { type OwnerHoldings, readHoldings } from './views/holdings.ts';
export { nameResources } from './views/name-resources.ts';
export {
  listRedundant,
  mergeRedundant,
  type RedundantAssignment,
} from './views/redundant.ts';
export {
  type AssignmentSummary,
  findResource,
  listResourcePage,
  type ResourceDetails,
  ResourceError,
  type ResourceReference,
  readResource,
} from './views/resources.ts';
export { type ExplainedRisk, explainRisk, listRiskPage, type ShownRisk } from './views/risks.ts';
export { type OwnerRules, type RulePlace, readRulesBehind } from './views/rules-behind.ts';
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
