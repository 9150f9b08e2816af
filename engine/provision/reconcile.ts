/** Reconciliation: accounts, values and roles found in managed systems that no rule explains; accounts without owner. */
import type { Model, ResourceType } from '../../config/index.ts';
import {
  countDecidable,
  countFoundRoles,
  countOrphans,
  listDecidable,
  listDecidedRoles,
  listFoundRoles,
  listOrphans,
  readClassifications,
  readDecidable,
  readNames,
  readTableMap,
  type Store,
  type StoreTransaction,
} from '../store/index.ts';
import {
  describeGaps,
  describeOrphan,
  describeRoles,
  type Gap,
  type GapKind,
} from './describe-gaps.ts';
import { describeRows } from './describe-rows.ts';
import { type ItemFilter, ownerConditions, toStoreFilter } from './item-filter.ts';

export interface GapFilter extends ItemFilter {
  readonly kinds?: readonly GapKind[];
  readonly role?: string;
  /** Of accounts without owner only those that no rule takes for anything; nothing else. */
  readonly isUncategorized?: boolean;
}

export interface GapPage {
  readonly gaps: readonly Gap[];
  /** Where the next page begins; `null`: this was the last. */
  readonly next: string | null;
}

export interface GapRequest {
  readonly filter: GapFilter;
  readonly page: { readonly after: string | null; readonly limit: number };
  /** UTC ISO. */
  readonly now: string;
}

/** One page: accounts and their values, then roles, then accounts without owner. Nothing but the page is loaded. */
export async function listGapPage(
  store: Store,
  model: Model,
  { filter, page, now }: GapRequest,
): Promise<GapPage> {
  return store.read(async (t) => {
    const gaps: Gap[] = [];
    let left = page.limit;
    const sections = sectionsOf(model, filter, now);
    const [first, id] = readPlace(sections, page.after);
    for (const { name, list } of sections.slice(first)) {
      const after = name === sections[first]?.name ? id : 0;
      const part = await list(t, { after, limit: left });
      gaps.push(...part.gaps);
      if (part.next !== null) return { gaps, next: `${name}:${part.next}` };
      left -= part.listed;
      const following = sections[sections.findIndex((section) => section.name === name) + 1];
      if (left <= 0 && following !== undefined) return { gaps, next: `${following.name}:0` };
    }
    return { gaps, next: null };
  });
}

/** Everything open about one number of the list: an assignment, an assigned role, a resource without owner. */
export async function findGaps(store: Store, model: Model, id: number): Promise<readonly Gap[]> {
  return store.read(async (t) => {
    const rows = await readDecidable(t, 'found', { ids: [id] }, [id]);
    const described = await describeRows(t, model, rows);
    const gaps = described.flatMap((one) => describeGaps(one, rows.own.has(one.row.id)));
    if (gaps.length > 0) return gaps;
    const roles = await listFoundRoles(t, { ids: [id] }, { after: 0, limit: 1 });
    if (roles.length > 0) return describeRoles(t, model, roles);
    for (const section of orphanSections(model, {})) {
      const { gaps: orphans } = await section.list(t, { after: id - 1, limit: 1 });
      if (orphans[0]?.id === id) return orphans;
    }
    return [];
  });
}

/** Roles that were decided about and can be decided about again. */
export async function listDecidedRoleGaps(
  store: Store,
  model: Model,
  { filter, page }: Pick<GapRequest, 'filter' | 'page'>,
): Promise<GapPage> {
  return store.read(async (t) => {
    const after = Number(page.after?.split(':')[1] ?? 0) || 0;
    const roles = filter.role === undefined ? {} : { roles: [filter.role] };
    const rows = await listDecidedRoles(t, roles, { after, limit: page.limit + 1 });
    const shown = rows.slice(0, page.limit);
    const last = rows.length > page.limit ? shown.at(-1) : undefined;
    return {
      gaps: await describeRoles(t, model, shown),
      next: last === undefined ? null : `role:${last.id}`,
    };
  });
}

/** All gaps. For tests and small companies: a list of people goes by pages. */
export async function listGaps(store: Store, model: Model): Promise<readonly Gap[]> {
  const gaps: Gap[] = [];
  let after: string | null = null;
  do {
    const page: GapPage = await listGapPage(store, model, {
      filter: {},
      page: { after, limit: 1_000 },
      now: '',
    });
    gaps.push(...page.gaps);
    after = page.next;
  } while (after !== null);
  return gaps;
}

/** Accounts, values, roles and accounts without owner that a filter lets through. */
export async function countGaps(
  store: Store,
  model: Model,
  { filter, now }: Omit<GapRequest, 'page'>,
): Promise<number> {
  return store.read(async (t) => {
    let count = 0;
    for (const section of sectionsOf(model, filter, now)) count += await section.count(t);
    return count;
  });
}

interface Section {
  readonly name: string;
  list(
    t: StoreTransaction,
    page: { readonly after: number; readonly limit: number },
  ): Promise<{
    readonly gaps: readonly Gap[];
    readonly listed: number;
    readonly next: number | null;
  }>;
  count(t: StoreTransaction): Promise<number>;
}

