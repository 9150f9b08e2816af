/** The roles that links held indirectly stand for: shown beside the others, holding nothing and giving nothing. */
import { moveWorkflow, workflowStates } from '../../config/index.ts';
import { matchesCriteria } from './criteria.ts';
import {
  chooseRoles,
  type Deduction,
  type Gift,
  type GiftIndex,
  giftsAt,
  giftsGiving,
  giftsOf,
  isFor,
  isFound,
  isThere,
  placeOf,
} from './deduce-roles.ts';
import { findIndirect } from './indirect-permissions.ts';
import { covers } from './periods.ts';
import { roleModelOf } from './role-rules.ts';
import { heldStates } from './role-states.ts';
import {
  type AssignedResourceType,
  type AssignedRole,
  type EvaluationOptions,
  type IndirectPermission,
  noRequest,
  type RoleKind,
} from './types.ts';

export interface IndirectOutcome {
  /** Those of `roles`, and the indirect ones after them. */
  readonly roles: readonly AssignedRole[];
  /** Absent: no rule looks for it, or what is stored stays. */
  readonly indirect?: readonly IndirectPermission[];
}

/** What a role is named by among those of both kinds. */
type RoleName = `${RoleKind}:${string}`;

/**
 * What is held beside what was computed.
 *
 * @param stored indirect roles as they are stored
 * @param direct everything else that is computed
 */
export function addIndirect(
  deduction: Deduction,
  stored: readonly AssignedRole[],
  direct: {
    readonly roles: readonly AssignedRole[];
    readonly rows: readonly AssignedResourceType[];
  },
): IndirectOutcome {
  const { model, state, matches, options } = deduction;
  const { roles, rows } = direct;
  if (options.freezesIndirect === true)
    return { roles: stored.length === 0 ? roles : [...roles, ...stored] };
  if (model.indirectRules.length === 0) return { roles: withRows(roles, [], stored, options) };
  const following = { model, matches, now: options.now };
  const found = findIndirect(following, state.owner.entityType, rows);
  // One by one: there may be dozens for each of everybody.
  const indirect = found.map(({ resourceType, property, linkedId, through, targetId }) => {
    return { resourceType, property, linkedId, through, targetId };
  });
  const names = indirectRoles(deduction, found, direct);
  return { roles: withRows(roles, names, stored, options), indirect };
}

/** Names of the roles that one link held indirectly stands for, of both kinds, ascending. */
export function rolesThrough(
  deduction: Deduction,
  permission: IndirectPermission,
  indirect: readonly AssignedRole[],
): readonly string[] {
  const { model, state } = deduction;
  const index = giftsOf(model, state.owner.entityType);
  const singles = new Set(giftsOfLink(index, deduction, permission).map(({ role }) => role));
  const through = new Set(
    indirect.filter(({ kind, role }) => kind === 'single' && singles.has(role)).map(nameOf),
  );
  const composites = new Set(
    indirect.filter(({ kind }) => kind === 'composite').map(({ role }) => role),
  );
  for (let size = -1; size !== through.size; ) {
    size = through.size;
    for (const composite of composites) {
      const parts = partsOf(deduction, composite);
      if (parts.some((part) => through.has(part))) through.add(`composite:${composite}`);
    }
  }
  return [...through].map((name) => name.slice(name.indexOf(':') + 1)).sort();
}

function indirectRoles(
  deduction: Deduction,
  found: readonly IndirectPermission[],
  {
    roles,
    rows,
  }: { readonly roles: readonly AssignedRole[]; readonly rows: readonly AssignedResourceType[] },
): readonly RoleName[] {
  if (found.length === 0) return [];
  const { model, state, options } = deduction;
  const index = giftsOf(model, state.owner.entityType);
  const held = new Set(roles.filter((row) => isHeld(row, options.now)).map(nameOf));
  const given = new Set<Gift>();
  const candidates: ReadonlySet<string>[] = [];
  let last: Pick<IndirectPermission, 'resourceType' | 'property'> | undefined;
  let byLink: ReadonlyMap<number, readonly Gift[]> = new Map();
  for (const { resourceType, property, linkedId } of found) {
    // They come by place.
    if (last?.resourceType !== resourceType || last.property !== property) {
      last = { resourceType, property };
      byLink = giftsAt(index, deduction.matches, placeOf(resourceType, property));
    }
    const gifts = (byLink.get(linkedId) ?? []).filter((gift) => isFor(deduction, gift));
    if (gifts.length === 0) continue;
    for (const gift of gifts) given.add(gift);
    const names = new Set(gifts.map(({ role }) => role));
    // What a role that is held gives as well is explained by that role.
    const isExplained = [...names].some((role) => held.has(`single:${role}`));
    if (!isExplained) candidates.push(names);
  }
  const singles = chooseRoles(candidates, (role) =>
    (index.byRole.get(role) ?? []).every(
      (gift) => given.has(gift) || isThere(deduction, gift, rows),
    ),
  );
  const names = [...singles].sort().map((role): RoleName => `single:${role}`);
  return [...compositesOf(deduction, held, new Set(names)), ...names];
}

