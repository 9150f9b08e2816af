/** Identified risks as people see them: whose, since when, and what makes them. */
import type { Model, Risk } from '../../../config/index.ts';
import type { IdentifiedRisk } from '../../evaluate/index.ts';
import {
  countIdentifiedRisks,
  type IdentifiedRiskRow,
  listIdentifiedRisks,
  type ResourceName,
  type RiskFilter,
  readNames,
  readRiskScores,
  type Store,
  type StoreTransaction,
} from '../../store/index.ts';

export interface ShownRisk {
  readonly id: number;
  readonly risk: string;
  readonly name: string;
  readonly level: number;
  readonly exemption: string;
  readonly owner: ResourceName & { readonly entityType: string };
  readonly since: string;
  /** Of the owner, as last computed; `null`: none. */
  readonly score: number | null;
}

export interface ExplainedRisk extends ShownRisk {
  readonly type: Risk['type'] | null;
  readonly description: string | null;
  readonly remediation: string | null;
  readonly rules: readonly {
    readonly rule: number;
    readonly items: readonly {
      readonly resourceType: string;
      readonly property: string;
      readonly resource: string | null;
      /** `null`: the account is still to be made. */
      readonly target: ResourceName | null;
      readonly isPresent: boolean;
      /** Held indirectly: the resource type of the account it comes through, which is the target; `null`: directly. */
      readonly through: string | null;
    }[];
  }[];
}

export interface RiskPage {
  readonly risks: readonly ShownRisk[];
  readonly total: number;
  /** Where the next page begins; `null`: this was the last. */
  readonly next: number | null;
}

export async function listRiskPage(
  store: Store,
  model: Model,
  filter: RiskFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<RiskPage> {
  return store.read(async (t) => {
    const rows = await listIdentifiedRisks(t, filter, page);
    const next = rows.length < page.limit ? null : (rows.at(-1)?.id ?? null);
    const total = await countIdentifiedRisks(t, filter);
    return { risks: await describeRisks(t, model, rows), total, next };
  });
}

/** `null`: there is none of this number (any more). */
export async function explainRisk(
  store: Store,
  model: Model,
  id: number,
): Promise<ExplainedRisk | null> {
  return store.read(async (t) => {
    const rows = await listIdentifiedRisks(t, { ids: [id] }, { after: 0, limit: 1 });
    const [row] = rows;
    const [shown] = await describeRisks(t, model, rows);
    if (row === undefined || shown === undefined) return null;
    const declared = model.risks.get(row.risk);
    // Written by the evaluation.
    const rules = JSON.parse(row.evidence) as IdentifiedRisk['rules'];
    const targets = await nameTargets(t, model, rules);
    return {
      ...shown,
      type: declared?.type ?? null,
      description: declared?.description ?? null,
      remediation: declared?.remediation ?? null,
      rules: rules.map(({ rule, items }) => ({
        rule,
        items: items.map(({ targetId, resourceType, property, resource, isPresent, through }) => ({
          ...{ resourceType, property, resource, isPresent, through: through ?? null },
          target: targetId === null ? null : (targets.get(targetId) ?? null),
        })),
      })),
    };
  });
}

async function nameTargets(
  t: StoreTransaction,
  model: Model,
  rules: IdentifiedRisk['rules'],
): Promise<ReadonlyMap<number, ResourceName>> {
  const names = new Map<number, ResourceName>();
  const items = rules.flatMap((rule) => rule.items);
  const typeOf = (resourceType: string): string =>
    model.resourceTypes.get(resourceType)?.targetEntityType ?? '';
  const byType = Map.groupBy(items, (item) => typeOf(item.through ?? item.resourceType));
  for (const [entityType, own] of byType) {
    const ids = own.map(({ targetId }) => targetId).filter((id) => id !== null);
    for (const [id, name] of await readNames(t, model.entityModel, entityType, ids))
      names.set(id, name);
  }
  return names;
}

export async function describeRisks(
  t: StoreTransaction,
  model: Model,
  rows: readonly IdentifiedRiskRow[],
): Promise<readonly ShownRisk[]> {
  const names = new Map<number, ResourceName>();
  const scores = new Map<number, number>();
  for (const [entityType, own] of Map.groupBy(rows, (row) => row.owner_type)) {
    const ids = [...new Set(own.map((row) => row.owner_id))];
    for (const [id, name] of await readNames(t, model.entityModel, entityType, ids))
      names.set(id, name);
    for (const [id, score] of await readRiskScores(t, entityType, ids)) scores.set(id, score);
  }
  return rows.map((row) => {
    const owner = names.get(row.owner_id) ?? { id: row.owner_id, key: '', name: '' };
    return {
      ...headOfRisk(model, row),
      owner: { ...owner, entityType: row.owner_type },
      score: scores.get(row.owner_id) ?? null,
    };
  });
}

/** What an identified risk is called and how grave it is, by the configuration of now. */
export function headOfRisk(
  model: Model,
  row: IdentifiedRiskRow,
): Pick<ShownRisk, 'id' | 'risk' | 'name' | 'level' | 'exemption' | 'since'> {
  const declared = model.risks.get(row.risk);
  return {
    id: row.id,
    risk: row.risk,
    name: declared?.displayName ?? row.risk,
    level: declared?.level ?? 0,
    exemption: declared?.exemption ?? 'Warning',
    since: row.valid_from,
  };
}
