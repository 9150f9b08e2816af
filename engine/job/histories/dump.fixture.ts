/** All that evaluations and people left in a store, by keys instead of ids, so that stores can be compared. */
import type { Model } from '../../../config/index.ts';
import type { StoreTransaction } from '../../store/index.ts';
import { type Company, readKeys } from '../company.fixture.ts';

type KeyOf = (id: number) => string;
type Row = Readonly<Record<string, unknown>>;

/**
 * A line each for assignments with their values, roles, links held indirectly, risks, classifications, decisions of rules and
 * owners that are due, in an order of its own; with `withFormer` former states as well.
 */
export async function dumpStore(company: Company, withFormer: boolean): Promise<readonly string[]> {
  const { model, store, workspace } = company;
  return store.read(async (t) => {
    const keyOf = await readKeys(t);
    const about = { t, keyOf, model };
    const lines = [
      ...(await dumpTypes(about)),
      ...(await dumpRoles(about)),
      ...(await dumpRisks(about)),
      ...(await dumpIndirect(about)),
      ...(await dumpDecided(about)),
      ...(await dumpDues(about, workspace.effects.now())),
      ...(withFormer ? await dumpFormer(about) : []),
    ];
    return lines.sort();
  });
}

interface Dumped {
  readonly t: StoreTransaction;
  readonly keyOf: KeyOf;
  readonly model: Model;
}

async function dumpTypes({ t, keyOf, model }: Dumped): Promise<readonly string[]> {
  const types: readonly Row[] = await t.tx('assigned_resource_types').orderBy('id');
  const values: readonly Row[] = await t.tx('assigned_values').orderBy('id');
  const byType = Map.groupBy(values, (value) => value['assigned_resource_type_id']);
  return types.map((row) => {
    const own = (byType.get(row['id']) ?? []).map((value) => valueLine(keyOf, value)).sort();
    return JSON.stringify([
      typeCells(model, keyOf, row),
      row['state_since'],
      row['valid_from'],
      own,
    ]);
  });
}

function typeCells(model: Model, keyOf: KeyOf, row: Row): readonly unknown[] {
  const type = String(row['resource_type']);
  const target = row['target_id'] === null ? null : keyOf(Number(row['target_id']));
  const policy = Object.entries(JSON.parse(String(row['policy_values']))).map(
    ([property, value]) => [property, policyCell(model, keyOf, type, property, value)],
  );
  return [
    [model.resourceTypes.get(type)?.sourceEntityType, keyOf(Number(row['owner_id'])), type, target],
    cells(row, ['workflow_state', 'provisioning_state', 'is_denied', 'confidence']),
    cells(row, ['start_date', 'end_date', 'blocked_by', 'last_error', 'parameters', 'request']),
    policy,
  ];
}

function policyCell(
  model: Model,
  keyOf: KeyOf,
  type: string,
  property: string,
  value: unknown,
): unknown {
  const target = model.resourceTypes.get(type)?.targetEntityType ?? '';
  const declared = model.entityModel.entityTypes.get(target)?.properties.get(property);
  if (Array.isArray(value)) return value.map((id) => keyOf(Number(id))).sort();
  return declared?.kind === 'navigation' && value !== null ? keyOf(Number(value)) : value;
}

function valueLine(keyOf: KeyOf, row: Row): string {
  const isLink = row['kind'] === 'navigation' && row['linked_id'] === 0;
  const named = (value: unknown): unknown =>
    isLink && value !== null ? keyOf(Number(value)) : value;
  return JSON.stringify([
    row['property'],
    row['linked_id'] === 0 ? null : keyOf(Number(row['linked_id'])),
    named(row['policy_value']),
    named(row['current_value']),
    cells(row, ['kind', 'workflow_state', 'provisioning_state', 'is_denied', 'blocked_by']),
    cells(row, ['confidence', 'last_error', 'state_since', 'valid_from']),
  ]);
}

async function dumpRoles({ t, keyOf }: Dumped): Promise<readonly string[]> {
  const rows: readonly Row[] = await t.tx('assigned_roles').orderBy('id');
  const names = new Map(rows.map((row) => [row['id'], roleCells(keyOf, row)]));
  return rows.map((row) =>
    JSON.stringify([
      names.get(row['id']),
      // What is asked about an assignment that is gone by now is about nothing.
      row['amends'] === null ? null : (names.get(Number(row['amends'])) ?? 'gone'),
      cells(row, ['state_since', 'valid_from', 'basis']),
    ]),
  );
}

