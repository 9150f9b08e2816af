/** Which risks an owner's accounts make: on values that are there, and on those the policy is about to put there. */
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
import type { AssignedResourceType, HeldItem, IdentifiedRisk, Matches } from './types.ts';

/** Of what leaves, only what is still there counts. */
const leavingStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.inactive,
  workflowStates.cancellation,
]);

/** Risks about owners of this entity type, in the order of the model. */
export function risksOf(model: Model, entityType: string): readonly Risk[] {
  return [...model.risks.values()].filter((risk) => risk.entityType === entityType);
}

/**
 * The risks of one owner with what makes them, by ascending identifier; of each rule that holds, one holder per item: what is
 * present before what is only wanted, the smallest id first.
 */
export function identifyRisks(
  {
    model,
    matches,
    now,
  }: { readonly model: Model; readonly matches: Matches; readonly now: string },
  risks: readonly Risk[],
  rows: readonly AssignedResourceType[],
): readonly IdentifiedRisk[] {
  const found: IdentifiedRisk[] = [];
  for (const { identifier, rules } of risks) {
    const held = rules.flatMap((rule, index) => {
      const items = rule.items.map((item) => findHolder({ model, matches, now }, item, rows));
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
  {
    model,
    matches,
    now,
  }: { readonly model: Model; readonly matches: Matches; readonly now: string },
  item: RiskItem,
  rows: readonly AssignedResourceType[],
): HeldItem | null {
  const targetType = model.resourceTypes.get(item.resourceType)?.targetEntityType ?? '';
  const property = model.entityModel.entityTypes.get(targetType)?.properties.get(item.property);
  if (property === undefined) return null;
  const linked =
    property.kind === 'navigation' && item.resource !== undefined
      ? matches.byKey(property.target, item.resource)
      : null;
  if (property.kind === 'navigation' && linked === null) return null;
  const holders = rows
    .filter((row) => row.resourceType === item.resourceType)
    .flatMap((row): readonly HeldItem[] => {
      const target = ownTarget(row, targetType, matches);
      const isPresent = target !== null && isIn(target, item.property, linked);
      if (!isPresent && !isWanted(row, item.property, linked, now)) return [];
      const { resourceType, property: name, resource = null } = item;
      return [{ resourceType, property: name, resource, targetId: row.targetId, isPresent }];
    });
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
  const isRefused = row.isDenied || refusedRequestStates.has(row.workflowState);
  if (isRefused || isLeaving(row) || openRequestStates.has(row.workflowState)) return false;
  if (awaitsConfirmation(row)) return false;
  if (row.startDate !== null && row.startDate > now) return false;
  if (row.endDate !== null && row.endDate <= now) return false;
  const wanted = row.policyValues[property] ?? null;
  if (wanted === null || isValueDenied(row, property, linked)) return false;
  if (linked === null) return wanted !== '';
  return typeof wanted === 'string' ? wanted === String(linked.id) : wanted.includes(linked.id);
}

/** A person refused to have the policy's value delivered. */
function isValueDenied(
  { values }: AssignedResourceType,
  property: string,
  linked: ResourceView | null,
): boolean {
  return values.some(
    (value) =>
      value.property === property &&
      value.isDenied &&
      (value.linkedId === 0 || value.linkedId === linked?.id),
  );
}

function byPresence(left: HeldItem, right: HeldItem): number {
  if (left.isPresent !== right.isPresent) return left.isPresent ? -1 : 1;
  const last = Number.MAX_SAFE_INTEGER;
  return (left.targetId ?? last) - (right.targetId ?? last);
}
