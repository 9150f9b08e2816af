/**
 * Why a resource is given what it is given, and why it is not given something else: rule, source row, dimension values,
 * roles, decisions, history, orders, and what keeps them.
 */
import {
  findWrittenElements,
  type Position,
  type ResourceType,
  suggest,
  writtenText,
} from '../../../config/index.ts';
import type { Provenance, RuleSubject } from '../../evaluate/index.ts';
import {
  type AssignedResourceTypeRow,
  listDecisions,
  listOrders,
  readNames,
  readOwnedAssignments,
  readValuesOf,
  type StoreTransaction,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import { type ExplainQuestion, explainAbsences, subjectsOf } from './explain-absences.ts';
import { explainDelays } from './explain-delays.ts';
import { describeEntries, type EntryWithIds } from './explain-entries.ts';
import { describeIndirect } from './explain-indirect.ts';
import { type OwnerNow, openOwner } from './explain-owner-now.ts';
import { explainRisks } from './explain-risks.ts';
import { explainRequests, explainRoles } from './explain-roles.ts';
import { explainWaitingRisks, type WaitingRisks } from './explain-waiting-risks.ts';
import {
  type ExplainedChange,
  type Explanation,
  toAssignment,
  toDecision,
  toOrder,
} from './explanation.ts';
import { listAssignmentChanges } from './history-assignment-changes.ts';
import { ResourceError, type ResourceReference } from './resources.ts';
import { findSourceRows, type SourceRow } from './source-rows.ts';

export type { ExplainedEntry, ExplainedInput } from './explain-entries.ts';
export type { ExplainedChange, Explanation } from './explanation.ts';

/** Changes of state that one explanation tells. */
const maxHistory = 50;

/** `reference` may name an owner (all it is given is explained) or a target (only that is). */
export async function explainResource(
  workspace: Workspace,
  reference: ResourceReference,
  question: ExplainQuestion = {},
): Promise<Explanation> {
  const { store, model, deployed } = workspace;
  const textOf = ruleTexts(workspace);
  const found = await store.read((t) => readFacts(t, workspace, reference, question, textOf));
  const { subject, facts, asked } = found;
  refuseUnknownProperty(workspace, reference, question, facts.assignments, asked);
  const judged = facts.owner === null ? [] : absenceInputs(facts.owner, asked);
  const sources = await findSourceRows(
    workspace,
    [...facts.entries.flatMap((entry) => entry.inputs), ...judged].map(
      ({ entityType, id, property }) => ({ entityType, id, property }),
    ),
  );
  const rowOf = ({ entityType, id, property }: (typeof judged)[number]): SourceRow | null =>
    sources.rows.get(`${entityType}:${id}:${property}`) ?? null;
  const absences =
    facts.owner === null
      ? []
      : explainAbsences(
          {
            model,
            owner: facts.owner,
            ownerName: facts.ownerName.name || facts.ownerName.key,
            textOf,
            givesAsked: (rule) => facts.entries.some(isAt(rule)),
            givenBy: (rule) => facts.described.find(isAt(rule))?.value ?? null,
            sinceOf: (inputs) => latest(inputs.map((input) => rowOf(input)?.at ?? null)),
          },
          asked,
        );
  return {
    resource: {
      entityType: reference.entityType,
      key: facts.resource?.key ?? '',
      name: facts.resource?.name ?? '',
    },
    owner: { entityType: subject.ownerType, ...facts.ownerName },
    configuration: { hash: deployed.hash, deployedAt: deployed.deployedAt },
    entries: facts.entries.map((entry) => ({
      ...entry,
      inputs: entry.inputs.map((input) => {
        const { id: _, ...told } = input;
        return { ...told, source: rowOf(input) };
      }),
    })),
    absences,
    roles: facts.roles,
    requests: facts.requests,
    indirect: facts.indirect,
    risks: facts.risks,
    delays: facts.delays,
    notes: [...orphanNotes(workspace, reference, facts), ...facts.waitingNotes, ...sources.notes],
    assignments: facts.assignments.map(toAssignment),
    decisions: facts.decisions.map(toDecision),
    orders: facts.orders.map(toOrder),
    history: facts.history,
  };
}

/** An account that nobody owns has nothing else to be told of. */
function orphanNotes(
  { model }: Workspace,
  { entityType }: ResourceReference,
  { assignments, resource }: Awaited<ReturnType<typeof readFacts>>['facts'],
): readonly string[] {
  if (assignments.length > 0) return [];
  const types = [...model.resourceTypes.values()]
    .filter((type) => type.targetEntityType === entityType)
    .map((type) => type.identifier);
  const isOwner = [...model.resourceTypes.values()].some(
    (type) => type.sourceEntityType === entityType,
  );
  if (types.length === 0 || isOwner) return [];
  return [
    `${entityType}:${resource?.key ?? ''} has no owner: no correlation rule of ${types.join(', ')} finds one, and nobody gave it to anyone. "lockstep reconcile list --kind orphan" shows it, for a decision.`,
  ];
}

const noWaiting: WaitingRisks = { byRequest: new Map(), notes: [] };

interface Subject {
  readonly ownerType: string;
  readonly ownerId: number;
  /** The resource is a target of this type: only that is explained. */
  readonly only: string | null;
  readonly assignments: readonly AssignedResourceTypeRow[];
}

async function readFacts(
  t: StoreTransaction,
  workspace: Workspace,
  reference: ResourceReference,
  question: ExplainQuestion,
  textOf: TextOf,
) {
  const { model } = workspace;
  const subject = await findSubject(t, workspace, reference, question);
  const { ownerType, ownerId, only, assignments } = subject;
  const owner = await openOwner(t, workspace, ownerType, ownerId);
  const values = await readValuesOf(
    t,
    assignments.map((row) => row.id),
  );
  const { property, value } = question;
  const isRoleOnly = question.role !== undefined && property === undefined;
  const relevant = (owner?.provenance ?? []).filter(
    (entry) =>
      !isRoleOnly &&
      (only === null || entry.resourceType === only) &&
      (question.resourceType === undefined || entry.resourceType === question.resourceType) &&
      (property === undefined || entry.property === property),
  );
  const described = await describeEntries(t, workspace, relevant, { assignments, values }, textOf);
  const entries = value === undefined ? described : described.filter((each) => holds(each, value));
  const roleNames = namedRoles(entries, question);
  const asked =
    owner === null
      ? []
      : askedSubjects(workspace, subject, question, relevant).filter(
          (one) => !isHeldIndirectly(owner, one),
        );
  const ids = assignments.map((row) => row.id);
  const roleIds = (owner?.state.roles ?? []).flatMap((row) => row.id ?? []);
  const names = await readNames(t, model.entityModel, ownerType, [ownerId]);
  const { key = '', name = '' } = names.get(ownerId) ?? {};
  const requestIds = assignments.flatMap(({ amends }) => (amends === null ? [] : [Number(amends)]));
  const decidedIds = [...new Set([...ids, ...requestIds])];
  const decisions = await listDecisions(
    t,
    only === null ? [...decidedIds, ...roleIds] : decidedIds,
  );
  const waiting = owner === null ? noWaiting : await explainWaitingRisks(t, workspace, owner);
  const facts = {
    owner,
    ownerName: { key, name },
    assignments,
    described,
    entries,
    roles: owner === null ? [] : explainRoles(model, owner, roleNames, textOf, waiting),
    indirect:
      owner === null
        ? []
        : await describeIndirect(t, model, owner.indirect, {
            ...{ ownerType, ownerId, question },
            targetId: only === null ? null : reference.id,
          }),
    risks:
      owner === null
        ? []
        : await explainRisks(t, model, owner, {
            ...{ ownerType, ownerId, question },
            targetId: only === null ? null : reference.id,
          }),
    delays: owner === null ? [] : await explainDelays(t, model, owner, assignments),
    resource: (await readNames(t, model.entityModel, reference.entityType, [reference.id])).get(
      reference.id,
    ),
    requests: isRoleOnly ? [] : explainRequests(assignments, decisions, waiting),
    waitingNotes: waiting.notes,
    decisions,
    orders: await listOrders(t, { assignmentIds: ids, limit: 50 }),
    history: await readHistory(t, workspace, subject, question),
  };
  return { subject, facts, asked };
}

async function findSubject(
  t: StoreTransaction,
  { model }: Workspace,
  reference: ResourceReference,
  question: ExplainQuestion,
): Promise<Subject> {
  const owned = await readOwnedAssignments(t, reference.entityType, reference.id);
  const typeOf = (row: AssignedResourceTypeRow) => model.resourceTypes.get(row.resource_type);
  const chosen = owned.resourceTypes.filter((row) => isAbout(typeOf(row), row, reference));
  const asTarget = chosen.find(
    (row) =>
      row.target_id === reference.id && typeOf(row)?.targetEntityType === reference.entityType,
  );
  const only = asTarget?.resource_type ?? null;
  return {
    ownerType:
      asTarget === undefined
        ? reference.entityType
        : (typeOf(asTarget)?.sourceEntityType ?? reference.entityType),
    ownerId: asTarget?.owner_id ?? reference.id,
    only,
    assignments: chosen.filter(
      (row) =>
        (only === null || row.resource_type === only) &&
        (question.resourceType === undefined || row.resource_type === question.resourceType),
    ),
  };
}

function isAbout(
  type: ResourceType | undefined,
  row: AssignedResourceTypeRow,
  reference: ResourceReference,
): boolean {
  if (type === undefined) return false;
  const isOwner = type.sourceEntityType === reference.entityType && row.owner_id === reference.id;
  return (
    isOwner || (type.targetEntityType === reference.entityType && row.target_id === reference.id)
  );
}

/** Whether a rule gives this value, or this linked resource alone or among others. */
function holds({ value, rule }: EntryWithIds, asked: string): boolean {
  const isLink = rule.element === 'NavigationRule' || rule.element === 'QueryRule';
  return isLink ? `, ${value}, `.includes(`, ${asked}, `) : value === asked;
}

function isAt(rule: Position): (entry: EntryWithIds) => boolean {
  return ({ rule: { file, line, column } }) =>
    rule.file === file && rule.line === line && rule.column === column;
}

/** Roles that are asked for, or that rules of what is told name; `null`: all. */
function namedRoles(
  relevant: readonly Pick<Provenance, 'singleRole'>[],
  { property, role, resourceType }: ExplainQuestion,
): ReadonlySet<string> | null {
  if (role !== undefined) return new Set([role]);
  if (property === undefined && resourceType === undefined) return null;
  return new Set(relevant.flatMap(({ singleRole }) => singleRole ?? []));
}

/** What is asked by name and not told by an entry; of an owner who is given nothing, every resource type. */
function askedSubjects(
  { model }: Workspace,
  { ownerType, only, assignments }: Subject,
  question: ExplainQuestion,
  relevant: readonly Provenance[],
): readonly RuleSubject[] {
  const isNothingAsked = Object.values(question).every((part) => part === undefined);
  if (isNothingAsked) {
    if (relevant.length > 0 || assignments.length > 0) return [];
    return [...model.resourceTypes.values()]
      .filter((type) => type.sourceEntityType === ownerType)
      .map((type) => ({ kind: 'resource-type', resourceType: type.identifier }));
  }
  const limited = only === null ? question : { ...question, resourceType: only };
  return subjectsOf(model, ownerType, limited).filter((subject) => {
    if (question.resourceType !== undefined || question.value !== undefined) return true;
    if (subject.kind !== 'property') return true;
    return !relevant.some((entry) => entry.resourceType === subject.resourceType);
  });
}

/** No rule gives such a role, and there is more to tell of it than that. */
function isHeldIndirectly(owner: OwnerNow, subject: RuleSubject): boolean {
  return (
    subject.kind === 'role' &&
    owner.state.roles.some((row) => row.isIndirect && row.role === subject.role)
  );
}

function absenceInputs(owner: OwnerNow, asked: readonly RuleSubject[]): Provenance['inputs'] {
  const [first] = asked;
  if (first === undefined) return [];
  return [...owner.judge(first).dimensionInputs.values()].flat();
}

function latest(times: readonly (string | null)[]): string | null {
  return times.reduce(
    (last, at) => (at !== null && (last === null || at > last) ? at : last),
    null,
  );
}

async function readHistory(
  t: StoreTransaction,
  { model }: Workspace,
  { ownerType, ownerId, only }: Subject,
  question: ExplainQuestion,
): Promise<readonly ExplainedChange[]> {
  const { property, role, resourceType } = question;
  const type = only ?? resourceType;
  const changes = await listAssignmentChanges(t, model, ownerType, [ownerId]);
  return changes
    .filter(({ change }) => {
      if (role !== undefined && property === undefined && type === undefined)
        return change.kind === 'role' && change.name === role;
      if (type !== undefined && change.name !== type) return false;
      return property === undefined || change.property === property || change.property === null;
    })
    .sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1))
    .slice(0, maxHistory)
    .map(({ at, runId, change: { kind, name, property: own, change, fields } }) => ({
      at,
      run: runId,
      kind,
      name,
      property: own,
      change,
      fields,
    }));
}

