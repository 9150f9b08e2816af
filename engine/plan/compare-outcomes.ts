/** What owners hold under one supposition and under another, owner by owner. */
import {
  type OwnerHoldings,
  readHoldings,
  sourceEntityTypes,
  type Workspace,
} from '../job/index.ts';
import { listOwnerIds, type ResourceName, readNames, readRisksOf } from '../store/index.ts';
import { evaluateSupposed, type Hypothesis, type Supposed, suppose } from './hypothesis.ts';

/** Owners compared together. */
const pageSize = 1_000;

export interface OwnerDifference {
  readonly entityType: string;
  readonly ownerId: number;
  /** As it is in the present data; of an owner that only the supposed data have, as it is there. */
  readonly owner: ResourceName;
  /** `null`: the owner does not exist on this side. Ids of linked resources and targets are those of that side's store. */
  readonly before: OwnerHoldings | null;
  readonly after: OwnerHoldings | null;
  /** Identifiers of the risks that what it holds makes, ascending; none unless they were asked for. */
  readonly risks: { readonly before: readonly string[]; readonly after: readonly string[] };
}

export interface Comparison {
  readonly before: Supposed;
  readonly after: Supposed;
  /**
   * Owners that hold something else afterwards, by source entity type and id, in pages; with `all`, every owner, and with
   * `withRisks` those whose risks differ as well. Ids of rows and times of states are no difference. Memory: two numbers
   * for each owner, and a page.
   */
  differences(options?: DifferenceOptions): AsyncGenerator<readonly OwnerDifference[]>;
}

export interface DifferenceOptions {
  readonly entityTypes?: readonly string[];
  readonly all?: boolean;
  readonly withRisks?: boolean;
}

/**
 * Evaluates the policy as it is and as it would be, each over a copy of the store, and gives both to `work`. Nothing is
 * written to the store.
 */
export async function compareOutcomes<T>(
  workspace: Workspace,
  hypothesis: Hypothesis,
  work: (comparison: Comparison) => Promise<T>,
): Promise<T> {
  await using before = await suppose(workspace, {});
  await using after = await suppose(workspace, hypothesis);
  await evaluateSupposed(before, { entityTypes: [] });
  await evaluateSupposed(after, { entityTypes: [] });
  return await work({
    before,
    after,
    differences: (options = {}) => listDifferences(before, after, options),
  });
}

async function* listDifferences(
  before: Supposed,
  after: Supposed,
  { entityTypes, all = false, withRisks = false }: DifferenceOptions,
): AsyncGenerator<readonly OwnerDifference[]> {
  const sides = [before.workspace, after.workspace] as const;
  const known = new Set(sides.flatMap(({ model }) => sourceEntityTypes(model)));
  const chosen = [...known].filter((type) => entityTypes?.includes(type) ?? true).sort();
  for (const entityType of chosen) {
    const [was, is] = await Promise.all(sides.map((side) => ownersOf(side, entityType)));
    const ids = [...new Set([...(was ?? []), ...(is ?? [])])].sort((a, b) => a - b);
    for (let start = 0; start < ids.length; start += pageSize) {
      before.workspace.effects.signal.throwIfAborted();
      const owners = { entityType, ids: ids.slice(start, start + pageSize), withRisks };
      const page = await comparePage(before, after, owners);
      const told = all ? page : page.filter(isDifferent);
      if (told.length > 0) yield told;
    }
  }
}

function isDifferent({ before, after, risks }: OwnerDifference): boolean {
  return !isSame(before, after) || risks.before.join('\n') !== risks.after.join('\n');
}

async function ownersOf(
  { store, model }: Workspace,
  entityType: string,
): Promise<readonly number[]> {
  const types = [...model.resourceTypes.values()]
    .filter((type) => type.sourceEntityType === entityType)
    .map((type) => type.identifier);
  return store.read((t) => listOwnerIds(t, entityType, types));
}

interface OwnersToCompare {
  readonly entityType: string;
  readonly ids: readonly number[];
  readonly withRisks: boolean;
}

async function comparePage(
  before: Supposed,
  after: Supposed,
  owners: OwnersToCompare,
): Promise<readonly OwnerDifference[]> {
  const { entityType, ids } = owners;
  const was = await readSide(before.workspace, owners);
  const is = await readSide(after.workspace, owners);
  return ids.map((ownerId) => {
    const side = was.holdings.has(ownerId) ? was : is;
    return {
      entityType,
      ownerId,
      owner: side.names.get(ownerId) ?? { id: ownerId, key: `#${ownerId}`, name: '' },
      before: was.holdings.get(ownerId) ?? null,
      after: is.holdings.get(ownerId) ?? null,
      risks: { before: was.risks.get(ownerId) ?? [], after: is.risks.get(ownerId) ?? [] },
    };
  });
}

async function readSide(
  { store, model }: Workspace,
  { entityType, ids, withRisks }: OwnersToCompare,
): Promise<{
  readonly holdings: ReadonlyMap<number, OwnerHoldings>;
  readonly names: ReadonlyMap<number, ResourceName>;
  readonly risks: ReadonlyMap<number, readonly string[]>;
}> {
  return store.read(async (t) => {
    const found = withRisks ? await readRisksOf(t, entityType, ids) : [];
    const byOwner = Map.groupBy(found, (row) => row.owner_id);
    return {
      holdings: await readHoldings(t, model, entityType, ids),
      names: await readNames(t, model.entityModel, entityType, ids),
      risks: new Map([...byOwner].map(([id, own]) => [id, own.map(({ risk }) => risk).sort()])),
    };
  });
}

const incidental: ReadonlySet<string> = new Set(['id', 'orderId', 'stateSince']);

/** Whether two sides hold the same, whatever the rows that say so are called. */
export function isSame(before: OwnerHoldings | null, after: OwnerHoldings | null): boolean {
  return canonical(before) === canonical(after);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (incidental.has(key)) return undefined;
    return typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)))
      : part;
  });
}
