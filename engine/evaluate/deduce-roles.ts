/**
 * Rules read backwards: from what managed systems hold, and no rule or decision explains, to the single roles that would
 * have given it. A deduced role is Non-conforming or Pre-existing and counts as held until a person refuses it: what it
 * gives is then explained by it, and what is missing of it is ordered. The values need no decision of their own.
 */
import {
  type Model,
  moveWorkflow,
  type NavigationRule,
  type TypeRule,
  workflowStates,
} from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { matchesCriteria } from './criteria.ts';
import { ownerPlanOf } from './owner-plan.ts';
import { covers } from './periods.ts';
import {
  type AssignedResourceType,
  type AssignedRole,
  type EvaluationOptions,
  type Matches,
  noRequest,
  type OwnerState,
} from './types.ts';

/** What a role gives: a resource of a type, or one link of it. */
export interface Gift {
  readonly role: string;
  readonly resourceType: string;
  readonly rule: TypeRule | NavigationRule;
  /** `null`: the resource itself. */
  readonly link: {
    readonly property: string;
    readonly key: string;
    readonly entityType: string;
  } | null;
}

export interface GiftIndex {
  readonly byRole: ReadonlyMap<string, readonly Gift[]>;
  /** By resource type and property; without a property: the resource itself. */
  readonly byPlace: ReadonlyMap<string, readonly Gift[]>;
}

/** By frozen model: the same model gives the same answer, so that remembering it shows only in the time it takes. */
const known = new WeakMap<Model, Map<string, GiftIndex>>();

export function giftsOf(model: Model, entityType: string): GiftIndex {
  const byType = known.get(model) ?? new Map<string, GiftIndex>();
  known.set(model, byType);
  const found = byType.get(entityType) ?? collectGifts(model, entityType);
  byType.set(entityType, found);
  return found;
}

function collectGifts(model: Model, entityType: string): GiftIndex {
  const isOurs = (role: string | undefined): role is string => {
    const declared = role === undefined ? undefined : model.singleRoles.get(role);
    if (declared?.entityType !== entityType) return false;
    return model.policies.get(declared.policy)?.isExternal !== true;
  };
  const gifts: Gift[] = [];
  for (const type of ownerPlanOf(model, entityType).resourceTypes) {
    const target = model.entityModel.entityTypes.get(type.targetEntityType);
    for (const rule of type.typeRules) {
      const { singleRole: role } = rule;
      if (rule.isDenied || rule.type !== 'Required' || !isOurs(role)) continue;
      gifts.push({ role, resourceType: type.identifier, rule, link: null });
    }
    for (const rule of type.navigationRules) {
      const { singleRole: role, property, resource: key } = rule;
      const declared = target?.properties.get(property);
      if (rule.isDenied || declared?.kind !== 'navigation' || !isOurs(role)) continue;
      const link = { property, key, entityType: declared.target };
      gifts.push({ role, resourceType: type.identifier, rule, link });
    }
  }
  return {
    byRole: Map.groupBy(gifts, (gift) => gift.role),
    byPlace: Map.groupBy(gifts, (gift) => placeOf(gift.resourceType, gift.link?.property ?? null)),
  };
}

export function placeOf(resourceType: string, property: string | null): string {
  return property === null ? resourceType : `${resourceType}:${property}`;
}

export interface Deduction {
  readonly model: Model;
  readonly state: OwnerState;
  readonly contexts: readonly Context[];
  readonly matches: Matches;
  readonly options: EvaluationOptions;
}

/** The stored roles, without those that were deduced from what is no longer there. */
export function stillFound(deduction: Deduction): readonly AssignedRole[] {
  const { state, model } = deduction;
  const isDeduced = (row: AssignedRole): boolean =>
    isFound(row) &&
    row.kind === 'single' &&
    !row.isIndirect &&
    !row.isDenied &&
    (row.cause === 'drift' || row.cause === 'initial');
  if (!state.roles.some(isDeduced)) return state.roles;
  const { byRole } = giftsOf(model, state.owner.entityType);
  return state.roles.filter((row) => {
    if (!isDeduced(row)) return true;
    const gifts = byRole.get(row.role);
    return (
      gifts === undefined || gifts.some((gift) => isThere(deduction, gift, state.resourceTypes))
    );
  });
}

/** Roles to hold beside those of `roles`, from the rows that an evaluation without them gives; ordered by role. */
export function deduceRoles(
  deduction: Deduction,
  roles: readonly AssignedRole[],
  rows: readonly AssignedResourceType[],
): readonly AssignedRole[] {
  const { model, state, options } = deduction;
  const index = giftsOf(model, state.owner.entityType);
  const { byRole } = index;
  if (byRole.size === 0) return [];
  const unexplained = listUnexplained(rows);
  // By far the most frequent.
  if (unexplained.length === 0) return [];
  const taken = new Set(roles.filter((row) => row.kind === 'single').map((row) => row.role));
  const candidates = unexplained
    .map(({ resourceType, property, id }) =>
      giftsGiving(index, deduction.matches, placeOf(resourceType, property), id).filter(
        (gift) => !taken.has(gift.role) && isThere(deduction, gift, rows),
      ),
    )
    .map((gifts) => new Set(gifts.map((gift) => gift.role)))
    .filter((names) => names.size > 0);
  const found = chooseRoles(candidates, (role) =>
    (byRole.get(role) ?? []).every((gift) => isThere(deduction, gift, rows)),
  );
  return [...found].sort().map((role) => foundRole(role, options));
}