type TextOf = (at: Position, element: string) => string | null;

/** What rules say, as their files write it. */
export function ruleTexts({ deployed }: Pick<Workspace, 'deployed'>): TextOf {
  const written = findWrittenElements(deployed.files);
  return (at, element) => {
    const found = written(at);
    const text = found === null || found.element !== element ? '' : writtenText(found);
    return text === '' ? null : text;
  };
}

function refuseUnknownProperty(
  workspace: Workspace,
  reference: ResourceReference,
  { property }: ExplainQuestion,
  assignments: readonly AssignedResourceTypeRow[],
  asked: readonly RuleSubject[],
): void {
  if (property === undefined || asked.some((subject) => subject.kind === 'property')) return;
  const types = assignments.map(
    (row) => workspace.model.resourceTypes.get(row.resource_type)?.targetEntityType ?? '',
  );
  const known = [reference.entityType, ...types].flatMap((type) => [
    ...(workspace.model.entityModel.entityTypes.get(type)?.properties.keys() ?? []),
  ]);
  if (known.includes(property)) return;
  throw new ResourceError(
    'PROPERTY_UNKNOWN',
    `There is no property "${property}" here to explain.`,
    {
      hint:
        suggest(property, known) ??
        `Properties that can be explained: ${[...new Set(known)].join(', ')}.`,
    },
  );
}
