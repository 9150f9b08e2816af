/** Starts a workflow for each order: its texts are made, and the engine keeps what it brings, with the outcome. */
import { ConnectorError } from '../spi/errors.ts';
import type { ChangeType, PropertyChange, ProvisioningOrder } from '../spi/order.ts';
import type { FulfillerFactory, FulfilTarget } from '../spi/package.ts';
import { refusePassword } from '../spi/passwords/refuse-password.ts';
import { fillTemplate, placesOf } from './fill-template.ts';
import type { WorkflowSettings } from './settings.ts';
import { readWorkflowFile, type WorkflowFile, type WorkflowStart } from './workflow-file.ts';

const changeTypes = {
  added: 'Added',
  modified: 'Modified',
  deleted: 'Deleted',
} as const satisfies Record<ChangeType, string>;

export const workflowFulfiller: FulfillerFactory<WorkflowSettings> = {
  checkConnection: async (settings, context) => {
    const file = await readWorkflowFile(settings.WorkflowJsonPath, context);
    for (const start of file.FulfillInternalWorkflowConfigurations) checkTemplates(start);
    const types = file.FulfillInternalWorkflowConfigurations.map(({ ChangeType }) => ChangeType);
    return `Orders for ${file.TargetEntityTypeIdentifier} start workflows: ${types.join(', ')}.`;
  },
  openFulfiller: async (settings, targets, context) => {
    const file = await readWorkflowFile(settings.WorkflowJsonPath, context);
    for (const start of file.FulfillInternalWorkflowConfigurations) checkTemplates(start);
    for (const target of targets) checkNames(file, target);
    return {
      fulfil: async (order) => {
        context.signal.throwIfAborted();
        refusePassword(order, 'An internal workflow');
        return startWorkflow(file, order);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
};

/** What the workflow does, told with the order. Throws before anything is kept. */
function startWorkflow(file: WorkflowFile, order: ProvisioningOrder) {
  const start = findStart(file, order);
  const named = order.arguments?.['WorkflowIdentifier'] ?? start.Model.WorkflowIdentifier;
  if (named === undefined || named === '') {
    throw new ConnectorError('invalid-value', 'Nothing says which workflow the order starts.', {
      hint: 'Write Model.WorkflowIdentifier into the workflow file, or let ArgumentsExpression give WorkflowIdentifier.',
    });
  }
  refuseUnlisted(start, order);
  const texts = [start.Model.Message, start.Model.Body].map((text) => fillTemplate(text, order));
  const head = `Workflow ${named}, transition ${start.Model.TransitionIdentifier}.`;
  return {
    status: 'executed' as const,
    message: [head, ...texts].filter((text) => text.trim() !== '').join('\n'),
    recorded: [...order.changes, ...linkToOwner(file, order)],
  };
}

function findStart(file: WorkflowFile, order: ProvisioningOrder): WorkflowStart {
  const { sourceEntityType, targetEntityType } = order.resourceType;
  if (
    file.SourceEntityIdentifier !== sourceEntityType ||
    file.TargetEntityTypeIdentifier !== targetEntityType
  ) {
    throw new ConnectorError(
      'invalid-value',
      `The workflow file is about ${file.SourceEntityIdentifier} and ${file.TargetEntityTypeIdentifier}; the order is about ${sourceEntityType} and ${targetEntityType}.`,
      { hint: 'Use a connection of its own, with its own file, for each pair.' },
    );
  }
  const wanted = changeTypes[order.changeType];
  const found = file.FulfillInternalWorkflowConfigurations.find(
    ({ ChangeType }) => ChangeType === wanted,
  );
  if (found !== undefined) return found;
  throw new ConnectorError('unsupported', `The workflow file starts no workflow for ${wanted}.`, {
    hint: `Add an element with "ChangeType": "${wanted}" to it.`,
  });
}

/** A workflow that leaves out half of an order would have it made again and again. */
function refuseUnlisted(start: WorkflowStart, order: ProvisioningOrder): void {
  const listed = new Set([
    ...(start.ScalarProperties ?? []),
    ...(start.NavigationProperties ?? []),
    ...(start.DateProperties ?? []),
  ]);
  const missing = order.changes.find(({ property }) => !listed.has(property));
  if (missing === undefined) return;
  throw new ConnectorError(
    'unsupported',
    `The workflow of ${start.ChangeType} does not take ${missing.property}, which the order writes.`,
    {
      hint: `List ${missing.property} under ScalarProperties, NavigationProperties or DateProperties of the workflow file.`,
    },
  );
}

function linkToOwner(file: WorkflowFile, order: ProvisioningOrder): readonly PropertyChange[] {
  const property = file.NavigationTargetToSource;
  if (property === undefined || order.changeType !== 'added') return [];
  if (order.changes.some((change) => change.property === property)) return [];
  const { id, values } = order.owner;
  const { sourceEntityType: entityType } = order.resourceType;
  return [{ kind: 'link', property, value: { id, entityType, values } }];
}

function checkTemplates(start: WorkflowStart): void {
  for (const text of [start.Model.Message, start.Model.Body]) placesOf(text);
}

/** Properties of the file that the entity type does not have are found before the first order, not at each. */
function checkNames(file: WorkflowFile, target: FulfilTarget): void {
  if (target.properties === undefined || target.entityType !== file.TargetEntityTypeIdentifier)
    return;
  const kinds = new Map(target.properties.map(({ identifier, kind }) => [identifier, kind]));
  const refuse = (name: string, what: string): ConnectorError =>
    new ConnectorError(
      'invalid-value',
      `The workflow file names ${name}, which is no ${what} property of ${target.entityType}.`,
      { hint: 'Correct the name in the workflow file.' },
    );
  const check = (listed: readonly string[] | undefined, kind: 'scalar' | 'navigation'): void => {
    const bad = listed?.find((name) => kinds.get(name) !== kind);
    if (bad !== undefined) throw refuse(bad, kind);
  };
  for (const start of file.FulfillInternalWorkflowConfigurations) {
    check(start.ScalarProperties, 'scalar');
    check(start.DateProperties, 'scalar');
    check(start.NavigationProperties, 'navigation');
    for (const text of [start.Model.Message, start.Model.Body])
      for (const { from, path } of placesOf(text)) {
        const [first = ''] = path.split('.');
        if (from === 'Changes' && !kinds.has(first)) throw refuse(first, 'known');
      }
  }
  const back = file.NavigationTargetToSource;
  if (back !== undefined && kinds.get(back) !== 'navigation') throw refuse(back, 'navigation');
}
