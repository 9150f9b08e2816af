/** Turns declared tasks into tasks of the model: modes resolved, lists filled in. */
import type { Findings } from '../diagnostics.ts';
import type { SynchronizationMode, Task, TaskCommon } from '../model.ts';
import { type Landscape, unique } from '../scaffolding/landscape.ts';
import { childrenNamed, type Declared, textOf } from '../schema/declare.ts';
import { whyUnused } from '../schema/task-elements.ts';
import { positionOf, spanOfName } from '../source/element-tree.ts';

/** The attributes and children of a task, those of an override laid over those of the task it overrides. */
export interface TaskSource {
  readonly kind: string;
  readonly declared: Declared;
  text(name: string): string | undefined;
  flag(name: string): boolean;
  number(name: string): number;
  children(name: string): readonly Declared[];
}

export function taskSource(declared: Declared, base?: Declared): TaskSource {
  const attributeValue = (name: string) => {
    const isOwn = base === undefined || declared.written.has(name);
    return (isOwn ? declared : base).values[name];
  };
  return {
    kind: (base ?? declared).definition.name,
    declared,
    text: (name) => {
      const value = attributeValue(name);
      return value === undefined ? undefined : String(value);
    },
    flag: (name) => attributeValue(name) === true,
    number: (name) => Number(attributeValue(name) ?? 0),
    children: (name) => {
      const own = childrenNamed(declared, name);
      return own.length > 0 || base === undefined ? own : childrenNamed(base, name);
    },
  };
}

const connectorIsNeeded: ReadonlySet<string> = new Set([
  'PrepareSynchronizationTask',
  'SynchronizeTask',
]);

/** Reports what a task needs and lacks; `buildTask` then still gives a task. */
export function checkTask(source: TaskSource, findings: Findings): void {
  const connector = source.text('Connector');
  const needs = missingOf(source, connector);
  if (needs === undefined || !source.declared.isSound) return;
  findings.report(spanOfName(source.declared.source), {
    code: 'CONFIG_ATTRIBUTE_MISSING',
    message: `${source.kind} needs ${needs}.`,
    hint: 'Say what the task works on.',
  });
}

function missingOf(source: TaskSource, connector: string | undefined): string | undefined {
  if (connector !== undefined) return undefined;
  if (connectorIsNeeded.has(source.kind)) return 'the attribute Connector';
  if (source.kind === 'ExportTask' && source.text('Connection') === undefined) {
    return 'the attribute Connection or Connector';
  }
  const isDelivering =
    source.kind === 'GenerateProvisioningOrdersTask' || source.kind === 'FulfillTask';
  return isDelivering && source.children('TaskResourceType').length === 0
    ? 'the attribute Connector, or TaskResourceType inside'
    : undefined;
}

export function buildTask(source: TaskSource, identifier: string, landscape: Landscape): Task {
  const connection = source.text('Connection');
  const connector =
    source.text('Connector') ??
    (connection === undefined ? undefined : landscape.connectorOf(connection));
  const common = {
    identifier,
    displayName: source.text('DisplayName_L1') ?? identifier,
    level: source.number('Level'),
    continueOnError: source.flag('ContinueOnError'),
    dependsOn: unique(
      source.children('TaskDependsOnTask').map((each) => textOf(each, 'ParentTask') ?? ''),
    ),
    ...(connector === undefined ? {} : { connector }),
    dirty: source.flag('Dirty'),
    at: positionOf(source.declared.source),
  };
  switch (source.kind) {
    case 'ExportTask':
      return {
        ...common,
        kind: 'ExportTask',
        ...(connection === undefined ? {} : { connection }),
        ignoreCookieFile: source.flag('IgnoreCookieFile'),
        initMode: source.flag('InitMode'),
      };
    case 'PrepareSynchronizationTask': {
      const columnName = source.text('ColumnName');
      return {
        ...common,
        kind: 'PrepareSynchronizationTask',
        mode: modeOf(source),
        type: changesOf(source),
        ...(columnName === undefined ? {} : { columnName }),
      };
    }
    case 'SynchronizeTask':
      return {
        ...common,
        kind: 'SynchronizeTask',
        type: changesOf(source),
        forceSynchronization: source.flag('ForceSynchronization'),
        doNotDeleteChanges: source.flag('DoNotDeleteChanges'),
        orphans: source.flag('Orphans'),
      };
    case 'SetRecentlyModifiedFlagTask':
      return { ...common, kind: 'SetRecentlyModifiedFlagTask' };
    case 'UpdateEntityPropertyExpressionsTask':
    case 'ComputeCorrelationKeysTask':
      return {
        ...common,
        kind: source.kind,
        entityTypes: entityTypesOf(source, connector, landscape),
      };
    case 'ComputeRoleModelTask':
      return {
        ...common,
        kind: 'ComputeRoleModelTask',
        entityTypes: ownerTypesOf(source, connector, landscape),
        blockProvisioning: source.flag('BlockProvisioning'),
        blockAllResourceTypeProvisioning: source.flag('BlockAllResourceTypeProvisioning'),
        ignoreHistorization: source.flag('IgnoreHistorization'),
        ...(source.flag('UseLdif')
          ? { ldifFile: source.text('LdifFilePath') ?? 'policy.ldif' }
          : {}),
      };
    case 'GenerateProvisioningOrdersTask':
      return {
        ...common,
        kind: 'GenerateProvisioningOrdersTask',
        resourceTypes: resourceTypesOf(source, connector, landscape),
        forceProvisioning: source.flag('ForceProvisioning'),
        batchInsertSize: source.number('BatchInsertSize'),
      };
    case 'FulfillTask':
      return {
        ...common,
        kind: 'FulfillTask',
        resourceTypes: resourceTypesOf(source, connector, landscape),
        ignoreHistorization: source.flag('IgnoreHistorization'),
        ...(connection === undefined ? {} : { connection }),
      };
    case 'InvokeExpressionTask':
      return { ...common, kind: 'InvokeExpressionTask', inputPath: source.text('InputPath') ?? '' };
    case 'InvokeSqlCommandTask':
      return { ...common, kind: 'InvokeSqlCommandTask', ...sqlCommandOf(source) };
    case 'UpdateClassificationTask':
      return {
        ...common,
        kind: source.kind,
        entityTypes: targetTypesOf(source, connector, landscape),
      };
    case 'ComputeRiskScoresTask':
      return {
        ...common,
        kind: source.kind,
        entityTypes: ownerTypesOf(source, connector, landscape),
      };
    case 'SavePreExistingAccessRightsTask':
    case 'MaintainIndexesTask':
    case 'ResetValidFromTask':
      return { ...common, kind: source.kind };
    default:
      return {
        ...common,
        kind: 'UnusedTask',
        element: source.kind,
        why: whyUnused(source.kind),
      };
  }
}

