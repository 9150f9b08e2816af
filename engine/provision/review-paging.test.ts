/** Lists and decisions of many orders: by pages, in bounded memory, whatever is chosen. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration, type Model } from '../../config/index.ts';
import {
  allocateIds,
  deployModel,
  openStore,
  type Store,
  type StoreTransaction,
} from '../store/index.ts';
import {
  countReviewItems,
  decideReview,
  groupReviewValues,
  type ItemFilter,
  listReviewPage,
} from './index.ts';

/** Orders that wait, among as many accounts again at which nothing waits. */
const many = Number(process.env['LOCKSTEP_REVIEW_ITEMS'] ?? 100_000);
const at = '2026-01-01T00:00:00.000Z';
const now = '2026-01-02T00:00:00.000Z';

const configuration = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Language Code="en-US" IndicatorNumber="1" />
  <EntityType Identifier="Person" DisplayName_L1="Person"><Property Identifier="Number" IsKey="true" /></EntityType>
  <EntityType Identifier="Account" DisplayName_L1="Account">
    <Property Identifier="Login" IsKey="true" /><Property Identifier="Team" />
  </EntityType>
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <ResourceType Identifier="Account_Person" DisplayName_L1="Account" Policy="Default" SourceEntityType="Person" TargetEntityType="Account">
    <TypeRule /><ScalarRule Property="Login" Binding="Number" /><ScalarRule Property="Team" Binding="Number" />
  </ResourceType>
