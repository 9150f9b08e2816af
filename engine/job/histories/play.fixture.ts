/**
 * Plays a history in two companies at once: one evaluates what changed, the other everything. After every step both must
 * hold the same, and evaluating once more must change nothing in either.
 */
import { provisioningStates } from '../../../config/index.ts';
import { decideGaps, decideReview, listGaps, listReviewItems } from '../../provision/index.ts';
import {
  moveOrderedAssignments,
  recordAssignmentChanges,
  recordSynchronized,
  startRun,
  writeIntents,
  writeOutcome,
} from '../../store/index.ts';
import {
  type Company,
  type CompanyData,
  dumpAssignments,
  loadData,
  openCompany,
  readKeys,
} from '../company.fixture.ts';
import { requestRoles, reviewAssignedRoles } from '../role-requests.ts';
import { findBrokenInvariants } from '../state-invariants.fixture.ts';
import { computeCorrelationKeys } from '../tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from '../tasks/evaluate-policy.ts';
import { generateOrders } from '../tasks/generate-orders.ts';
import { updatePropertyExpressions } from '../tasks/update-property-expressions.ts';
import { configurationOf, type PolicyChoices, policyOf } from './policy.fixture.ts';
import {
  type Arrange,
  changeWorld,
  type Edit,
  firstWorld,
  type History,
  readWorld,
  type World,
} from './world.fixture.ts';

/** A company that can be brought back to its first day. */
export interface Player extends AsyncDisposable {
  readonly company: Company;
  readonly isDirty: boolean;
  readonly arrange?: Arrange;
  readonly reset: () => Promise<void>;
}

export async function openPlayer(options: {
  readonly isDirty: boolean;
  readonly arrange?: Arrange;
}): Promise<Player> {
  const company = await openCompany({ configuration: configurationOf([]) });
  const first = company.clock;
  const tables = await company.store.transaction(async ({ tx }) => {
    const names = await tx('sqlite_master').where({ type: 'table' }).select('name');
    const rows: [string, readonly object[]][] = [];
    for (const { name } of names) {
      if (!String(name).startsWith('sqlite_')) rows.push([name, await tx(name)]);
    }
    return rows;
  });
  return {
    ...options,
    company,
    reset: async () => {
      company.clock = first;
      await company.store.transaction(async ({ tx }) => {
        for (const [name, rows] of tables) {
          await tx(name).delete();
          if (rows.length > 0) await tx.batchInsert(name, [...rows], 100);
        }
      });
    },
    [Symbol.asyncDispose]: () => company[Symbol.asyncDispose](),
  };
}

/** What a company looked like when something went wrong, for whoever reads it. */
export class HistoryDifference extends Error {}

/** How much was done and compared. */
export interface Played {
  readonly steps: number;
  readonly assignments: number;
}

/** Plays the history from its first day; throws `HistoryDifference` where the companies differ. */
export async function playHistory(players: readonly Player[], history: History): Promise<Played> {
  for (const player of players) await player.reset();
  const world = firstWorld(history.populations);
  let choices = history.choices;
  let assignments = 0;
  const known = new Map<Player, CompanyData>();
  const settle = async (step: number): Promise<void> => {
    const dumps: (readonly string[])[] = [];
    for (const player of players) {
      const company = companyWith(player, choices);
      const data = readWorld(world, player.arrange);
      await synchronize(company, data, known.get(player));
      known.set(player, data);
      await compute(company, player.isDirty);
      const broken = await company.store.transaction(findBrokenInvariants);
      if (broken.length > 0) throw new HistoryDifference(`step ${step}: ${broken.join('; ')}`);
      dumps.push(await dumpAll(company));
    }
    assignments += dumps[0]?.length ?? 0;
    for (const dump of dumps.slice(1)) mustBeEqual(dumps[0] ?? [], dump, `step ${step}`);
    for (const [index, player] of players.entries()) {
      // Everything once more only at the end: it costs most of all.
      if (!player.isDirty && step < history.steps.length) continue;
      const company = companyWith(player, choices);
      await compute(company, player.isDirty);
      mustBeEqual(dumps[index] ?? [], await dumpAll(company), `step ${step}, once more`);
    }
  };
  await settle(0);
  for (const [index, step] of history.steps.entries()) {
    for (const edit of step) {
      if (edit.kind === 'rules') choices = edit.choices;
      changeWorld(world, edit);
      const told: string[] = [];
      for (const [place, player] of players.entries()) {
        if (edit.kind === 'time') player.company.clock += edit.minutes * 60_000;
        told.push(await act(companyWith(player, choices), world, edit, place === 0));
      }
      for (const other of told)
        mustBeEqual([told[0] ?? ''], [other], `step ${index + 1}, ${edit.kind}`);
    }
    for (const { company } of players) company.clock += 60_000;
    await settle(index + 1);
  }
  return { steps: history.steps.length + 1, assignments };
}