function sqlCommandOf(
  source: TaskSource,
): Omit<Extract<Task, { kind: 'InvokeSqlCommandTask' }>, 'kind' | keyof TaskCommon> {
  const sqlCommand = source.text('SQLCommand');
  const sqlInputFile = source.text('SQLInputFile');
  const outputPath = source.text('OutputPath');
  const isolationLevel = source.text('IsolationLevel');
  // The full name says which class it is; the short one is the name of a library.
  const provider = source.text('ProviderAssemblyQualifiedName') ?? source.text('Provider');
  return {
    database: source.text('DatabaseIdentifier') ?? '',
    ...(sqlCommand === undefined ? {} : { sqlCommand }),
    ...(sqlInputFile === undefined ? {} : { sqlInputFile }),
    ...(outputPath === undefined ? {} : { outputPath }),
    ...(isolationLevel === undefined ? {} : { isolationLevel }),
    ...(provider === undefined ? {} : { provider }),
    isQuery: !source.flag('IsNotAQuery'),
    timeoutSeconds: source.number('Timeout'),
  };
}

function modeOf(source: TaskSource): SynchronizationMode {
  const mode = source.text('SynchronizationMode');
  if (mode === 'Initial') return 'initial';
  return mode === 'Incremental' ? 'incremental' : 'complete';
}

function changesOf(source: TaskSource): 'None' | 'Changes' | 'ActiveDirectory' {
  const type = source.text('Type');
  return type === 'Changes' || type === 'ActiveDirectory' ? type : 'None';
}

/** Listed types; else those of the connector and their owners; else all. */
function entityTypesOf(
  source: TaskSource,
  connector: string | undefined,
  landscape: Landscape,
): readonly string[] {
  const listed = listedEntityTypes(source);
  if (source.flag('AllEntityType')) return landscape.entityTypes;
  if (listed.length > 0) return listed;
  const facts = connector === undefined ? undefined : landscape.find(connector);
  if (facts === undefined) return landscape.entityTypes;
  return unique([...facts.entityTypes, ...landscape.sourceTypesOf(facts.resourceTypes)]);
}

function ownerTypesOf(
  source: TaskSource,
  connector: string | undefined,
  landscape: Landscape,
): readonly string[] {
  const listed = listedEntityTypes(source);
  if (listed.length > 0) return listed;
  const facts = connector === undefined ? undefined : landscape.find(connector);
  return landscape.sourceTypesOf(facts?.resourceTypes ?? landscape.resourceTypes);
}

/** Listed types; else those of the connector; else all that are targets. */
function targetTypesOf(
  source: TaskSource,
  connector: string | undefined,
  landscape: Landscape,
): readonly string[] {
  const listed = listedEntityTypes(source);
  if (listed.length > 0) return listed;
  const facts = connector === undefined ? undefined : landscape.find(connector);
  return facts?.entityTypes ?? landscape.entityTypes;
}

function listedEntityTypes(source: TaskSource): readonly string[] {
  return unique(source.children('TaskEntityType').map((each) => textOf(each, 'EntityType') ?? ''));
}

function resourceTypesOf(
  source: TaskSource,
  connector: string | undefined,
  landscape: Landscape,
): readonly string[] {
  const listed = source
    .children('TaskResourceType')
    .map((each) => textOf(each, 'ResourceType') ?? '');
  if (listed.length > 0) return unique(listed);
  return connector === undefined ? [] : (landscape.find(connector)?.resourceTypes ?? []);
}