function sectionsOf(model: Model, filter: GapFilter, now: string): readonly Section[] {
  const kinds = filter.isUncategorized === true ? (['orphan'] as const) : filter.kinds;
  const wants = (kind: GapKind): boolean => kinds?.includes(kind) ?? true;
  const sections: Section[] = [];
  const hasAccounts = wants('property') || wants('unauthorized-account');
  if (hasAccounts && filter.role === undefined)
    sections.push(assignmentSection(model, withPart(filter, wants), now));
  const isAboutValues = filter.property ?? filter.proposed ?? filter.current ?? filter.value;
  const isPlain = isAboutValues === undefined && filter.postponed !== 'only';
  if (wants('role') && isPlain && filter.resourceType === undefined && !filter.confidence)
    sections.push(roleSection(model, filter));
  const isOfSomebody = filter.owner ?? filter.role ?? filter.confidence ?? filter.since;
  if (wants('orphan') && isPlain && isOfSomebody === undefined)
    sections.push(...orphanSections(model, filter));
  return sections;
}

function withPart(filter: GapFilter, wants: (kind: GapKind) => boolean): ItemFilter {
  if (wants('property') && wants('unauthorized-account')) return filter;
  return { ...filter, part: wants('property') ? 'value' : 'resource' };
}

function assignmentSection(model: Model, filter: ItemFilter, now: string): Section {
  return {
    name: 'assignment',
    async list(t, { after, limit }) {
      const narrowed = await toStoreFilter(t, model, filter, now);
      const ids = await listDecidable(t, 'found', narrowed, { after, limit: limit + 1 });
      const shown = ids.slice(0, limit);
      const rows = await readDecidable(t, 'found', narrowed, shown);
      const described = await describeRows(t, model, rows);
      return {
        gaps: described.flatMap((one) => describeGaps(one, rows.own.has(one.row.id))),
        listed: shown.length,
        next: ids.length > limit ? (shown.at(-1) ?? null) : null,
      };
    },
    async count(t) {
      const narrowed = await toStoreFilter(t, model, filter, now);
      const { resourceTypes, values } = await countDecidable(t, 'found', narrowed);
      return resourceTypes + values;
    },
  };
}

function roleSection(model: Model, filter: GapFilter): Section {
  const narrow = async (t: StoreTransaction) => ({
    ...(filter.role === undefined ? {} : { roles: [filter.role] }),
    ...(filter.since === undefined ? {} : { since: filter.since }),
    ...(filter.owner === undefined
      ? {}
      : { owners: ownerConditions(model, await readTableMap(t), filter.owner) }),
  });
  return {
    name: 'role',
    async list(t, { after, limit }) {
      const rows = await listFoundRoles(t, await narrow(t), { after, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      return {
        gaps: await describeRoles(t, model, shown),
        listed: shown.length,
        next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
      };
    },
    count: async (t) => countFoundRoles(t, await narrow(t)),
  };
}

function orphanSections(
  model: Model,
  { resourceType, isUncategorized = false }: GapFilter,
): readonly Section[] {
  const wanted = resourceType === undefined ? undefined : model.resourceTypes.get(resourceType);
  const byEntityType = Map.groupBy(
    model.resourceTypes.values(),
    (type: ResourceType) => type.targetEntityType,
  );
  return [...byEntityType]
    .filter(([entityType]) => wanted === undefined || wanted.targetEntityType === entityType)
    .map(([entityType, types]) =>
      orphanSection(model, entityType, types, {
        isUncategorized,
        ...(resourceType === undefined ? {} : { resourceType }),
      }),
    );
}

function orphanSection(
  model: Model,
  entityType: string,
  types: readonly ResourceType[],
  narrowed: { readonly isUncategorized: boolean; readonly resourceType?: string },
): Section {
  const resourceTypes = types.map((type) => type.identifier);
  const tableOf = async (t: StoreTransaction): Promise<string | undefined> =>
    (await readTableMap(t)).entities.get(entityType)?.table;
  return {
    name: `orphan/${entityType}`,
    async list(t, { after, limit }) {
      const table = await tableOf(t);
      if (table === undefined) return { gaps: [], listed: 0, next: null };
      const ids = await listOrphans(
        t,
        { table, resourceTypes, ...narrowed },
        { after, limit: limit + 1 },
      );
      const shown = ids.slice(0, limit);
      const names = await readNames(t, model.entityModel, entityType, shown);
      const known = await readClassifications(t, shown);
      return {
        gaps: shown.flatMap((id) => {
          const name = names.get(id);
          return name === undefined ? [] : [describeOrphan(entityType, name, known.get(id))];
        }),
        listed: shown.length,
        next: ids.length > limit ? (shown.at(-1) ?? null) : null,
      };
    },
    async count(t) {
      const table = await tableOf(t);
      return table === undefined ? 0 : countOrphans(t, { table, resourceTypes, ...narrowed });
    },
  };
}

/** The section and the id that a page begins behind; what is not understood begins at the beginning. */
function readPlace(
  sections: readonly Section[],
  after: string | null,
): readonly [section: number, id: number] {
  const [name = '', id = ''] = after?.split(':') ?? [];
  const index = sections.findIndex((section) => section.name === name);
  return index < 0 ? [0, 0] : [index, Number(id) || 0];
}