</ConfigurationFile>`;

const resourceColumns = ['id', 'mapping_key', 'run_id', 'valid_from'];
const typeColumns = [
  ...['id', 'resource_type', 'owner_id', 'target_id', 'workflow_state', 'provisioning_state'],
  ...['is_denied', 'blocked_by', 'policy_values', 'state_since', 'run_id', 'valid_from'],
];
const valueColumns = [
  ...['id', 'assigned_resource_type_id', 'kind', 'property', 'linked_id', 'policy_value'],
  ...['current_value', 'workflow_state', 'provisioning_state', 'is_denied', 'blocked_by'],
  ...['state_since', 'run_id', 'valid_from'],
];

/** Of three accounts one is to be created, of one a value waits, and nothing waits for the third. */
async function fill(t: StoreTransaction, count: number): Promise<void> {
  const { tx, dialect } = t;
  const chunk = 10_000;
  for (let start = 0; start < count; start += chunk) {
    const first = await allocateIds(t, chunk * 4);
    const people: (string | number)[][] = [];
    const accounts: (string | number)[][] = [];
    const types: (string | number | null)[][] = [];
    const values: (string | number | null)[][] = [];
    for (let index = 0; index < Math.min(chunk, count - start); index += 1) {
      const [person, account, type, value] = [0, 1, 2, 3].map((part) => first + index * 4 + part);
      if (person === undefined || account === undefined || type === undefined) continue;
      const key = `k${start + index}`;
      const waits = (start + index) % 3;
      const team = `team ${index % 50}`;
      people.push([person, key, 1, at, key]);
      accounts.push([account, key, 1, at, key]);
      const policy = JSON.stringify({ Login: key, Team: team });
      const state = waits === 0 ? 5 : 4;
      const target = waits === 0 ? null : account;
      types.push([type, 'Account_Person', person, target, 18, state, 0, '[]', policy, at, 1, at]);
      if (waits === 1)
        values.push([
          ...[value ?? 0, type, 'scalar', 'Team', 0, team, 'none', 18, 5, 0, '["resource-type"]'],
          ...[at, 1, at],
        ]);
    }
    await dialect.insertRows(tx, 'r_person', [...resourceColumns, 'number'], people);
    await dialect.insertRows(tx, 'r_account', [...resourceColumns, 'login'], accounts);
    await dialect.insertRows(tx, 'assigned_resource_types', typeColumns, types);
    await dialect.insertRows(tx, 'assigned_values', valueColumns, values);
  }
}

function loadModel(): Model {
  const loaded = loadConfiguration([{ path: 'a.xml', text: configuration }]);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.model;
}

async function openFilled(model: Model, count: number): Promise<Store> {
  const store = await openStore({ client: 'sqlite', file: ':memory:' });
  await store.transaction(async (t) => {
    await deployModel(t, model, false);
    await fill(t, count);
  });
  return store;
}

describe('a list of very many orders', () => {
  const model = loadModel();
  let store: Store;

  beforeAll(async () => {
    store = await openFilled(model, Math.ceil(many * 1.5));
  }, 120_000);
  afterAll(() => store[Symbol.asyncDispose]());

  const list = (filter: ItemFilter, after: number, limit: number) =>
    listReviewPage(store, model, { filter, of: 'review', page: { after, limit }, now });

  it('is read page by page to its end, never more than a page at a time', async () => {
    let seen = 0;
    let largest = 0;
    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<typeof list>> = await list({}, after, 5_000);
      seen += page.items.length;
      largest = Math.max(largest, page.items.length);
      after = page.next;
    }

    expect(seen).toBe(many);
    expect(largest).toBe(5_000);
    expect(await countReviewItems(store, model, { filter: {}, of: 'review', now })).toBe(many);
  }, 60_000);

  it('reads what waits by indexes of nothing else, in the order of the list', async () => {
    const plans = await store.transaction(async ({ tx }) => {
      const own = `select a.id from assigned_resource_types a where a.provisioning_state + 0 in (3, 5)
        and a.workflow_state not in (1, 3) and a.id > 7 order by a.id limit 50`;
      const byValue = `select distinct v.assigned_resource_type_id from assigned_values v
        join assigned_resource_types a on a.id = v.assigned_resource_type_id
        where v.provisioning_state + 0 in (3, 5) and v.workflow_state not in (1, 3)
        and v.assigned_resource_type_id > 7 order by v.assigned_resource_type_id limit 50`;
      const found: string[] = [];
      for (const sql of [own, byValue])
        for (const { detail } of await tx.raw(`explain query plan ${sql}`)) found.push(detail);
      return found;
    });

    expect(plans.join()).toContain('INDEX i_types_in_review');
    expect(plans.join()).toContain('INDEX i_values_in_review');
    expect(plans.join()).not.toContain('TEMP B-TREE');
  });

  it('gives its first page in a moment, whatever it is narrowed by', async () => {
    const began = performance.now();
    const filters: readonly ItemFilter[] = [
      {},
      { property: 'Team' },
      { owner: 'k77*' },
      { value: { property: 'Team', text: 'team 7' } },
      { postponed: 'hidden' },
    ];
    for (const filter of filters) expect((await list(filter, 0, 50)).items.length).toBe(50);

    // Loading what waits takes minutes here; a page takes milliseconds. Generous, for a busy machine.
    expect(performance.now() - began).toBeLessThan(10_000);
  }, 60_000);

  it('says how often each value is proposed', async () => {
    const groups = await groupReviewValues(store, model, {
      filter: {},
      of: 'review',
      now,
      limit: 10,
    });

    expect(groups).toHaveLength(10);
    expect(groups[0]).toMatchObject({ property: 'Team', current: 'none' });
    expect(groups.every((group) => group.count > many / 200)).toBe(true);
  });
});

describe('a decision about whatever is chosen', () => {
  const model = loadModel();

  it('changes what the list showed for the same choice, and nothing else', async () => {
    const filter: fc.Arbitrary<ItemFilter> = fc.record(
      {
        property: fc.constantFrom('Team', 'Login'),
        proposed: fc.constantFrom('team 1', 'team 1*', '*', ''),
        current: fc.constantFrom('none', 'n?ne', ''),
        owner: fc.constantFrom('k1*', 'k25', '*5', '%'),
        value: fc.record({
          property: fc.constantFrom('Team', 'Login'),
          text: fc.constantFrom('team 2*', 'k4*'),
        }),
        part: fc.constantFrom('resource' as const, 'value' as const),
      },
      { requiredKeys: [] },
    );
    const decision = fc.constantFrom('approve' as const, 'decline' as const, 'postpone' as const);
    await using store = await openFilled(model, 120);
    const list = async (narrowed: ItemFilter, of: 'review' | 'declined' = 'review') => {
      const page = { after: 0, limit: 1_000 };
      const shown = await listReviewPage(store, model, { filter: narrowed, of, page, now });
      return shown.items.flatMap((item) =>
        item.isWhole
          ? [`${item.assignmentId}`]
          : item.values.map((value) => `${item.assignmentId} ${value.property}`),
      );
    };
    await fc.assert(
      fc.asyncProperty(filter, decision, async (chosen, verb) => {
        const hidden = { postponed: 'hidden' } as const;
        const before = await list(hidden);
        const wanted = await list({ ...chosen, ...hidden });

        const result = await decideReview(store, model, {
          assignmentIds: [],
          filter: { ...chosen, ...hidden },
          decision: verb,
          person: 'p',
          comment: null,
          at: now,
          isDryRun: false,
          until: '2026-02-01T00:00:00.000Z',
        });

        expect(result.changed).toBe(wanted.length);
        expect(await list(hidden)).toEqual(before.filter((one) => !wanted.includes(one)));
        // Everything as it was, for the next choice.
        await store.transaction(async ({ tx }) => {
          await tx('postponements').delete();
          await tx('assigned_resource_types')
            .whereNull('target_id')
            .update({ provisioning_state: 5, is_denied: 0 });
          await tx('assigned_values').update({ provisioning_state: 5, is_denied: 0 });
        });
      }),
      { numRuns: Number(process.env['LOCKSTEP_SELECTIONS'] ?? 60) },
    );
  }, 60_000);
});
