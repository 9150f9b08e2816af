/** Decisions of reconciliation, whatever the numbers name: assignments and roles together. */
import type { Model } from '../../config/index.ts';
import { readAssignedRoles, type Store, type StoreTransaction } from '../store/index.ts';
import { decideGapsIn, type GapDecision } from './decide-gaps.ts';
import { decideRolesIn } from './decide-roles.ts';
import type { DecisionResult } from './decision.ts';
import type { GapKind } from './describe-gaps.ts';
import { DecisionError } from './errors.ts';
import type { GapFilter } from './reconcile.ts';

export interface FoundDecision extends Omit<GapDecision, 'filter' | 'assignmentIds'> {
  /** Of assignments and assigned roles; empty: everything the filter lets through. */
  readonly ids: readonly number[];
  readonly filter: GapFilter;
}

/** All or nothing. Accounts without owner are decided about by `decideOrphans`. */
export async function decideFound(
  store: Store,
  model: Model,
  decision: FoundDecision,
): Promise<DecisionResult> {
  return store.transaction(async (t) => {
    const { filter } = decision;
    const roleIds = await pickRoles(t, decision.ids);
    const assignmentIds = decision.ids.filter((id) => !roleIds.includes(id));
    const isNamed = decision.ids.length > 0;
    const results: DecisionResult[] = [];
    if (isNamed ? assignmentIds.length > 0 : wantsAssignments(filter)) {
      const part = partOf(filter);
      const narrowed = { ...filter, ...(part === undefined ? {} : { part }) };
      results.push(await decideGapsIn(t, model, { ...decision, assignmentIds, filter: narrowed }));
    }
    const { decision: verb } = decision;
    const [role] = roleIds;
    if (role !== undefined && verb !== 'keep' && verb !== 'delete')
      throw new DecisionError('DECISION_NOT_OPEN', `There is nothing to ${verb} for ${role}.`, {
        hint: 'Nothing was changed. Roles are kept or deleted.',
        details: { assignedRoleId: role },
      });
    const isAboutRoles = isNamed ? roleIds.length > 0 : wantsRoles(filter, decision.property);
    if (isAboutRoles && (verb === 'keep' || verb === 'delete')) {
      results.push(await decideRolesIn(t, model, { ...decision, decision: verb, roleIds, filter }));
    }
    return {
      changed: results.reduce((sum, result) => sum + result.changed, 0),
      ids: results.flatMap((result) => result.ids),
    };
  });
}

async function pickRoles(t: StoreTransaction, ids: readonly number[]): Promise<readonly number[]> {
  return (await readAssignedRoles(t, ids)).map((row) => row.id);
}

function wants({ kinds }: GapFilter, kind: GapKind): boolean {
  return kinds?.includes(kind) ?? true;
}

function wantsAssignments(filter: GapFilter): boolean {
  const isAboutThem = wants(filter, 'property') || wants(filter, 'unauthorized-account');
  return isAboutThem && filter.role === undefined;
}

/** Nothing but roles is narrowed by what only they have; what only values have leaves them out. */
function wantsRoles(filter: GapFilter, property: string | undefined): boolean {
  const isAboutOthers =
    property ??
    filter.property ??
    filter.proposed ??
    filter.current ??
    filter.value ??
    filter.resourceType ??
    filter.confidence;
  return wants(filter, 'role') && isAboutOthers === undefined;
}

function partOf(filter: GapFilter): 'resource' | 'value' | undefined {
  if (wants(filter, 'property') && wants(filter, 'unauthorized-account')) return filter.part;
  return wants(filter, 'property') ? 'value' : 'resource';
}