function roleCells(keyOf: KeyOf, row: Row): readonly unknown[] {
  return [
    [row['owner_type'], keyOf(Number(row['owner_id'])), row['kind'], row['role']],
    cells(row, ['workflow_state', 'is_denied', 'is_inferred', 'is_indirect', 'cause', 'request']),
    cells(row, ['start_date', 'end_date', 'parameters', 'requested_by', 'approvals']),
  ];
}

async function dumpRisks({ t, keyOf }: Dumped): Promise<readonly string[]> {
  const rows: readonly Row[] = await t.tx('identified_risks');
  return rows.map((row) => {
    const evidence = String(row['evidence']).replaceAll(
      /"targetId":(\d+)/g,
      (_, id) => `"target":"${keyOf(Number(id))}"`,
    );
    return `risk ${keyOf(Number(row['owner_id']))} ${row['risk']} ${evidence} ${row['valid_from']}`;
  });
}

async function dumpIndirect({ t, keyOf }: Dumped): Promise<readonly string[]> {
  const rows: readonly Row[] = await t.tx('indirect_permissions');
  return rows.map((row) => `indirect ${indirectLine(keyOf, row)} ${row['valid_from']}`);
}

function indirectLine(keyOf: KeyOf, row: Row): string {
  const place = `${row['owner_type']} ${keyOf(Number(row['owner_id']))} ${row['resource_type']}.${row['property']}`;
  return `${place} ${keyOf(Number(row['linked_id']))} through ${row['through']} ${keyOf(Number(row['target_id']))}`;
}

async function dumpDecided({ t, keyOf }: Dumped): Promise<readonly string[]> {
  const classified: readonly Row[] = await t.tx('classified_resources');
  const decisions: readonly Row[] = await t.tx('decisions');
  return [
    ...classified.map(
      (row) =>
        `classified ${keyOf(Number(row['resource_id']))} ${cells(row, ['resource_type', 'confidence', 'is_reviewed'])}`,
    ),
    ...decisions.map(
      (row) =>
        `decision ${row['owner_id'] === null ? '' : keyOf(Number(row['owner_id']))} ${cells(row, ['kind', 'item', 'decided_by', 'decided_at', 'comment'])}`,
    ),
  ];
}

async function dumpDues({ t, keyOf }: Dumped, now: number): Promise<readonly string[]> {
  const soon = internalTime(now + 1_000);
  const rows = await t.tx('evaluation_dues').select('entity_type', 'owner_id', 'due_at');
  return rows.map((row) => {
    // What is due at once may have been due for a while.
    const at = row.due_at <= soon ? 'now' : row.due_at;
    return `due ${row.entity_type} ${keyOf(row.owner_id)} ${at}`;
  });
}

/** Former states of what is assigned, and of risks. */
async function dumpFormer({ t, keyOf, model }: Dumped): Promise<readonly string[]> {
  const types: readonly Row[] = await t.tx('assigned_resource_type_versions');
  const roles: readonly Row[] = await t.tx('assigned_role_versions');
  const values: readonly Row[] = await t.tx('assigned_value_versions');
  const risks: readonly Row[] = await t.tx('identified_risk_versions');
  const indirect: readonly Row[] = await t.tx('indirect_permission_versions');
  const period = (row: Row): string => cells(row, ['valid_from', 'valid_to']);
  return [
    ...types.map(
      (row) =>
        `former ${JSON.stringify(typeCells(model, keyOf, { blocked_by: '', request: '', ...row }))} ${period(row)}`,
    ),
    ...values.map((row) => `former ${formerValue(keyOf, row)} ${period(row)}`),
    ...roles.map(
      (row) =>
        `former ${keyOf(Number(row['owner_id']))} ${cells(row, ['kind', 'role', 'workflow_state', 'is_denied', 'start_date', 'end_date'])} ${period(row)}`,
    ),
    ...risks.map((row) => `former ${keyOf(Number(row['owner_id']))} ${row['risk']} ${period(row)}`),
    ...indirect.map((row) => `former indirect ${indirectLine(keyOf, row)} ${period(row)}`),
  ];
}

function formerValue(keyOf: KeyOf, row: Row): string {
  const linked = row['linked_id'] === 0 ? '' : keyOf(Number(row['linked_id']));
  return `${row['property']} ${linked} ${cells(row, ['workflow_state', 'provisioning_state', 'is_denied'])}`;
}

function cells(row: Row, columns: readonly string[]): string {
  return columns.map((column) => row[column] ?? '–').join(' ');
}

function internalTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replaceAll(/\D/g, '').slice(0, 14);
}
