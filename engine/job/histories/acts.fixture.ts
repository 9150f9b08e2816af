/** What people and deliveries do in a company of a random history; each says what it did, by keys. */
import { provisioningStates } from '../../../config/index.ts';
import {
  decideFound,
  decideOrphans,
  decideReview,
  listGaps,
  listReviewPage,
} from '../../provision/index.ts';
import type { ProvisioningOrderRow } from '../../store/index.ts';
import {
  moveOrderedAssignments,
  recordAssignmentChanges,
  startRun,
  writeIntents,
  writeOutcome,
} from '../../store/index.ts';
import { type Company, readKeys } from '../company.fixture.ts';
import { amendAssignedRoles, requestRoles, reviewAssignedRoles } from '../role-requests.ts';
import { savePreExistingAccessRights } from '../tasks/save-pre-existing.ts';
import { answerLate, generateSafely } from './delivery-invariants.fixture.ts';
import { accountsOf, type Edit, type World } from './world.fixture.ts';

/** Says what was done, so that it can be seen that the same was done elsewhere. */
export async function act(
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
    case 'orphan':
      return decideOrphan(company, edit);
    case 'role':
      return actOnRole(company, edit);
    case 'pre-existing':
      return (await savePreExistingAccessRights(company.workspace, { force: false })).message;
    case 'person':
    case 'record':
    case 'department':
    case 'account':
    case 'space':
    case 'team':
    case 'freeze':
    case 'time':
    case 'rules':
    case 'hold':
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
  await generateSafely(company, seed);
  return company.store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const orders: readonly ProvisioningOrderRow[] = await t
      .tx('provisioning_orders')
      .where({ status: 'generated' });
    const told = orders.map((order) => {
      const payload: Payload = JSON.parse(order.payload);
      const owner = keyOf(Number(payload.owner.id));
      const target = payload.resource === undefined ? '' : keyOf(Number(payload.resource.id));
      const line = `${order.resource_type} ${owner} ${order.change_type} ${target} ${JSON.stringify(payload.changes.map(withoutIds))}`;
      return { order, payload, line };
    });
    told.sort((a, b) => (a.line < b.line ? -1 : 1));
    const at = new Date(company.workspace.effects.now()).toISOString();
    const about = { kind: 'fulfil', subject: '', configurationHash: '', startedAt: at } as const;
    const runId = await startRun(t, about);
    for (const [index, { order, payload }] of told.entries()) {
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
      await answerLate(t, order, at);
      await recordAssignmentChanges(t, company.model, [order.assigned_resource_type_id], runId);
      if (fate === 0 && tellsWorld) carryOut(world, payload);
    }
    return told.map(({ line }) => line).join('\n');
  });
}

interface Payload {
  readonly changeType: 'added' | 'modified' | 'deleted';
  readonly owner: { readonly id: string };
  readonly resourceType: { readonly targetEntityType: string };
  readonly resource?: {
    readonly id: string;
    readonly values: Readonly<Record<string, string | null>>;
  };
  readonly changes: readonly Change[];
}
interface Change {
  readonly kind: 'set' | 'link' | 'add' | 'remove';
  readonly property: string;
  readonly value: string | Linked | null;
}
interface Linked {
  readonly entityType: string;
  readonly values: Readonly<Record<string, string | null>>;
}

function withoutIds({ kind, property, value }: Change): readonly unknown[] {
  return [kind, property, typeof value === 'object' ? keyOfLinked(value) : value];
}

function keyOfLinked(value: Linked | null): string | null {
  return value?.values['Name'] ?? value?.values['Code'] ?? null;
}

const keyProperties: Readonly<Record<string, string>> = {
  Wiki_User: 'Login',
  Mail_Box: 'Address',
  Door_Card: 'Number',
};

