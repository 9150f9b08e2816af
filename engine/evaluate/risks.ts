/**
 * Which risks an owner has: by values that are in its accounts, by links that memberships bring, and by what the policy is
 * about to give.
 */
import {
  type Model,
  type ResourceView,
  type Risk,
  type RiskItem,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import { awaitsConfirmation } from './correlate.ts';
import { openRequestStates, refusedRequestStates } from './role-states.ts';
import type {
  AssignedResourceType,
  HeldItem,
  IdentifiedRisk,
  IndirectLink,
  Matches,
} from './types.ts';

/** Of what leaves, only what is still there counts. */
const leavingStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.inactive,
  workflowStates.cancellation,
]);

/** Risks about owners of this entity type, in the order of the model. */
export function risksOf(model: Model, entityType: string): readonly Risk[] {
  return [...model.risks.values()].filter((risk) => risk.entityType === entityType);
}

interface About {
  readonly model: Model;
  readonly matches: Matches;
  readonly now: string;
}

/** What an owner holds: assigned resource types, and links that come indirectly. */
interface Held {
  readonly rows: readonly AssignedResourceType[];
  readonly indirect?: readonly IndirectLink[];
}

/**
 * The risks of one owner with what makes them, by ascending identifier; of each rule that holds, one holder per item: what is
 * present before what is only wanted, what an account has itself before what comes indirectly, the smallest id first.
 */
export function identifyRisks(
  about: About,
  risks: readonly Risk[],
  owned: Held,
): readonly IdentifiedRisk[] {
  const found: IdentifiedRisk[] = [];
  for (const { identifier, rules } of risks) {
    const held = rules.flatMap((rule, index) => {
      const items = rule.items.map((item) => findHolder(about, item, owned));
      const whole = items.filter((item) => item !== null);
      return whole.length < items.length || whole.length === 0
        ? []
        : [{ rule: index + 1, items: whole }];
    });
    if (held.length > 0) found.push({ risk: identifier, rules: held });
  }
  return found.sort((a, b) => (a.risk < b.risk ? -1 : 1));
}

function findHolder(
  { model, matches, now }: About,
  item: RiskItem,
  { rows, indirect = [] }: Held,
): HeldItem | null {
  const targetType = model.resourceTypes.get(item.resourceType)?.targetEntityType ?? '';
  const property = model.entityModel.entityTypes.get(targetType)?.properties.get(item.property);
  if (property === undefined) return null;
  const linked =
    property.kind === 'navigation' && item.resource !== undefined
      ? matches.byKey(property.target, item.resource)
      : null;
  if (property.kind === 'navigation' && linked === null) return null;
  const { resourceType, property: name, resource = null } = item;
  const holders = rows
    .filter((row) => row.resourceType === resourceType)
    .flatMap((row): readonly HeldItem[] => {
      const target = ownTarget(row, targetType, matches);
      const isPresent = target !== null && isIn(target, name, linked);
      if (!isPresent && !isWanted(row, name, linked, now)) return [];
      return [{ resourceType, property: name, resource, targetId: row.targetId, isPresent }];
    });
  for (const link of linked === null ? [] : indirect) {
    if (link.linkedId !== linked?.id) continue;
    if (link.resourceType !== resourceType || link.property !== name) continue;
    const { targetId, isPresent, through } = link;
    holders.push({ resourceType, property: name, resource, targetId, isPresent, through });
  }
  return holders.sort(byPresence)[0] ?? null;
}

/** The account of this row as it is in the managed system; `null` where it is not (surely) the owner's. */
export function ownTarget(
  row: AssignedResourceType,
  targetType: string,
  matches: Pick<Matches, 'byId'>,
): ResourceView | null {
  const isDeclinedMatch = row.isDenied && row.confidence !== null && !isLeaving(row);
  if (row.targetId === null || isDeclinedMatch || awaitsConfirmation(row)) return null;
  return matches.byId(targetType, row.targetId);
}

function isLeaving(row: AssignedResourceType): boolean {
  return leavingStates.has(row.workflowState);
}

function isIn(target: ResourceView, property: string, linked: ResourceView | null): boolean {
  if (linked !== null) return target.many(property).some(({ id }) => id === linked.id);
  const value = target.scalar(property);
  return value !== null && value !== '';
}

function isWanted(
  row: AssignedResourceType,
  property: string,
  linked: ResourceView | null,
  now: string,
): boolean {
  if (!isGiven(row, now)) return false;
  const wanted = row.policyValues[property] ?? null;
  if (wanted === null || isValueDenied(row, property, linked?.id)) return false;
  if (linked === null) return wanted !== '';
  return typeof wanted === 'string' ? wanted === String(linked.id) : wanted.includes(linked.id);
}

/** The links that the policy wants the account to have now, whether it has them or not; ascending. */
export function wantedLinks(
  row: AssignedResourceType,
  property: string,
  now: string,
): readonly number[] {
  const wanted = row.policyValues[property] ?? null;
  if (wanted === null || !isGiven(row, now)) return [];
  const ids = typeof wanted === 'string' ? [Number(wanted)] : wanted;
  return ids.filter((id) => !isValueDenied(row, property, id));
}

/** The policy gives the resource now, and nobody is still to agree to that. */
function isGiven(row: AssignedResourceType, now: string): boolean {
  const isRefused = row.isDenied || refusedRequestStates.has(row.workflowState);
  if (isRefused || isLeaving(row) || openRequestStates.has(row.workflowState)) return false;
  if (awaitsConfirmation(row)) return false;
  if (row.startDate !== null && row.startDate > now) return false;
  return row.endDate === null || row.endDate > now;
}

/** A person refused to have the policy's value delivered. */
function isValueDenied(
  { values }: AssignedResourceType,
  property: string,
  linkedId: number | undefined,
): boolean {
  return values.some(
    (value) =>
      value.property === property &&
      value.isDenied &&
      (value.linkedId === 0 || value.linkedId === linkedId),
  );
}

function byPresence(left: HeldItem, right: HeldItem): number {
  if (left.isPresent !== right.isPresent) return left.isPresent ? -1 : 1;
  const isDirect = left.through === undefined;
  if (isDirect !== (right.through === undefined)) return isDirect ? -1 : 1;
  const last = Number.MAX_SAFE_INTEGER;
  return (left.targetId ?? last) - (right.targetId ?? last);
}