function giftsOfLink(
  index: GiftIndex,
  deduction: Deduction,
  { resourceType, property, linkedId }: IndirectPermission,
): readonly Gift[] {
  const place = placeOf(resourceType, property);
  return giftsGiving(index, deduction.matches, place, linkedId).filter((gift) =>
    isFor(deduction, gift),
  );
}

/** Composite roles of which everything is held, and at least one part only indirectly; ascending. */
function compositesOf(
  deduction: Deduction,
  held: ReadonlySet<RoleName>,
  singles: ReadonlySet<RoleName>,
): readonly RoleName[] {
  const { model, state } = deduction;
  const { entityType } = state.owner;
  const roleModel = roleModelOf(model, entityType);
  const pending = [...model.compositeRoles.values()].filter(
    ({ identifier, entityType: owners }) =>
      owners === entityType &&
      !held.has(`composite:${identifier}`) &&
      !roleModel.isExternal('composite', identifier),
  );
  const indirect = new Set<RoleName>(singles);
  const found: RoleName[] = [];
  // Composite roles may be made of composite roles: as long as one is found, another may be.
  for (let size = -1; size !== found.length; ) {
    size = found.length;
    for (const { identifier } of pending) {
      const name: RoleName = `composite:${identifier}`;
      if (indirect.has(name)) continue;
      const parts = partsOf(deduction, identifier);
      const isWhole = parts.every((part) => held.has(part) || indirect.has(part));
      if (!isWhole || !parts.some((part) => indirect.has(part))) continue;
      indirect.add(name);
      found.push(name);
    }
  }
  return found.sort();
}

/** The roles that a composite role gives this owner now. */
function partsOf(
  { model, state, contexts, options }: Deduction,
  composite: string,
): readonly RoleName[] {
  const roleModel = roleModelOf(model, state.owner.entityType);
  const current = contexts.filter((context) => covers(context, options.now));
  const parts = (kind: RoleKind): readonly RoleName[] =>
    roleModel
      .givenBy(kind, composite)
      .filter((role) =>
        (roleModel.rulesOf(kind, role)?.rules ?? []).some(
          (rule) =>
            rule.via === composite &&
            rule.type === 'Required' &&
            !rule.isDenied &&
            current.some((context) => matchesCriteria(model, rule.criteria, context)),
        ),
      )
      .map((role): RoleName => `${kind}:${role}`);
  return [...parts('composite'), ...parts('single')];
}

function nameOf({ kind, role }: Pick<AssignedRole, 'kind' | 'role'>): RoleName {
  return `${kind}:${role}`;
}

function isHeld(row: AssignedRole, now: string): boolean {
  return heldStates.has(row.workflowState) && !row.isDenied && !row.isIndirect && covers(row, now);
}

/** The rows of these names after those of the others; rows of what is held no more are left out. */
function withRows(
  direct: readonly AssignedRole[],
  names: readonly RoleName[],
  stored: readonly AssignedRole[],
  { timestamp }: EvaluationOptions,
): readonly AssignedRole[] {
  if (names.length === 0 && stored.length === 0) return direct;
  const free = new Map(stored.filter(isFound).map((row) => [nameOf(row), row]));
  return [...direct, ...names.map((name) => free.get(name) ?? newRow(name, timestamp))];
}

function newRow(name: RoleName, timestamp: string): AssignedRole {
  const kind: RoleKind = name.startsWith('composite:') ? 'composite' : 'single';
  return {
    id: null,
    kind,
    role: name.slice(kind.length + 1),
    workflowState: moveWorkflow(workflowStates.none, 'found-indirect'),
    isDenied: false,
    isInferred: false,
    isIndirect: true,
    startDate: null,
    endDate: null,
    cause: 'drift',
    basis: null,
    stateSince: timestamp,
    ...noRequest,
  };
}
