/** What one owner gains, loses or holds otherwise under a supposition. */
import { describeWorkflowState, type Model } from '../../../config/index.ts';
import { heldStates } from '../../evaluate/index.ts';
import type { OwnerHoldings } from '../../job/index.ts';
import { showInstant } from '../../provision/index.ts';

export interface Effect {
  readonly kind: 'role' | 'resource-type' | 'value';
  readonly change: 'gains' | 'loses' | 'changes';
  /** Role or resource type. */
  readonly item: string;
  /** Of a role. */
  readonly roleKind: 'composite' | 'single' | null;
  readonly property: string | null;
  /** Scalars as text; linked resources and accounts as ids of their side's store, for `nameOf`. */
  readonly before: EffectValue;
  readonly after: EffectValue;
}

export type EffectValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string | null }
  | { readonly kind: 'resource'; readonly entityType: string; readonly id: number };

const none: EffectValue = { kind: 'none' };

type AssignedRole = OwnerHoldings['roles'][number];
type AssignedType = OwnerHoldings['resourceTypes'][number];

/**
 * Roles and resource types that are held on one side only or otherwise; of resource types held on both, values and links
 * that differ; of those gained or lost, their links. In the order of items.
 */
export function compareHoldings(
  model: { readonly before: Model; readonly after: Model },
  before: OwnerHoldings | null,
  after: OwnerHoldings | null,
): readonly Effect[] {
  return [
    ...compareRoles(before?.roles ?? [], after?.roles ?? []),
    ...compareTypes(model, before?.resourceTypes ?? [], after?.resourceTypes ?? []),
  ];
}

function compareRoles(
  before: readonly AssignedRole[],
  after: readonly AssignedRole[],
): readonly Effect[] {
  const was = heldRoles(before);
  const is = heldRoles(after);
  return union(was, is).flatMap((key): readonly Effect[] => {
    const left = was.get(key);
    const right = is.get(key);
    const row = right ?? left;
    if (row === undefined) return [];
    const about = { kind: 'role', item: row.role, roleKind: row.kind, property: null } as const;
    const change = changeOf(left, right);
    const texts = { before: roleText(left), after: roleText(right) };
    if (change === 'changes' && JSON.stringify(texts.before) === JSON.stringify(texts.after))
      return [];
    return [{ ...about, change, ...texts }];
  });
}

function heldRoles(rows: readonly AssignedRole[]): ReadonlyMap<string, AssignedRole> {
  const held = rows.filter((row) => !row.isDenied && heldStates.has(row.workflowState));
  return new Map(
    held.map((row) => [`${row.role} ${row.kind} ${JSON.stringify(row.parameters)}`, row]),
  );
}

function roleText(row: AssignedRole | undefined): EffectValue {
  if (row === undefined) return none;
  const start = row.startDate === null ? 'always' : showInstant(row.startDate);
  const end = row.endDate === null ? 'open' : showInstant(row.endDate);
  const period = `${start} to ${end}`;
  const state = describeWorkflowState(row.workflowState);
  const shown = row.isIndirect ? `${state}, indirect` : state;
  return { kind: 'text', text: `${shown}, ${period}` };
}

function compareTypes(
  model: { readonly before: Model; readonly after: Model },
  before: readonly AssignedType[],
  after: readonly AssignedType[],
): readonly Effect[] {
  const was = heldTypes(before);
  const is = heldTypes(after);
  return union(was, is).flatMap((key) => {
    const left = was.get(key);
    const right = is.get(key);
    return compareType(model, left, right);
  });
}

/** A creation that waits has no target: it meets the account that the other side knows. */
function heldTypes(rows: readonly AssignedType[]): ReadonlyMap<string, AssignedType> {
  const held = rows.filter((row) => !row.isDenied && heldStates.has(row.workflowState));
  const ordinals = new Map<string, number>();
  return new Map(
    held.map((row) => {
      const ordinal = ordinals.get(row.resourceType) ?? 0;
      ordinals.set(row.resourceType, ordinal + 1);
      return [`${row.resourceType} ${ordinal}`, row];
    }),
  );
}

function compareType(
  model: { readonly before: Model; readonly after: Model },
  left: AssignedType | undefined,
  right: AssignedType | undefined,
): readonly Effect[] {
  const row = right ?? left;
  if (row === undefined) return [];
  const target = (
    model.after.resourceTypes.get(row.resourceType) ??
    model.before.resourceTypes.get(row.resourceType)
  )?.targetEntityType;
  const change = changeOf(left, right);
  const about = { item: row.resourceType, roleKind: null } as const;
  const accountOf = (one: AssignedType | undefined): EffectValue =>
    one === undefined || target === undefined || one.targetId === null
      ? none
      : { kind: 'resource', entityType: target, id: one.targetId };
  const own: readonly Effect[] =
    change === 'changes'
      ? []
      : [
          {
            kind: 'resource-type',
            change,
            ...about,
            property: null,
            before: accountOf(left),
            after: accountOf(right),
          },
        ];
  const properties = union(
    new Map(Object.entries(left?.policyValues ?? {})),
    new Map(Object.entries(right?.policyValues ?? {})),
  );
  return [
    ...own,
    ...properties.flatMap((property) =>
      compareProperty({ model, about, property, isWhole: change !== 'changes', left, right }),
    ),
  ];
}

function compareProperty(request: {
  readonly model: { readonly before: Model; readonly after: Model };
  readonly about: Pick<Effect, 'item' | 'roleKind'>;
  readonly property: string;
  /** The account itself is gained or lost: only its links are told. */
  readonly isWhole: boolean;
  readonly left: AssignedType | undefined;
  readonly right: AssignedType | undefined;
}): readonly Effect[] {
  const { model, about, property, isWhole, left, right } = request;
  const was = left?.policyValues[property] ?? null;
  const is = right?.policyValues[property] ?? null;
  const linked =
    linkedType(model.after, about.item, property) ?? linkedType(model.before, about.item, property);
  const effect = (change: Effect['change'], before: EffectValue, after: EffectValue): Effect => ({
    kind: 'value',
    change,
    ...about,
    property,
    before,
    after,
  });
  if (linked === null) {
    if (isWhole || was === is) return [];
    const text = (value: typeof was): EffectValue => ({
      kind: 'text',
      text: typeof value === 'string' ? value : null,
    });
    return [effect('changes', text(was), text(is))];
  }
  const lost = idsOf(was).filter((id) => !idsOf(is).includes(id));
  const gained = idsOf(is).filter((id) => !idsOf(was).includes(id));
  const resource = (id: number): EffectValue => ({ kind: 'resource', entityType: linked, id });
  return [
    ...lost.map((id) => effect('loses', resource(id), none)),
    ...gained.map((id) => effect('gains', none, resource(id))),
  ];
}

function idsOf(value: string | null | readonly number[]): readonly number[] {
  return Array.isArray(value) ? value : [];
}

function linkedType(model: Model, resourceType: string, property: string): string | null {
  const target = model.resourceTypes.get(resourceType)?.targetEntityType ?? '';
  const declared = model.entityModel.entityTypes.get(target)?.properties.get(property);
  return declared?.kind === 'navigation' ? declared.target : null;
}

function changeOf(left: unknown, right: unknown): Effect['change'] {
  if (left === undefined) return 'gains';
  return right === undefined ? 'loses' : 'changes';
}

function union<V>(left: ReadonlyMap<string, V>, right: ReadonlyMap<string, V>): readonly string[] {
  return [...new Set([...left.keys(), ...right.keys()])].sort();
}
