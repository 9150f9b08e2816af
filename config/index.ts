export { convertConfiguration } from './convert/convert-configuration.ts';
export { openConversionSource } from './convert/open-source.ts';
export { removeSources, writeConversion } from './convert/write-conversion.ts';
export type { DataTest } from './data-test.ts';
export * from './delivery.ts';
export { formatDiagnostic } from './diagnostics-format.ts';
export type * from './entity-model.ts';
export { type ErrorCode, errorCodes } from './error-codes.ts';
export {
  CodedError,
  type CodedErrorOptions,
  type Diagnostic,
  type Position,
  type Severity,
} from './errors.ts';
export { compareValues } from './expression/comparison.ts';
export { compileExpression } from './expression/compile.ts';
export type {
  CompileResult,
  ExpectedValue,
  ExpressionProblem,
} from './expression/compile-request.ts';
export { ExpressionError } from './expression/expression-error.ts';
export type { QueryHistory, QueryOrder } from './expression/query/prepare-query.ts';
export type { QueryColumn } from './expression/query/query-columns.ts';
export { QueryResources } from './expression/query/query-resources.ts';
export { writeExpressionPage } from './expression/reference-page.ts';
export type * from './expression/values.ts';
export * from './invariant.ts';
export { loadConfiguration } from './load.ts';
export { compilePattern } from './match-pattern.ts';
export type * from './model.ts';
export { findNearestName, suggest } from './nearest-name.ts';
export { makesPasswords, type PasswordReset } from './password-reset.ts';
export type { Certificate } from './project/encryption/certificate.ts';
export { createCertificate } from './project/encryption/create-certificate.ts';
export { decryptStream, encryptStream } from './project/encryption/encrypted-stream.ts';
export { decryptBytes, encryptBytes, encryptValue } from './project/encryption/encrypted-value.ts';
export { createOpenIdSecret, hashOpenIdSecret } from './project/encryption/openid-secret.ts';
export {
  type ConnectionSetting,
  encryptSettingsFile,
  refuseOutOfForce,
  writeConnectionSecret,
} from './project/encryption/protect.ts';
export type { Environment } from './project/environment.ts';
export { type EffectiveSetting, listSettings } from './project/list-settings.ts';
export { changePrivateFile } from './project/private-file.ts';
export {
  type ProjectFolders,
  type ProjectSettings,
  readProject,
  readProjectFolders,
  type SchedulerSettings,
  type SqlCommandOverride,
  type StoreSettings,
} from './project/read-project.ts';
export {
  type ReferenceSources,
  type ResolvedSetting,
  type ResolvedSettingObject,
  resolveSecret,
  resolveSetting,
  type SettingObject,
  type SettingValue,
} from './project/reference.ts';
export type { SettingsWarning } from './project/setting-keys.ts';
export {
  findCertificateFile,
  openProjectCertificate,
  openSecretsCertificate,
  type ReadOptions,
} from './project/setting-layers.ts';
export {
  parseReference,
  type SettingReference,
} from './project/setting-reference.ts';
export {
  type ConfigurationExpansion,
  expandConfiguration,
} from './scaffolding/expand-configuration.ts';
export { type ParsedSchedule, parseSchedule, type Schedule } from './schedule.ts';
export { generateJsonSchema, type JsonSchema } from './schema/json-schema.ts';
export { generateReference, type ReferencePage } from './schema/reference.ts';
export { generateLockstepXsd, generateXsd } from './schema/xsd.ts';
export { Secret } from './secret.ts';
export { isConfigurationName, readConfigurationFolder, readSingleFile } from './source/folder.ts';
export { isJsonName } from './source/read-files.ts';
export type { SourceText } from './source/source-text.ts';
export {
  findWrittenElements,
  type WrittenElement,
  writtenText,
} from './source/written-elements.ts';
export * from './source-guard.ts';
export { describeTransitions } from './state-machine/describe-transitions.ts';
export type { ProvisioningCause } from './state-machine/provisioning-transitions.ts';
export {
  closeAssignment,
  listTransitions,
  moveProvisioning,
  moveWorkflow,
  statesBefore,
  type TakenTransition,
  transitionChannel,
} from './state-machine/state-machine.ts';
export type { Transition, TransitionRow } from './state-machine/transition.ts';
export type {
  ClosingCause,
  MovingCause,
  WorkflowCause,
} from './state-machine/workflow-transitions.ts';
export {
  describeProvisioningState,
  describeWorkflowState,
  type ProvisioningState,
  provisioningStates,
  shownWorkflowState,
  type WorkflowState,
  workflowStates,
} from './states.ts';
export { hoverAt } from './symbols/hover.ts';
export {
  createLiveConfiguration,
  type FileFindings,
  type LiveConfiguration,
} from './symbols/live-configuration.ts';
export type { LiveFile } from './symbols/live-file.ts';
export { findNames, type NamedPlace, type OutlineNode, outlineOf } from './symbols/outline.ts';
export { escapeValue, type Proposal, type ProposalKind } from './symbols/proposal.ts';
export { propose } from './symbols/propose.ts';
export { planRename, prepareRename, type TextEdit as RenameEdit } from './symbols/rename.ts';
export { createSymbolIndex, type SymbolIndex } from './symbols/symbol-index.ts';
export { readTestFiles } from './test-file/find-test-files.ts';
export { generateTestFileSchema } from './test-file/json-schema.ts';
export { type ReadTestFile, readTestFile } from './test-file/read-test-file.ts';
export type * from './test-file/types.ts';
export { valueFormatNames } from './value-formats.ts';
