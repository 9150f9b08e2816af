/** What rules give an owner, with inputs and linked resources by their keys. */
import {
  describeProvisioningState,
  describeWorkflowState,
  type Position,
  type Property,
  provisioningStates,
  type ResourceType,
} from '../../../config/index.ts';
import { describeDigest, digestOfFound, type Provenance } from '../../evaluate/index.ts';
import { describeValue, isFile, readLinkedNames } from '../../provision/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  readNames,
  type StoreTransaction,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import { show } from './history-texts.ts';
import type { SourceRow } from './source-rows.ts';

export interface ExplainedInput {
  readonly entityType: string;
  readonly key: string;
  readonly property: string;
  readonly value: string | null;
  readonly source: SourceRow | null;
}

export interface ExplainedEntry {
  readonly resourceType: string;
  /** `null`: why the owner has a resource of this type at all. */
  readonly property: string | null;
  /** The policy's value; linked resources by key, dates as people write them. */
  readonly value: string | null;
  /** What the managed system holds, when it differs. */
  readonly current: string | null;
  readonly state: string;
  /** `text`: what the rule says, in one line; `null` where a scaffolding generated it. */
  readonly rule: { readonly element: string; readonly text: string | null } & Position;
  readonly singleRole: string | null;
  readonly context: Provenance['context'];
  readonly inputs: readonly ExplainedInput[];
}

export type EntryWithIds = Omit<ExplainedEntry, 'inputs'> & {
  readonly inputs: readonly (Omit<ExplainedInput, 'source'> & { readonly id: number })[];
};

export async function describeEntries(
  t: StoreTransaction,
  workspace: Workspace,
  provenance: readonly Provenance[],
  stored: {
    readonly assignments: readonly AssignedResourceTypeRow[];
    readonly values: readonly AssignedValueRow[];
  },
  textOf: (at: Position, element: string) => string | null,
): Promise<readonly EntryWithIds[]> {
  const { model } = workspace;
  const entries: EntryWithIds[] = [];
  for (const entry of provenance) {
    const type = model.resourceTypes.get(entry.resourceType);
    const assignment = stored.assignments.find((row) => row.resource_type === entry.resourceType);
    if (type === undefined) continue;
    const deviation = stored.values.find(
      (row) => row.assigned_resource_type_id === assignment?.id && row.property === entry.property,
    );
    const shown =
      deviation === undefined
        ? null
        : describeValue(await readLinkedNames(t, model, type, [], [deviation]), deviation);
    const { file, line, column } = entry.rule;
    entries.push({
      resourceType: entry.resourceType,
      property: entry.property,
      value: await describePolicyValue(t, workspace, type, entry),
      current: shown === null ? null : show(propertyOf(model, type, entry), shown.current),
      state: stateOf(assignment, deviation, entry.isCreateOnly === true),
      rule: {
        element: entry.ruleElement,
        file,
        line,
        column,
        text: textOf(entry.rule, entry.ruleElement),
      },
      singleRole: entry.singleRole,
      context: entry.context,
      inputs: await nameInputs(t, workspace, entry),
    });
  }
  return entries;
}

function stateOf(
  assignment: AssignedResourceTypeRow | undefined,
  deviation: AssignedValueRow | undefined,
  isCreateOnly: boolean,
): string {
  const row = deviation ?? assignment;
  if (row === undefined) return 'not assigned yet';
  const { verified, executed } = provisioningStates;
  // What is written once is never compared: carried out is the last that is known of it.
  const isDone = isCreateOnly && row.provisioning_state === verified;
  const delivery = isDone ? executed : row.provisioning_state;
  const state = `${describeWorkflowState(row.workflow_state)}, ${describeProvisioningState(delivery)}`;
  return row.last_error === null ? state : `${state}: ${row.last_error}`;
}

async function describePolicyValue(
  t: StoreTransaction,
  workspace: Workspace,
  type: ResourceType,
  entry: Provenance,
): Promise<string | null> {
  const { value } = entry;
  const declared = propertyOf(workspace.model, type, entry);
  if (value === null || typeof value === 'string') return describeDigest(show(declared, value));
  const entityType = declared?.kind === 'navigation' ? declared.target : type.targetEntityType;
  const names = await readNames(t, workspace.model.entityModel, entityType, value);
  return value.map((id) => names.get(id)?.key ?? `#${id}`).join(', ');
}

function propertyOf(
  { entityModel }: Workspace['model'],
  { targetEntityType }: ResourceType,
  { property }: Provenance,
): Property | undefined {
  if (property === null) return undefined;
  return entityModel.entityTypes.get(targetEntityType)?.properties.get(property);
}

/** Linked resources, which an evaluation reads by their ids, by their keys. */
async function nameLinked(
  t: StoreTransaction,
  { model }: Workspace,
  entityType: string,
  found: string | null,
): Promise<string | null> {
  if (found === null || !/^\d+(,\d+)*$/u.test(found)) return found;
  const ids = found.split(',').map(Number);
  const names = await readNames(t, model.entityModel, entityType, ids);
  return ids.map((id) => names.get(id)?.key ?? `#${id}`).join(', ');
}

async function nameInputs(
  t: StoreTransaction,
  workspace: Workspace,
  entry: Provenance,
): Promise<EntryWithIds['inputs']> {
  const named: (Omit<ExplainedInput, 'source'> & { readonly id: number })[] = [];
  for (const [entityType, inputs] of Map.groupBy(entry.inputs, (input) => input.entityType)) {
    const names = await readNames(
      t,
      workspace.model.entityModel,
      entityType,
      inputs.map((input) => input.id),
    );
    const type = workspace.model.entityModel.entityTypes.get(entityType);
    for (const { id, property, value: found } of inputs) {
      const declared = type?.properties.get(property);
      const value =
        declared?.kind === 'navigation'
          ? await nameLinked(t, workspace, declared.target, found)
          : isFile(type, property)
            ? describeDigest(digestOfFound(found))
            : show(declared, found);
      named.push({ entityType, id, key: names.get(id)?.key ?? `#${id}`, property, value });
    }
  }
  return named;
}