/** Reads all systems; tables that are as they were are not loaded again, as in a real run. */
async function synchronize(
  company: Company,
  data: CompanyData,
  before: CompanyData | undefined,
): Promise<void> {
  const changed = <T>(
    now: Readonly<{ [name: string]: T }>,
    then: Readonly<{ [name: string]: T }> = {},
  ): { [name: string]: T } =>
    Object.fromEntries(
      Object.entries(now).filter(
        ([name, rows]) => JSON.stringify(rows) !== JSON.stringify(then[name]),
      ),
    );
  const entities = changed(data.entities, before?.entities);
  const links = changed(data.links, before?.links);
  if (Object.keys(entities).length + Object.keys(links).length > 0) {
    await loadData(company, { entities, links });
  }
  const at = new Date(company.workspace.effects.now()).toISOString();
  await company.store.transaction(async (t) => {
    const about = {
      kind: 'synchronize',
      subject: '',
      configurationHash: '',
      startedAt: at,
    } as const;
    const runId = await startRun(t, about);
    for (const entityType of Object.keys(data.entities)) {
      if (entities[entityType] === undefined) await recordSynchronized(t, entityType, at, runId);
    }
  });
}

function companyWith({ company }: Player, choices: PolicyChoices): Company {
  const model = policyOf(choices);
  return { ...company, model, workspace: { ...company.workspace, model } };
}

function mustBeEqual(left: readonly string[], right: readonly string[], where: string): void {
  const only = (these: readonly string[], those: readonly string[]): readonly string[] => {
    const known = new Set(those);
    return these.filter((line) => !known.has(line));
  };
  const missing = only(left, right);
  const extra = only(right, left);
  if (missing.length === 0 && extra.length === 0 && left.length === right.length) return;
  throw new HistoryDifference(
    [`${where}:`, ...missing.map((line) => `- ${line}`), ...extra.map((line) => `+ ${line}`)].join(
      '\n',
    ),
  );
}

/** Assignments, decisions and states, and when each owner is due again. */
async function dumpAll(company: Company): Promise<readonly string[]> {
  const assignments = await dumpAssignments(company);
  const soon = internalTime(company.workspace.effects.now() + 1_000);
  const dues = await company.store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const rows = await t.tx('evaluation_dues').select('entity_type', 'owner_id', 'due_at');
    return rows.map((row) => {
      // What is due at once may have been due for a while.
      const at = row.due_at <= soon ? 'now' : row.due_at;
      return `due ${row.entity_type} ${keyOf(row.owner_id)} ${at}`;
    });
  });
  return [...assignments, ...dues].sort();
}

function internalTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replaceAll(/\D/g, '').slice(0, 14);
}

