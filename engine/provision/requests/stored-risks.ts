/** The risks that requests which are stored would bring, request by request. */
import { listDecisions, type RequestedRow, type StoreTransaction } from '../../store/index.ts';
import {
  describeRisks,
  overrideKind,
  type RequestRisk,
  type RisksOf,
  type RisksOfWishes,
  type RoleWish,
  type WishedRisk,
} from './risks.ts';
import { toRole } from './stored-role.ts';

/** By row: the risks of {@link risksBroughtByEach}, as people are told of them. */
export async function risksOfEach(
  t: StoreTransaction,
  risksOf: RisksOf,
  rows: readonly RequestedRow[],
  given: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<number, readonly RequestRisk[]>> {
  const found = await risksBroughtByEach(risksOf, rows, given);
  const risky = rows.filter((row) => found.has(row.id));
  if (risky.length === 0) return new Map();
  const overridden = await readOverridden(t, risky);
  return new Map([...found].map(([id, risks]) => [id, describeRisks(risks, overridden.has(id))]));
}

/**
 * By row: the risks it has a part in, were all of them agreed to together. A request has none in a risk that the others of its
 * owner bring without it, unless it brings it alone as well.
 *
 * @param given parameters that the requests get now
 */
export async function risksBroughtByEach(
  risksOf: RisksOf,
  rows: readonly RequestedRow[],
  given: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<number, readonly WishedRisk[]>> {
  const found = new Map<number, readonly WishedRisk[]>();
  for (const [ownerType, ofType] of Map.groupBy(rows, (row) => row.owner_type)) {
    const ask = (some: readonly RequestedRow[]): Promise<RisksOfWishes> =>
      risksOf(
        ownerType,
        some.map((row) => toWish(row, given)),
      );
    const together = await ask(ofType);
    if (together.size === 0) continue;
    const byOwner = Map.groupBy(ofType, (row) => row.owner_id);
    const risky = [...byOwner].filter(([ownerId]) => together.has(ownerId));
    const most = Math.max(...risky.map(([, own]) => own.length));
    for (let index = 0; index < most; index += 1) {
      // One request of each owner at a time, so that many owners are evaluated at once.
      const several = risky.filter(([, own]) => own.length > 1).map(([, own]) => own);
      const alone = await ask(several.flatMap((own) => own.slice(index, index + 1)));
      const without = await ask(several.flatMap((own) => own.toSpliced(index, 1)));
      for (const [ownerId, own] of risky) {
        const row = own[index];
        if (row === undefined) continue;
        const risks = (together.get(ownerId) ?? []).filter(
          (risk) =>
            own.length === 1 ||
            isAmong(alone.get(ownerId), risk) ||
            !isAmong(without.get(ownerId), risk),
        );
        if (risks.length > 0) found.set(row.id, risks);
      }
    }
  }
  return found;
}

function isAmong(risks: readonly WishedRisk[] | undefined, { risk }: WishedRisk): boolean {
  return risks?.some((one) => one.risk.identifier === risk.identifier) === true;
}

function toWish(row: RequestedRow, given: Readonly<Record<string, string>>): RoleWish {
  const { kind, role, parameters, startDate, endDate } = toRole(row);
  return {
    ...{ ownerId: row.owner_id, kind, role, startDate, endDate },
    parameters: { ...parameters, ...given },
    replaces: [row.id],
  };
}

/** Requests whose requester stood in for risks. */
async function readOverridden(
  t: StoreTransaction,
  rows: readonly RequestedRow[],
): Promise<ReadonlySet<number>> {
  const overridden = new Set<number>();
  for (let start = 0; start < rows.length; start += t.dialect.maxParameters - 10) {
    const chunk = rows.slice(start, start + t.dialect.maxParameters - 10);
    const ids = chunk.map((row) => row.id);
    for (const { kind, assigned_resource_type_id: id } of await listDecisions(t, ids))
      if (kind === overrideKind) overridden.add(Number(id));
  }
  return overridden;
}