function carryOut(world: World, order: Payload): void {
  const { targetEntityType } = order.resourceType;
  const accounts = accountsOf(world, targetEntityType);
  const property = keyProperties[targetEntityType] ?? '';
  const written = order.changes.find((change) => change.property === property)?.value;
  const key = order.resource?.values[property] ?? written;
  if (typeof key !== 'string') return;
  const known = accounts.get(key) ?? { values: {}, links: {} };
  accounts.delete(key);
  if (order.changeType === 'deleted') return;
  const values = { ...known.values };
  const links: { [property: string]: readonly string[] } = { ...known.links };
  for (const change of order.changes) {
    const { value } = change;
    const name = typeof value === 'object' ? keyOfLinked(value) : null;
    const before = links[change.property] ?? [];
    if (change.kind === 'set' && typeof value !== 'object') values[change.property] = value;
    if (change.kind === 'set' && value === null) values[change.property] = null;
    if (change.kind === 'link') links[change.property] = name === null ? [] : [name];
    if (change.kind === 'add' && name !== null)
      links[change.property] = [...new Set([...before, name])];
    if (change.kind === 'remove') links[change.property] = before.filter((one) => one !== name);
  }
  delete values[property];
  accounts.set(typeof written === 'string' ? written : key, { values, links });
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

/** The item of that number, by name, so that all companies pick the same whatever their ids are. */
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
  const { items } = await listReviewPage(store, model, {
    filter: {},
    of: decision === 'reopen' ? 'declined' : 'review',
    page: { after: 0, limit: 1_000 },
    now: '',
  });
  const nameOf = (item: (typeof items)[number]): unknown => [
    item.resourceType,
    item.owner.key,
    item.target?.key,
    item.kind,
    item.state,
    item.since,
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
  const gaps = (await listGaps(store, model)).filter((gap) => gap.kind !== 'orphan');
  const nameOf = (gap: (typeof gaps)[number]): unknown => [
    gap.kind,
    gap.owner?.key,
    [gap.resourceType, gap.role?.identifier],
    gap.property,
    [gap.current, gap.target.key, gap.since],
  ];
  const chosen = pickByName(gaps, nameOf, pick);
  if (chosen === undefined) return 'no gap';
  const { id, property } = chosen.item;
  const done = await unlessRefused(() =>
    decideFound(store, model, {
      ...decisionAt(company),
      decision,
      ids: [id],
      filter: {},
      ...(property === null ? {} : { property }),
    }),
  );
  return `${chosen.name} ${done}`;
}

async function decideOrphan(
  company: Company,
  { pick, decision }: Extract<Edit, { kind: 'orphan' }>,
): Promise<string> {
  const { store, model } = company;
  const gaps = (await listGaps(store, model)).filter((gap) => gap.kind === 'orphan');
  const nameOf = (gap: (typeof gaps)[number]): unknown => [gap.entityType, gap.target.key];
  const chosen = pickByName(gaps, nameOf, pick);
  if (chosen === undefined) return 'no orphan';
  const person = pickByName(await listPeople(company), (row) => row.mapping_key, pick);
  const { entityType, id } = chosen.item;
  const done = await unlessRefused(() =>
    decideOrphans(store, model, {
      ...decisionAt(company),
      entityType,
      resourceIds: [id],
      decision,
      ownerId: decision === 'bind' ? (person?.item.id ?? null) : null,
      resourceType: `${entityType}_Person`,
    }),
  );
  return `${chosen.name} ${done}`;
}

function listPeople({
  store,
}: Company): Promise<readonly { readonly id: number; readonly mapping_key: string }[]> {
  return store.transaction(({ tx }) => tx('r_hr_person').select('id', 'mapping_key'));
}

/** Somebody asks for a role, or against it, changes what he has, or decides about what was asked. */
async function actOnRole(company: Company, edit: Extract<Edit, { kind: 'role' }>): Promise<string> {
  switch (edit.wish) {
    case 'ask':
    case 'deny':
      return askForRole(company, edit, edit.wish);
    case 'approve':
    case 'decline':
      return reviewRole(company, edit, edit.wish);
    case 'cancel':
    case 'prolong':
    case 'complete':
      return amendRole(company, edit, edit.wish);
  }
}

const about = { person: 'p', comment: 'c', isDryRun: false };
const kinds = ['composite', 'single', 'resource-type', 'single'] as const;
const requestable = {
  composite: ['Staff', 'Abroad'],
  single: ['Finance', 'Site'],
  'resource-type': ['Wiki_User_Person', 'Mail_Box_Person'],
} as const;

async function askForRole(
  company: Company,
  { pick, end, department }: Extract<Edit, { kind: 'role' }>,
  wish: 'ask' | 'deny',
): Promise<string> {
  const { workspace } = company;
  const chosen = pickByName(await listPeople(company), (row) => row.mapping_key, pick);
  if (chosen === undefined) return 'nobody';
  const kind = kinds[pick % kinds.length] ?? 'single';
  const role = requestable[kind][pick % 5 < 3 ? 0 : 1];
  const asked = await unlessRefused(() =>
    requestRoles(workspace, {
      ...about,
      action: wish === 'ask' ? 'assign' : 'deny',
      kind,
      role,
      ownerIds: [chosen.item.id],
      asked: { start: null, end },
      parameters: department === null ? {} : { Department: department },
    }),
  );
  return `${chosen.name} ${role} ${asked}`;
}

interface StoredRole {
  readonly id: number;
  readonly workflow_state: number;
  readonly name: string;
}

/** Those in one of these states, and resource types that somebody asked for or that lack a parameter. */
function listRoles({ store }: Company, states: readonly number[]): Promise<readonly StoredRole[]> {
  return store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const roles = await t.tx('assigned_roles').whereIn('workflow_state', [...states]);
    const types = await t
      .tx('assigned_resource_types')
      .whereIn('workflow_state', [...states])
      .whereRaw('(request is not null or workflow_state = 5)');
    const asRoles = types.map((row) => ({
      ...row,
      kind: 'resource-type',
      role: row.resource_type,
    }));
    return [...roles, ...asRoles].map((row) => ({
      ...row,
      name: [
        keyOf(row.owner_id),
        ...[row.kind, row.role, row.workflow_state, row.request, row.parameters, row.is_denied],
        ...[row.state_since, row.start_date, row.end_date],
      ].join(' '),
    }));
  });
}

