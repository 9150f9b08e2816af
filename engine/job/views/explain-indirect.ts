/** What an owner holds without having been given it, and through what; resources by their keys. */
import type { Model } from '../../../config/index.ts';
import type { ExplainedPermission, IndirectPermission } from '../../evaluate/index.ts';
import {
  type IndirectPermissionRow,
  listIndirectPermissions,
  readNames,
  type StoreTransaction,
} from '../../store/index.ts';
import type { ExplainQuestion } from './explain-absences.ts';
import { linkedType } from './linked-type.ts';

export interface ExplainedIndirect {
  readonly resourceType: string;
  readonly property: string;
  /** Key of what is held. */
  readonly value: string;
  /** Resource type and key of the account it comes through. */
  readonly through: string;
  readonly account: string;
  /** From the account to what is held; empty: the data as it is now does not lead there any more. */
  readonly path: readonly {
    readonly property: string;
    readonly entityType: string;
    readonly key: string;
  }[];
  /** Roles held indirectly because of it. */
  readonly roles: readonly string[];
  /** `null`: the next evaluation will find it. */
  readonly since: string | null;
}

export interface IndirectSubject {
  readonly ownerType: string;
  readonly ownerId: number;
  /** Only what comes through this account. */
  readonly targetId: number | null;
  readonly question: ExplainQuestion;
}

const pageSize = 1_000;

/** What the data leads to now, and what the last evaluation found and it leads to no more. */
export async function describeIndirect(
  t: StoreTransaction,
  model: Model,
  computed: readonly ExplainedPermission[],
  subject: IndirectSubject,
): Promise<readonly ExplainedIndirect[]> {
  const { ownerType: entityType, ownerId: id, targetId, question } = subject;
  const stored = new Map<string, IndirectPermissionRow>();
  for (let after = 0, isMore = true; isMore; ) {
    const filter = { owner: { entityType, id } };
    const rows = await listIndirectPermissions(t, filter, { after, limit: pageSize });
    for (const row of rows)
      stored.set(`${row.resource_type}:${row.property}:${row.linked_id}`, row);
    after = rows.at(-1)?.id ?? after;
    isMore = rows.length === pageSize;
  }
  const known = new Set(computed.map(placeOf));
  const left = [...stored]
    .filter(([place]) => !known.has(place))
    .map(([, row]) => toPermission(row));
  const all = [...computed, ...left].filter((one) => {
    if (targetId !== null && one.targetId !== targetId) return false;
    return isAsked(one, question);
  });
  const keyOf = await readKeys(t, model, all);
  return all
    .map(({ resourceType, property, linkedId, through, targetId: account, steps, roles }) => ({
      resourceType,
      property,
      value: keyOf(linkedType(model, resourceType, property), linkedId),
      through,
      account: keyOf(model.resourceTypes.get(through)?.targetEntityType, account),
      path: steps.map((step) => ({
        property: step.property,
        entityType: step.entityType,
        key: keyOf(step.entityType, step.id),
      })),
      roles,
      since: stored.get(placeOf({ resourceType, property, linkedId }))?.valid_from ?? null,
    }))
    .filter(({ value }) => question.value === undefined || value === question.value);
}

function placeOf({
  resourceType,
  property,
  linkedId,
}: Pick<IndirectPermission, 'resourceType' | 'property' | 'linkedId'>): string {
  return `${resourceType}:${property}:${linkedId}`;
}

function toPermission(row: IndirectPermissionRow): ExplainedPermission {
  return {
    resourceType: row.resource_type,
    property: row.property,
    linkedId: row.linked_id,
    through: row.through,
    targetId: row.target_id,
    steps: [],
    roles: [],
  };
}

function isAsked(
  one: ExplainedPermission,
  { role, resourceType, property }: ExplainQuestion,
): boolean {
  if (resourceType !== undefined && one.resourceType !== resourceType) return false;
  if (property !== undefined && one.property !== property) return false;
  return role === undefined || property !== undefined || one.roles.includes(role);
}

async function readKeys(
  t: StoreTransaction,
  model: Model,
  all: readonly ExplainedPermission[],
): Promise<(entityType: string | undefined, id: number) => string> {
  const wanted = new Map<string, Set<number>>();
  const want = (entityType: string | undefined, id: number): void => {
    if (entityType === undefined) return;
    wanted.set(entityType, (wanted.get(entityType) ?? new Set<number>()).add(id));
  };
  for (const { resourceType, property, linkedId, through, targetId, steps } of all) {
    want(linkedType(model, resourceType, property), linkedId);
    want(model.resourceTypes.get(through)?.targetEntityType, targetId);
    for (const step of steps) want(step.entityType, step.id);
  }
  const names = new Map<string, string>();
  for (const [entityType, ids] of wanted) {
    for (const [id, { key }] of await readNames(t, model.entityModel, entityType, [...ids]))
      names.set(`${entityType}:${id}`, key);
  }
  return (entityType, id) => names.get(`${entityType}:${id}`) ?? `#${id}`;
}
