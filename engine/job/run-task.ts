/** One task of the configuration, carried out. */
import type { Task } from '../../config/index.ts';
import { maintainTables, resetValidFrom } from '../store/index.ts';
import type { TaskLog } from './job-log.ts';
import { connectionsOfTask, namedToFulfil } from './task-connections.ts';
import { completed, nothingToDo, type TaskOutcome } from './task-outcome.ts';
import { findLetPass } from './task-readiness.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { computeRiskScores } from './tasks/compute-risk-scores.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { exportConnection } from './tasks/export-connection.ts';
import { fulfilOrders } from './tasks/fulfil-connection.ts';
import { generateOrders } from './tasks/generate-orders.ts';
import { invokeExpression } from './tasks/invoke-expression.ts';
import { invokeSqlCommand } from './tasks/invoke-sql-command.ts';
import { prepareConnector } from './tasks/prepare-connector.ts';
import { savePreExistingAccessRights } from './tasks/save-pre-existing.ts';
import { simulateIntoLdif } from './tasks/simulate-into-ldif.ts';
import { synchronizeConnector } from './tasks/synchronize-connector.ts';
import { updateClassification } from './tasks/update-classification.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';
import type { Workspace } from './workspace.ts';

export interface TaskRunOptions {
  /** In which an export reads: see `modeOfExport`. */
  readonly mode: 'initial' | 'complete' | 'incremental';
  /** Pass thresholds and guards. */
  readonly force: boolean;
  /** The job picks up after a block: the held change set is applied, orders are generated past their threshold. */
  readonly resumesBlock: boolean;
  /** Who started the job. */
  readonly person?: string;
  readonly log: TaskLog;
}

export async function runTask(
  workspace: Workspace,
  task: Task,
  options: TaskRunOptions,
): Promise<TaskOutcome> {
  const { model, store } = workspace;
  const connector = task.connector ?? '';
  switch (task.kind) {
    case 'ExportTask': {
      const outcomes: TaskOutcome[] = [];
      for (const connection of connectionsOfTask(model, task))
        outcomes.push(
          await exportConnection(workspace, {
            connection,
            mode: options.mode,
            ignoreCookie: task.ignoreCookieFile,
          }),
        );
      return mergeOutcomes(outcomes);
    }
    case 'PrepareSynchronizationTask': {
      const resumes = options.resumesBlock && !options.force;
      const session = resumes ? await findLetPass(workspace, connector) : null;
      if (session !== null)
        return completed(
          `${connector}: prepared by hand after a guard had held it; that waits to be loaded.`,
          { connector, session },
        );
      return prepareConnector(workspace, {
        connector,
        mode: task.mode,
        commandColumn: task.columnName ?? null,
        force: options.force,
      });
    }
    case 'SynchronizeTask':
      return synchronizeConnector(workspace, {
        connector,
        force: options.force || task.forceSynchronization,
        resume: options.resumesBlock,
        isDryRun: false,
        savesOrphans: task.orphans,
      });
    case 'SetRecentlyModifiedFlagTask':
      return {
        status: 'completed',
        producedOutput: true,
        message: 'Nothing to do: changes are read by position, and nothing has to be flagged.',
        summary: {},
      };
    case 'UpdateEntityPropertyExpressionsTask':
      return updatePropertyExpressions(workspace, {
        entityTypes: task.entityTypes,
        dirty: task.dirty,
      });
    case 'ComputeCorrelationKeysTask':
      return computeCorrelationKeys(workspace, { dirty: task.dirty });
    case 'ComputeRoleModelTask': {
      const evaluation = {
        entityTypes: task.entityTypes,
        dirty: task.dirty,
        blockProvisioning: task.blockProvisioning,
        blockAllResourceTypeProvisioning: task.blockAllResourceTypeProvisioning,
        ignoreHistorization: task.ignoreHistorization,
      };
      return task.ldifFile === undefined
        ? evaluatePolicy(workspace, evaluation)
        : simulateIntoLdif(workspace, { ...evaluation, path: task.ldifFile });
    }
    case 'GenerateProvisioningOrdersTask':
      return generateOrders(workspace, {
        ...(task.connector === undefined ? {} : { connector: task.connector }),
        resourceTypes: task.resourceTypes,
        force: options.force || task.forceProvisioning,
        resume: options.resumesBlock,
        ...(options.person === undefined ? {} : { person: options.person }),
        isDryRun: false,
      });
    case 'FulfillTask':
      return fulfilOrders(workspace, {
        ...(task.connector === undefined ? {} : { connector: task.connector }),
        connections: namedToFulfil(model, task),
        isDryRun: false,
        ignoreHistorization: task.ignoreHistorization,
      });
    case 'InvokeExpressionTask':
      return invokeExpression(workspace, task, options);
    case 'InvokeSqlCommandTask':
      return invokeSqlCommand(workspace, task);
    case 'UpdateClassificationTask':
      return updateClassification(workspace, {
        entityTypes: task.entityTypes,
        dirty: task.dirty,
      });
    case 'ComputeRiskScoresTask':
      return computeRiskScores(workspace, { entityTypes: task.entityTypes });
    case 'SavePreExistingAccessRightsTask':
      return savePreExistingAccessRights(workspace, { force: options.force });
    case 'MaintainIndexesTask': {
      const tables = await store.transaction(maintainTables);
      return completed(`The statistics of ${tables} tables are up to date.`, { tables });
    }
    case 'ResetValidFromTask': {
      const versions = await store.transaction(resetValidFrom);
      if (versions === 0) return nothingToDo('History starts at the beginning of time already.');
      return completed(`${versions} resources start at the beginning of time.`, { versions });
    }
    case 'UnusedTask':
      return nothingToDo(`Nothing to do: ${task.why}`);
  }
}

function mergeOutcomes(outcomes: readonly TaskOutcome[]): TaskOutcome {
  const relevant = outcomes.filter((outcome) => outcome.status !== 'nothing');
  const [first] = relevant;
  if (first === undefined) return outcomes[0] ?? nothingToDo('There is no connection to export.');
  const worst = relevant.find((outcome) => outcome.status === 'warning') ?? first;
  return {
    ...worst,
    message: relevant.map((outcome) => outcome.message).join('\n'),
    summary: { parts: relevant.map((outcome) => outcome.summary) },
  };
}