async function reviewRole(
  company: Company,
  { pick }: Extract<Edit, { kind: 'role' }>,
  decision: 'approve' | 'decline',
): Promise<string> {
  const open = await listRoles(company, [8, 9, 10, 11, 12, 13, 25, 27]);
  const chosen = pickByName(open, (row) => row.name, pick);
  if (chosen === undefined) return 'nothing asked for';
  const decided = { ...about, decision, ids: [chosen.item.id], filter: {} };
  const done = await unlessRefused(() => reviewAssignedRoles(company.workspace, decided));
  return `${chosen.name} ${done}`;
}

async function amendRole(
  company: Company,
  { pick, end, department }: Extract<Edit, { kind: 'role' }>,
  action: 'cancel' | 'prolong' | 'complete',
): Promise<string> {
  const states = action === 'complete' ? [2, 5] : [4, 8, 9, 10, 16, 17, 116];
  const chosen = pickByName(await listRoles(company, states), (row) => row.name, pick);
  if (chosen === undefined) return 'nothing to amend';
  const done = await unlessRefused(() =>
    amendAssignedRoles(company.workspace, {
      ...about,
      action,
      ids: [chosen.item.id],
      end,
      parameters: { Department: department ?? 'FIN' },
    }),
  );
  return `${chosen.name} ${done}`;
}

/** Decisions are refused where nothing is open; that they are is the same in all companies. */
async function unlessRefused(decide: () => Promise<unknown>): Promise<string> {
  try {
    await decide();
    return 'done';
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === undefined) throw error;
    return `refused: ${code}`;
  }
}