/** Of the roles that could have given each value: the only one, else one that is chosen anyway, else the only whole one. */
export function chooseRoles(
  candidates: readonly ReadonlySet<string>[],
  isWhole: (role: string) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const names of candidates) for (const role of names) if (names.size === 1) found.add(role);
  for (const names of candidates) {
    if ([...names].some((role) => found.has(role))) continue;
    // Of several roles that could have given it, the one of which nothing is missing.
    const whole = [...names].filter(isWhole);
    const [only] = whole;
    if (only !== undefined && whole.length === 1) found.add(only);
  }
  return found;
}

function foundRole(role: string, options: EvaluationOptions): AssignedRole {
  const { isFirstEvaluation, timestamp } = options;
  return {
    id: null,
    kind: 'single',
    role,
    workflowState: moveWorkflow(workflowStates.none, isFirstEvaluation ? 'found-first' : 'found'),
    isDenied: false,
    isInferred: false,
    isIndirect: false,
    startDate: null,
    endDate: null,
    cause: isFirstEvaluation ? 'initial' : 'drift',
    basis: null,
    stateSince: timestamp,
    ...noRequest,
  };
}

export function isFound({ workflowState }: { readonly workflowState: number }): boolean {
  return workflowState === workflowStates.found || workflowState === workflowStates.historic;
}

/** What waits in reconciliation; `id` of the linked resource, 0 for the resource itself. */
function listUnexplained(rows: readonly AssignedResourceType[]): readonly {
  readonly resourceType: string;
  readonly property: string | null;
  readonly id: number;
}[] {
  return rows.flatMap((row) => {
    const { resourceType } = row;
    const isConfirmed = row.confidence === null && row.targetId !== null;
    const itself = isFound(row) && isConfirmed ? [{ resourceType, property: null, id: 0 }] : [];
    const links = row.values
      .filter((value) => value.kind === 'navigation' && isFound(value))
      .filter((value) => value.policyValue === null && value.currentValue !== null)
      .map(({ property, linkedId, currentValue }) => ({
        resourceType,
        property,
        id: linkedId === 0 ? Number(currentValue) : linkedId,
      }));
    return [...itself, ...links];
  });
}

/** The criteria of the rule hold for the owner now. */
export function isFor({ model, contexts, options }: Deduction, { rule }: Gift): boolean {
  return contexts.some(
    (context) => covers(context, options.now) && matchesCriteria(model, rule.criteria, context),
  );
}

const noGifts: readonly Gift[] = [];

/** By look-ups, which are those of one page of owners: gifts by place and by the id of what they give. */
const resolved = new WeakMap<
  Matches,
  { readonly index: GiftIndex; readonly byPlace: Map<string, ReadonlyMap<number, readonly Gift[]>> }
>();

/** Gifts of this place that give the resource with this id; 0: the resource type itself. */
export function giftsGiving(
  index: GiftIndex,
  matches: Matches,
  place: string,
  id: number,
): readonly Gift[] {
  return giftsAt(index, matches, place).get(id) ?? noGifts;
}

/** Gifts of this place by the id of what they give. */
export function giftsAt(
  index: GiftIndex,
  matches: Matches,
  place: string,
): ReadonlyMap<number, readonly Gift[]> {
  let memory = resolved.get(matches);
  if (memory?.index !== index) {
    memory = { index, byPlace: new Map() };
    resolved.set(matches, memory);
  }
  let byId = memory.byPlace.get(place);
  if (byId === undefined) {
    byId = Map.groupBy(index.byPlace.get(place) ?? noGifts, ({ link }) =>
      link === null ? 0 : (matches.byKey(link.entityType, link.key)?.id ?? noResource),
    );
    memory.byPlace.set(place, byId);
  }
  return byId;
}

/** The id of nothing. */
const noResource = -1;

/** A managed system holds it for the owner. */
export function isThere(
  deduction: Deduction,
  gift: Gift,
  rows: readonly AssignedResourceType[],
): boolean {
  const { model, matches } = deduction;
  if (!isFor(deduction, gift)) return false;
  const targetType = model.resourceTypes.get(gift.resourceType)?.targetEntityType ?? '';
  const { link } = gift;
  return rows.some((row) => {
    if (row.resourceType !== gift.resourceType || row.targetId === null || row.isDenied)
      return false;
    const target = matches.byId(targetType, row.targetId);
    if (target === null || link === null) return target !== null;
    const wanted = matches.byKey(link.entityType, link.key)?.id;
    return target.many(link.property).some((one) => one.id === wanted);
  });
}
