/** The risks that what is explained is part of, and who agreed to them. */
import { type Model, type ResourceType, workflowStates } from '../../../config/index.ts';
import type { AssignedRole, HeldItem, IdentifiedRisk } from '../../evaluate/index.ts';
import { overrideKind } from '../../provision/index.ts';
import {
  type DecisionRow,
  listDecisions,
  readNames,
  readRisksOf,
  type StoreTransaction,
} from '../../store/index.ts';
import type { ExplainQuestion } from './explain-absences.ts';
import type { OwnerNow } from './explain-owner-now.ts';
import { headOfRisk } from './risks.ts';

/** One item of a risk's rule, and what makes the owner have it. */
export interface ExplainedRiskItem {
  readonly resourceType: string;
  readonly property: string;
  readonly resource: string | null;
  /** Key of the account; `null`: it is still to be made. */
  readonly account: string | null;
  /** In the managed system; else on its way. */
  readonly isPresent: boolean;
  /** Held indirectly: the resource type of the account it comes through, which is `account`; `null`: directly. */
  readonly through: string | null;
  /** Roles of the owner that give it; where it is held indirectly, that stand for it. */
  readonly roles: readonly string[];
}

/** A risk that the last evaluation found in what the owner holds. */
export interface ExplainedRiskPart {
  readonly id: number;
  readonly risk: string;
  readonly name: string;
  readonly level: number;
  readonly exemption: string;
  readonly since: string;
  readonly items: readonly ExplainedRiskItem[];
  /** Who approved what brings it, though it was known, or stood in for it when it was asked for. */
  readonly accepted: readonly {
    readonly item: string;
    readonly how: 'approved' | 'overridden';
    readonly by: string;
    readonly at: string;
    readonly comment: string | null;
  }[];
}

export interface RiskQuestion {
  readonly ownerType: string;
  readonly ownerId: number;
  readonly question: ExplainQuestion;
  /** Only what this resource holds; `null`: everything of the owner. */
  readonly targetId: number | null;
}

type Request = Pick<AssignedRole, 'id' | 'workflowState' | 'approvals'> & { readonly item: string };

/** Of the highest level first. */
export async function explainRisks(
  t: StoreTransaction,
  model: Model,
  owner: OwnerNow,
  about: RiskQuestion,
): Promise<readonly ExplainedRiskPart[]> {
  const stored = await readRisksOf(t, about.ownerType, [about.ownerId]);
  const found = stored.flatMap((row) => {
    // Written by the evaluation.
    const rules = JSON.parse(row.evidence) as IdentifiedRisk['rules'];
    const items = distinct(rules.flatMap((rule) => rule.items));
    return items.some((item) => isAsked(model, item, about)) ? [{ row, items }] : [];
  });
  if (found.length === 0) return [];
  const describeItem = await describeItems(
    t,
    model,
    owner,
    found.flatMap(({ items }) => items),
  );
  const requests = requestsOf(owner);
  const decisions = await listDecisions(
    t,
    requests.flatMap(({ id }) => id ?? []),
  );
  return found
    .map(({ row, items }) => {
      const parts = new Set(
        items.flatMap((item) => [item.resourceType, ...rolesGiving(model, item)]),
      );
      return {
        ...headOfRisk(model, row),
        items: items.map(describeItem),
        accepted: requests
          .filter(({ item }) => parts.has(item))
          .flatMap((request) => acceptedBy(request, decisions)),
      };
    })
    .sort((left, right) => right.level - left.level || (left.risk < right.risk ? -1 : 1));
}

/** How items of this owner are told; keys are read in sets, once for all of them. */
export async function describeItems(
  t: StoreTransaction,
  model: Model,
  { state }: OwnerNow,
  items: readonly HeldItem[],
): Promise<(item: HeldItem) => ExplainedRiskItem> {
  const keys = await readKeys(t, model, items);
  const held = new Set(state.roles.map((row) => row.role));
  return (item) => ({
    ...{ resourceType: item.resourceType, property: item.property, resource: item.resource },
    account: item.targetId === null ? null : (keys.get(item.targetId) ?? null),
    isPresent: item.isPresent,
    through: item.through ?? null,
    roles: rolesGiving(model, item).filter((role) => held.has(role)),
  });
}

