/**
 * A small company in which every transition of a decision, a request, an order or a result can be tried:
 *
 *   Ana (1), Finance    account aroy, verified; its full name may differ
 *   Ben (2), Finance    account to be made
 *   svc                 an account that nobody owns
 *
 * Anybody may ask for the roles; "Risky…" bring a risk that takes one more approval, "Forbidden" one that blocks.
 */
import { findDelivery, type Model } from '../../../config/index.ts';
import type { Executed, FulfilTarget } from '../../../connectors/index.ts';
import { describeTarget, fulfilConnection } from '../../fulfil/index.ts';
import {
  type AssignedRoleRow,
  insertAssignedRoles,
  type Store,
  startRun,
  takeLease,
} from '../../store/index.ts';
import { type Company, configuration, loadData, openCompany } from '../company.fixture.ts';
import { computeCorrelationKeys } from '../tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from '../tasks/evaluate-policy.ts';
import { generateOrders } from '../tasks/generate-orders.ts';
import { updatePropertyExpressions } from '../tasks/update-property-expressions.ts';

const role = (identifier: string, attributes: string): string =>
  `<SingleRole Identifier="${identifier}" DisplayName_L1="${identifier}" Policy="Default" EntityType="HR_Person" ${attributes} />`;
const risk = (identifier: string, exemption: string, space: string): string =>
  `<Risk Identifier="${identifier}" DisplayName_L1="${identifier}" Policy="Default" EntityType="HR_Person" RiskType="HighPrivilege" ExemptionPolicy="${exemption}" Level="50"><Rule><Item ResourceType="Wiki_User_Person" Property="Spaces" Resource="${space}" /></Rule></Risk>`;
const circuits = ['None', 'One', 'Two', 'Three'] as const;
const gives = (space: string, name: string): string =>
  `<NavigationRule Property="Spaces" Resource="${space}" SingleRole="${name}" />`;

const text = configuration({
  rules: `<TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="FullName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    ${circuits.map((circuit) => gives('audit', `Risky${circuit}`)).join('')}${gives('root', 'Forbidden')}`,
  elements: [
    ...circuits.flatMap((circuit) => [
      role(circuit, `ApprovalWorkflowType="${circuit}"`),
      role(`Risky${circuit}`, `ApprovalWorkflowType="${circuit}"`),
    ]),
    role('Lacking', 'ApprovalWorkflowType="None" R0="true"'),
    role('Forbidden', 'ApprovalWorkflowType="None"'),
    risk('Audits', 'ApprovalRequired', 'audit'),
    risk('Roots', 'Blocking', 'root'),
  ].join('\n'),
});

type Table = 'assigned_resource_types' | 'assigned_values' | 'assigned_roles';

export interface Desk extends AsyncDisposable {
  readonly company: Company;
  readonly store: Store;
  readonly model: Model;
  /** Who decides, why and when. */
  readonly by: {
    readonly person: string;
    readonly comment: string;
    readonly at: string;
    readonly isDryRun: false;
  };
  readonly people: { readonly ana: number; readonly ben: number };
  readonly orphan: number;
  /** Assignments of Ana's account, of the one that Ben is to get, and of the full name of Ana's. */
  readonly ids: { readonly account: number; readonly creation: number; readonly name: number };
  /** Brings everything back to the first day. */
  readonly reset: () => Promise<void>;
  readonly write: (
    table: Table,
    id: number,
    row: Readonly<Record<string, unknown>>,
  ) => Promise<void>;
  /** The row of this number, if it has not ended. */
  readonly read: (
    table: Table,
    id: number,
  ) => Promise<Readonly<Record<string, unknown>> | undefined>;
  /** A role of Ben's, as it may be stored. */
  readonly putRole: (row: Partial<AssignedRoleRow>) => Promise<number>;
  readonly generate: () => Promise<void>;
  /** Hands the open orders to a managed system that answers so. */
  readonly fulfil: (answer: () => Executed) => Promise<void>;
  /** Numbers of the orders, the oldest first. */
  readonly orders: () => Promise<readonly number[]>;
}

export async function openDesk(): Promise<Desk> {
  const company = await openCompany({ configuration: text });
  await begin(company);
  const { store, model } = company;
  const first = await readTables(store);
  const firstDay = company.clock;
  const at = new Date(company.clock).toISOString();
  const found = await find(store);
  return {
    ...found,
    company,
    store,
    model,
    by: { person: 'kim', comment: 'because', at, isDryRun: false },
    reset: async () => {
      company.clock = firstDay;
      await writeTables(store, first);
    },
    write: (table, id, row) => store.transaction(({ tx }) => tx(table).where({ id }).update(row)),
    read: (table, id) => store.read(({ tx }) => tx(table).where({ id }).first()),
    putRole: (row) => putRole(store, found.people.ben, at, row),
    generate: async () => {
      const all = { resourceTypes: [], force: true, isDryRun: false };
      await generateOrders(company.workspace, all);
    },
    fulfil: (answer) => fulfil(company, answer),
    orders: () =>
      store.read(async ({ tx }) => {
        const rows = await tx('provisioning_orders').orderBy('id').select('id');
        return rows.map((row) => Number(row.id));
      }),
    [Symbol.asyncDispose]: () => company[Symbol.asyncDispose](),
  };
}

