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
export type * from './expression/values.ts';
export { loadConfiguration } from './load.ts';
export type * from './model.ts';
export { findNearestName, suggest } from './nearest-name.ts';
export type { Environment } from './project/environment.ts';
export {
  type ProjectSettings,
  readProject,
  type StoreSettings,
} from './project/read-project.ts';
export {
  type ReferenceSources,
  type ResolvedSetting,
  type ResolvedSettingObject,
  resolveSecret,
  resolveSetting,
  type SettingObject,
  type SettingReference,
  type SettingValue,
} from './project/reference.ts';
export { generateJsonSchema, type JsonSchema } from './schema/json-schema.ts';
export { generateReference, type ReferencePage } from './schema/reference.ts';
export { generateLockstepXsd, generateXsd } from './schema/xsd.ts';
export { Secret } from './secret.ts';
export { readConfigurationFolder } from './source/folder.ts';
export {
  describeProvisioningState,
  describeWorkflowState,
  type ProvisioningState,
  provisioningStates,
  type WorkflowState,
  workflowStates,
} from './states.ts';