async function compute(company: Company, dirty: boolean): Promise<void> {
  const { workspace } = company;
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty });
  await computeCorrelationKeys(workspace, { dirty });
  await evaluatePolicy(workspace, {
    entityTypes: [],
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
}

/** What is done in the company itself; says what was done, by keys. */
async function act(
  company: Company,
  world: World,
  edit: Edit,
  tellsWorld: boolean,
): Promise<string> {
  switch (edit.kind) {
    case 'provision':
      return provision(company, world, edit.seed, tellsWorld);
    case 'review':
      return review(company, edit);
    case 'gap':
      return decideGap(company, edit);
    case 'role':
      return actOnRole(company, edit);
    default:
      return '';
  }
}

/** Orders, and what becomes of them: carried out, refused, lost, or said to be done and not done. */
async function provision(
  company: Company,
  world: World,
  seed: number,
  tellsWorld: boolean,
): Promise<string> {
  await generateOrders(company.workspace, { resourceTypes: [], force: true, isDryRun: false });
  return company.store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const orders = await t.tx('provisioning_orders').where({ status: 'generated' });
    const told = orders.map((order) => ({ order, key: keyOf(JSON.parse(order.payload).owner.id) }));
    const place = ({ key, order }: (typeof told)[number]): string =>
      `${key} ${String(order.id).padStart(12, '0')}`;
    told.sort((a, b) => (place(a) < place(b) ? -1 : 1));
    const at = new Date(company.workspace.effects.now()).toISOString();
    const about = { kind: 'fulfil', subject: '', configurationHash: '', startedAt: at } as const;
    const runId = await startRun(t, about);
    const lines: string[] = [];
    for (const [index, { order, key }] of told.entries()) {
      const payload: Payload = JSON.parse(order.payload);
      const changes = payload.changes.map(({ property, value }) => [
        property,
        typeof value === 'string' ? value : null,
      ]);
      lines.push(`${key} ${order.change_type} ${JSON.stringify(changes)}`);
      const fate = (seed + index) % 4;
      if (fate === 3) continue;
      await writeIntents(t, [order.id], { at, fence: 1 });
      const isRefused = fate === 2;
      await writeOutcome(t, order.id, ['intent'], {
        status: isRefused ? 'errored' : 'executed',
        at,
        message: 'x',
        errorCode: null,
        writtenValues: null,
        decidedBy: null,
      });
      await moveOrderedAssignments(t, order, {
        provisioningState: isRefused ? provisioningStates.errored : provisioningStates.executed,
        at,
        lastError: isRefused ? 'x' : null,
        runId,
      });
      await recordAssignmentChanges(t, company.model, [order.assigned_resource_type_id], runId);
      if (fate === 0 && tellsWorld) carryOut(world, payload);
    }
    return lines.join('\n');
  });
}

interface Payload {
  readonly changeType: 'added' | 'modified' | 'deleted';
  readonly resource?: { readonly values: Readonly<{ [property: string]: string | null }> };
  readonly changes: readonly {
    readonly kind: string;
    readonly property: string;
    readonly value: unknown;
  }[];
}

function carryOut(world: World, order: Payload): void {
  const scalar = (property: string): string | null | undefined =>
    order.changes.find((c) => c.property === property)?.value as string | null | undefined;
  const login = order.resource?.values['Login'] ?? scalar('Login');
  if (typeof login !== 'string') return;
  const known = world.users.get(login) ?? { mail: null, fullName: null, unit: null, spaces: [] };
  world.users.delete(login);
  if (order.changeType === 'deleted') return;
  const spaces = new Set(known.spaces);
  for (const change of order.changes) {
    const linked = change.value as { values?: { Name?: string } } | null;
    const name = linked?.values?.Name;
    if (change.kind === 'add' && name !== undefined) spaces.add(name);
    if (change.kind === 'remove' && name !== undefined) spaces.delete(name);
  }
  const pick = (property: string, former: string | null): string | null => {
    const value = scalar(property);
    return value === undefined ? former : value;
  };
  world.users.set(pick('Login', login) ?? login, {
    mail: pick('Mail', known.mail),
    fullName: pick('FullName', known.fullName),
    unit: pick('Unit', known.unit),
    spaces: [...spaces],
  });
}

function decisionAt(company: Company): {
  readonly person: string;
  readonly comment: string;
  readonly at: string;
  readonly isDryRun: false;
} {
  const at = new Date(company.workspace.effects.now()).toISOString();
  return { person: 'p', comment: 'c', at, isDryRun: false };
}

