/** Risks of owners as evaluations find them, and the scores computed from them. */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';
import type { IdentifiedRiskRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';
import { writeAssignments } from './assignments.ts';
import { type AssignmentRun, keepVersions } from './history-assignments.ts';

export interface FoundRisk {
  readonly ownerId: number;
  readonly risk: string;
  /** JSON, in a form of which equal ones are equal text. */
  readonly evidence: string;
}

/** Brings the risks of these owners to what was found: only differences are written, in sets. Returns how many. */
export async function writeIdentifiedRisks(
  t: StoreTransaction,
  ownerType: string,
  ownerIds: readonly number[],
  found: readonly FoundRisk[],
  run: AssignmentRun,
): Promise<number> {
  const stored = new Map<string, IdentifiedRiskRow>();
  for (const row of await readRisksOf(t, ownerType, ownerIds)) {
    stored.set(`${row.owner_id} ${row.risk}`, row);
  }
  const toRow = (id: number, { ownerId, risk, evidence }: FoundRisk) => ({
    ...{ id, risk, owner_type: ownerType, owner_id: ownerId, evidence, run_id: run.id },
  });
  const update: ReturnType<typeof toRow>[] = [];
  const fresh: FoundRisk[] = [];
  for (const one of found) {
    const key = `${one.ownerId} ${one.risk}`;
    const known = stored.get(key);
    stored.delete(key);
    if (known === undefined) fresh.push(one);
    else if (known.evidence !== one.evidence) update.push(toRow(known.id, one));
  }
  const gone = [...stored.values()].map(({ id }) => id);
  if (fresh.length + update.length + gone.length === 0) return 0;
  const firstId = fresh.length === 0 ? 0 : await allocateIds(t, fresh.length);
  const insert = fresh.map((one, index) => toRow(firstId + index, one));
  await writeAssignments(t, 'identified_risks', { insert, update, delete: gone }, run);
  return fresh.length + update.length + gone.length;
}

/** Of these owners, by ascending id. */
export async function readRisksOf(
  { tx, dialect }: StoreTransaction,
  ownerType: string,
  ownerIds: readonly number[],
): Promise<readonly IdentifiedRiskRow[]> {
  const rows: IdentifiedRiskRow[] = [];
  const chunkSize = dialect.maxParameters - 10;
  for (let start = 0; start < ownerIds.length; start += chunkSize) {
    const chunk = ownerIds.slice(start, start + chunkSize);
    const found = await tx<IdentifiedRiskRow>('identified_risks')
      .where('owner_type', ownerType)
      .whereIn('owner_id', chunk)
      .orderBy('id');
    rows.push(...found.map(toNumbers));
  }
  return rows;
}

/** Ends risks of these owners that the configuration does not declare any more. */
export async function closeUndeclaredRisks(
  t: StoreTransaction,
  ownerType: string,
  declared: readonly string[],
  run: AssignmentRun,
): Promise<void> {
  const choose = (query: Knex.QueryBuilder): void => {
    query.where('owner_type', ownerType).whereNotIn('risk', [...declared]);
  };
  const any = t.tx('identified_risks').first('id');
  choose(any);
  if ((await any) === undefined) return;
  await keepVersions(t, 'identified_risks', run, choose);
  const gone = t.tx('identified_risks').delete();
  choose(gone);
  await gone;
}

export interface RiskFilter {
  readonly ids?: readonly number[];
  readonly risk?: string;
  readonly owner?: { readonly entityType: string; readonly id: number };
}

/** After `after`, ascending by id. */
export async function listIdentifiedRisks(
  { tx }: StoreTransaction,
  filter: RiskFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly IdentifiedRiskRow[]> {
  const query = tx<IdentifiedRiskRow>('identified_risks').where('id', '>', page.after);
  narrow(query, filter);
  return (await query.orderBy('id').limit(page.limit).select('*')).map(toNumbers);
}

export async function countIdentifiedRisks(
  { tx }: StoreTransaction,
  filter: RiskFilter,
): Promise<number> {
  const query = tx('identified_risks');
  narrow(query, filter);
  return Number((await query.count({ n: '*' }).first())?.n ?? 0);
}

function narrow(query: Knex.QueryBuilder, { ids, risk, owner }: RiskFilter): void {
  if (ids !== undefined) query.whereIn('id', [...ids]);
  if (risk !== undefined) query.where('risk', risk);
  if (owner !== undefined) query.where({ owner_type: owner.entityType, owner_id: owner.id });
}

function toNumbers(row: IdentifiedRiskRow): IdentifiedRiskRow {
  return { ...row, id: Number(row.id), owner_id: Number(row.owner_id) };
}

/** The scores of these owners; who has none is missing. */
export async function readRiskScores(
  { tx, dialect }: StoreTransaction,
  ownerType: string,
  ownerIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const scores = new Map<number, number>();
  const chunkSize = dialect.maxParameters - 10;
  for (let start = 0; start < ownerIds.length; start += chunkSize) {
    const chunk = ownerIds.slice(start, start + chunkSize);
    const rows = await tx('risk_scores')
      .where('owner_type', ownerType)
      .whereIn('owner_id', chunk)
      .select('owner_id', 'score');
    for (const row of rows) scores.set(Number(row.owner_id), Number(row.score));
  }
  return scores;
}

/** The risks of all owners of this entity type: owner and risk, by owner. Holds one pair per identified risk. */
export async function listRisksOfOwners(
  { tx }: StoreTransaction,
  ownerType: string,
): Promise<readonly { readonly ownerId: number; readonly risk: string }[]> {
  const rows = await tx('identified_risks')
    .where('owner_type', ownerType)
    .orderBy(['owner_id', 'risk'])
    .select('owner_id', 'risk');
  return rows.map((row) => ({ ownerId: Number(row.owner_id), risk: String(row.risk) }));
}

/** Brings the scores of an entity type's owners to these; writes differences only and returns how many. */
export async function writeRiskScores(
  { tx, dialect }: StoreTransaction,
  ownerType: string,
  scores: ReadonlyMap<number, number>,
  runId: number,
): Promise<number> {
  const rows = await tx('risk_scores').where('owner_type', ownerType).select('owner_id', 'score');
  const stored = new Map(rows.map((row) => [Number(row.owner_id), Number(row.score)]));
  const gone = [...stored].filter(([id, score]) => scores.get(id) !== score).map(([id]) => id);
  const come = [...scores].filter(([id, score]) => stored.get(id) !== score);
  const chunkSize = dialect.maxParameters - 10;
  for (let start = 0; start < gone.length; start += chunkSize) {
    await tx('risk_scores')
      .where('owner_type', ownerType)
      .whereIn('owner_id', gone.slice(start, start + chunkSize))
      .delete();
  }
  await dialect.insertRows(
    tx,
    'risk_scores',
    ['owner_type', 'owner_id', 'score', 'run_id'],
    come.map(([id, score]) => [ownerType, id, score, runId]),
  );
  return new Set([...gone, ...come.map(([id]) => id)]).size;
}