async function begin(company: Company): Promise<void> {
  await loadData(company, {
    entities: {
      HR_Department: [{ Code: 'FIN', Name: 'Money' }],
      HR_Person: [
        { Number: '1', FirstName: 'Ana', LastName: 'Roy' },
        { Number: '2', FirstName: 'Ben', LastName: 'Ode' },
      ],
      Wiki_User: [
        { Login: 'aroy', Mail: '1@example.test', FullName: 'Ana R.' },
        { Login: 'svc', Mail: 'svc@example.test' },
      ],
      Wiki_Space: [{ Name: 'audit' }, { Name: 'root' }],
    },
    links: {
      HR_Person_Department: [
        ['1', 'FIN'],
        ['2', 'FIN'],
      ],
    },
  });
  const { workspace } = company;
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty: false });
  await computeCorrelationKeys(workspace, { dirty: false });
  const blocking = { blockProvisioning: false, blockAllResourceTypeProvisioning: false };
  await evaluatePolicy(workspace, { entityTypes: [], dirty: false, ...blocking });
  company.clock += 60_000;
}

async function find(store: Store): Promise<Pick<Desk, 'people' | 'orphan' | 'ids'>> {
  return store.read(async ({ tx }) => {
    const idOf = async (entityType: string, key: string): Promise<number> => {
      const named = await tx('entity_tables').where({ entity_type: entityType }).first();
      return Number((await tx(named.table_name).where({ mapping_key: key }).first()).id);
    };
    const ana = await idOf('HR_Person', '1');
    const ben = await idOf('HR_Person', '2');
    const rowOf = async (owner_id: number): Promise<number> =>
      Number((await tx('assigned_resource_types').where({ owner_id }).first()).id);
    const account = await rowOf(ana);
    const value = { assigned_resource_type_id: account, property: 'FullName' };
    return {
      people: { ana, ben },
      orphan: await idOf('Wiki_User', 'svc'),
      ids: {
        account,
        creation: await rowOf(ben),
        name: Number((await tx('assigned_values').where(value).first()).id),
      },
    };
  });
}

type Tables = readonly (readonly [name: string, rows: readonly object[]])[];

function readTables(store: Store): Promise<Tables> {
  return store.transaction(async ({ tx }) => {
    const names = await tx('sqlite_master').where({ type: 'table' }).select('name');
    const own = names.map(({ name }) => String(name)).filter((name) => !name.startsWith('sqlite_'));
    return Promise.all(own.map(async (name) => [name, await tx(name)] as const));
  });
}

async function writeTables(store: Store, tables: Tables): Promise<void> {
  await store.transaction(async ({ tx }) => {
    for (const [name, rows] of tables) {
      await tx(name).delete();
      if (rows.length > 0) await tx.batchInsert(name, [...rows], 100);
    }
  });
}

async function putRole(
  store: Store,
  ownerId: number,
  at: string,
  row: Partial<AssignedRoleRow>,
): Promise<number> {
  return store.transaction(async (t) => {
    const about = { kind: 'decision', subject: '', configurationHash: '', startedAt: at } as const;
    const id = await startRun(t, about);
    const whole: Omit<AssignedRoleRow, 'id' | 'run_id' | 'valid_from'> = {
      ...({ kind: 'single', cause: 'request' } as const),
      ...{ role: 'Three', owner_type: 'HR_Person', owner_id: ownerId },
      ...({ workflow_state: 18 } as const),
      ...{ is_denied: 0, is_inferred: 0, is_indirect: 0 },
      ...{ start_date: null, end_date: null, parameters: '{}', basis: null },
      ...{ state_since: at, request: null, amends: null, requested_by: null, approvals: '[]' },
      ...row,
    };
    const [made] = await insertAssignedRoles(t, [whole], { id, at });
    if (made === undefined) throw new Error('No role was written.');
    return made;
  });
}

async function fulfil({ store, model, clock }: Company, answer: () => Executed): Promise<void> {
  const connection = 'WikiDb';
  const lease = await store.transaction((t) =>
    takeLease(t, { name: connection, holder: 'desk', now: clock, ttlMs: 60_000 }),
  );
  if (lease.status !== 'held') throw new Error('Somebody else delivers.');
  const targets = new Map<string, FulfilTarget>();
  for (const type of model.resourceTypes.values()) {
    const target = describeTarget(model, type);
    if (target !== null) targets.set(type.identifier, target);
  }
  await fulfilConnection(store, {
    ...{ model, connection, targets, lease: lease.lease, leaseTtlMs: 60_000, runId: 1 },
    fulfiller: { fulfil: async () => answer(), [Symbol.asyncDispose]: async () => {} },
    limits: { ...findDelivery(model.deliveries, connection), retryWaitSeconds: 0 },
    now: () => clock,
    wait: async () => {},
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    signal: new AbortController().signal,
    onProgress: () => {},
  });
}