/** The item of that number, by name, so that both companies pick the same whatever their ids are. */
function pickByName<T>(
  items: readonly T[],
  nameOf: (item: T) => unknown,
  pick: number,
): { readonly item: T; readonly name: string } | undefined {
  const named = items.map((item) => ({ item, name: JSON.stringify(nameOf(item)) }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  return named[pick % Math.max(1, named.length)];
}

async function review(
  company: Company,
  { pick, decision }: Extract<Edit, { kind: 'review' }>,
): Promise<string> {
  const { store, model } = company;
  const items = await listReviewItems(store, model);
  const nameOf = (item: (typeof items)[number]): unknown => [
    item.owner.key,
    item.target?.key,
    item.kind,
  ];
  const chosen = pickByName(items, nameOf, pick);
  if (chosen === undefined) return 'nothing to review';
  const assignmentIds = [chosen.item.assignmentId];
  const done = await unlessRefused(() =>
    decideReview(store, model, { ...decisionAt(company), decision, assignmentIds }),
  );
  return `${chosen.name} ${done}`;
}

async function decideGap(
  company: Company,
  { pick, decision }: Extract<Edit, { kind: 'gap' }>,
): Promise<string> {
  const { store, model } = company;
  const gaps = (await listGaps(store, model)).filter((gap) => gap.assignmentId !== null);
  const nameOf = (gap: (typeof gaps)[number]): unknown => [
    gap.kind,
    gap.owner?.key,
    gap.property,
    gap.current,
  ];
  const chosen = pickByName(gaps, nameOf, pick);
  if (chosen === undefined) return 'no gap';
  const { assignmentId, property } = chosen.item;
  const done = await unlessRefused(() =>
    decideGaps(store, model, {
      ...decisionAt(company),
      decision,
      assignmentIds: [assignmentId ?? 0],
      ...(property === null ? {} : { property }),
    }),
  );
  return `${chosen.name} ${done}`;
}

/** Somebody asks for a role, or against it, or decides about what was asked. */
async function actOnRole(
  company: Company,
  { pick, wish }: Extract<Edit, { kind: 'role' }>,
): Promise<string> {
  const { store, workspace } = company;
  const about = { person: 'p', comment: 'c', isDryRun: false };
  if (wish === 'approve' || wish === 'decline') {
    const waiting = await store.transaction(async (t) => {
      const keyOf = await readKeys(t);
      const rows = await t.tx('assigned_roles').select('id', 'owner_id', 'role', 'workflow_state');
      return rows.map((row) => ({
        ...row,
        name: `${keyOf(row.owner_id)} ${row.role} ${row.workflow_state}`,
      }));
    });
    const states: ReadonlySet<number> = new Set([8, 9, 10, 11, 12, 13, 25, 27]);
    const open = waiting.filter((row) => states.has(row.workflow_state));
    const chosen = pickByName(open, (row) => row.name, pick);
    if (chosen === undefined) return 'nothing asked for';
    const decided = { ...about, decision: wish, ids: [chosen.item.id], filter: {} };
    return `${chosen.name} ${await unlessRefused(() => reviewAssignedRoles(workspace, decided))}`;
  }
  const owners: readonly { readonly id: number; readonly mapping_key: string }[] =
    await store.transaction(({ tx }) => tx('r_hr_person').select('id', 'mapping_key'));
  const chosen = pickByName(owners, (row) => row.mapping_key, pick);
  if (chosen === undefined) return 'nobody';
  const isComposite = pick % 3 === 0;
  const asked = await unlessRefused(() =>
    requestRoles(workspace, {
      ...about,
      action: wish === 'ask' ? 'assign' : 'deny',
      kind: isComposite ? 'composite' : 'single',
      role: isComposite ? 'Staff' : 'Finance',
      ownerIds: [chosen.item.id],
      asked: { start: null, end: null },
      parameters: {},
    }),
  );
  return `${chosen.name} ${asked}`;
}

/** Decisions are refused where nothing is open; that they are is the same in both companies. */
async function unlessRefused(decide: () => Promise<unknown>): Promise<string> {
  try {
    await decide();
    return 'done';
  } catch (error) {
    return `refused: ${(error as { readonly code?: string }).code ?? String(error)}`;
  }
}