function distinct(items: readonly HeldItem[]): readonly HeldItem[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

function isAsked(model: Model, item: HeldItem, { question, targetId }: RiskQuestion): boolean {
  const { role, resourceType, property, value } = question;
  if (targetId !== null && item.targetId !== targetId) return false;
  if (role !== undefined && !rolesGiving(model, item).includes(role)) return false;
  if (resourceType !== undefined && item.resourceType !== resourceType) return false;
  if (property !== undefined && item.property !== property) return false;
  return value === undefined || item.resource === value;
}

/** Roles whose rules give the value; where they name none, those that give the account. Composite ones give them in turn. */
function rolesGiving(model: Model, item: HeldItem): readonly string[] {
  const type = model.resourceTypes.get(item.resourceType);
  if (type === undefined) return [];
  const own = rolesOf(valueRules(type, item));
  const account = model.resourceTypes.get(item.through ?? item.resourceType);
  const singles = new Set(own.length > 0 ? own : rolesOf(account?.typeRules ?? []));
  const composites = new Set<string>();
  for (const { role, compositeRole } of model.singleRoleRules)
    if (compositeRole !== undefined && singles.has(role)) composites.add(compositeRole);
  for (const composite of composites)
    for (const { role, parentRole } of model.compositeRoleRules)
      if (parentRole !== undefined && role === composite) composites.add(parentRole);
  return [...singles, ...composites].sort();
}

type Giving = { readonly singleRole?: string; readonly isDenied?: boolean };

function valueRules(type: ResourceType, { property, resource }: HeldItem): readonly Giving[] {
  return [
    ...type.scalarRules.filter((rule) => rule.property === property),
    ...type.navigationRules.filter(
      (rule) => rule.property === property && rule.resource === resource,
    ),
  ];
}

function rolesOf(rules: readonly Giving[]): readonly string[] {
  return rules.flatMap(({ singleRole, isDenied }) =>
    singleRole === undefined || isDenied === true ? [] : [singleRole],
  );
}

/** What people asked for, of the owner. */
function requestsOf({ state }: OwnerNow): readonly Request[] {
  return [
    ...state.roles.map((row) => ({ ...row, item: row.role })),
    ...state.resourceTypes.map((row) => ({ ...row, item: row.resourceType })),
  ].filter(({ id, isDenied }) => id !== null && !isDenied);
}

/** The step of whoever approves a risk comes after those of the circuit. */
const riskStep = 4;

function acceptedBy(
  { id, item, workflowState, approvals }: Request,
  decisions: readonly DecisionRow[],
): ExplainedRiskPart['accepted'] {
  const own = decisions.filter((one) => Number(one.assigned_resource_type_id) === id);
  const overridden = own
    .filter(({ kind }) => kind === overrideKind)
    .map(({ decided_by: by, decided_at: at, comment }) => ({
      ...{ item, how: 'overridden' as const, by, at, comment },
    }));
  if (workflowState !== workflowStates.approvedRisk) return overridden;
  const approved = approvals
    .filter(({ step }) => step === riskStep)
    .map(({ person, at }) => {
      const comment =
        own.find((one) => one.decided_by === person && one.decided_at === at)?.comment ?? null;
      return { item, how: 'approved' as const, by: person, at, comment };
    });
  return [...overridden, ...approved];
}

async function readKeys(
  t: StoreTransaction,
  model: Model,
  items: readonly HeldItem[],
): Promise<ReadonlyMap<number, string>> {
  const keys = new Map<number, string>();
  const typeOf = ({ resourceType, through = resourceType }: HeldItem): string =>
    model.resourceTypes.get(through)?.targetEntityType ?? '';
  for (const [entityType, own] of Map.groupBy(items, typeOf)) {
    const ids = own.flatMap(({ targetId }) => targetId ?? []);
    for (const [id, { key }] of await readNames(t, model.entityModel, entityType, ids))
      keys.set(id, key);
  }
  return keys;
}
