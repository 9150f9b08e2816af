/**
 * What an evaluation of the company with the large policy comes to, as a loop written for it: it reads people, units and
 * accounts, matches and compares, and writes the same rows. `node policy-by-hand.ts <store> <size> <people>`.
 */
import { DatabaseSync } from 'node:sqlite';
import {
  accountRules,
  accountValues,
  nameGroup,
  nameRole,
  type PersonRow,
  PolicyIndex,
  personColumns,
  policySizes,
} from './policy-company.ts';

const [path = '', sizeName = 'S', people = '0'] = process.argv.slice(2);
const known = policySizes[sizeName as keyof typeof policySizes];
const size = { ...known, people: Number(people) || known.people };
const db = new DatabaseSync(path);
db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384');

/** As the store names the columns of a property. */
const columnOf = (property: string): string =>
  property.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
const all = (sql: string): readonly unknown[][] => {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  // Rows as arrays, as was asked for.
  return statement.all() as unknown as unknown[][];
};

const units = new Map<string, { readonly code: string; readonly name: string }>();
for (const [code, name] of all('select code, name from r_department')) {
  units.set(String(code), { code: String(code), name: String(name) });
}
const groupIds = new Map<string, number>();
for (const [id, name] of all('select id, name from r_group'))
  groupIds.set(String(name), Number(id));
const accountColumns = accountRules.map(([property]) => columnOf(property));
const accounts = new Map<string, readonly unknown[]>();
for (const row of all(`select id, ${accountColumns.join(', ')} from r_account`)) {
  accounts.set(String(row[2]), row);
}
const [association] = all(
  "select table_name from association_tables where association = 'Account_Groups'",
);
const members = new Map<number, number[]>();
for (const [one, other] of all(
  `select id1, id2 from "${String(association?.[0])}" order by id1, id2`,
)) {
  const list = members.get(Number(one));
  if (list === undefined) members.set(Number(one), [Number(other)]);
  else list.push(Number(other));
}
const logins = new Map<string, string>();
for (const [id, login] of all('select employee_id, login from r_person'))
  logins.set(String(id), String(login));

const index = new PolicyIndex(size);
const now = new Date().toISOString();
db.exec('begin immediate');
let nextId = Number(all("select value from meta where name = 'next_id'")[0]?.[0] ?? 1);
const insertRole = db.prepare(
  `insert into assigned_roles (id, kind, role, owner_type, owner_id, workflow_state, is_denied, start_date, end_date, cause, state_since, run_id, valid_from)
   values (?, 'single', ?, 'Person', ?, 18, 0, ?, ?, 'rule', ?, 1, ?)`,
);
const insertType = db.prepare(
  `insert into assigned_resource_types (id, resource_type, owner_id, target_id, workflow_state, provisioning_state, is_denied, start_date, end_date, blocked_by, policy_values, state_since, run_id, valid_from)
   values (?, 'Account_Person', ?, ?, 18, 4, 0, ?, ?, '[]', ?, ?, 1, ?)`,
);
const insertDue = db.prepare(
  "insert into evaluation_dues (entity_type, owner_id, due_at) values ('Person', ?, ?)",
);
const clock = now.replaceAll(/\D/g, '').slice(0, 14);
let deviating = 0;
for (const row of all(
  `select id, ${personColumns.map(columnOf).join(', ')} from r_person order by id`,
)) {
  const person = Object.fromEntries(
    personColumns.map((column, at) => [column, String(row[at + 1] ?? '')]),
  ) as unknown as PersonRow; // One value for each column.
  const id = Number(row[0]);
  const [start, end] = [person.StartDate || null, person.EndDate || null];
  const { roles, groups } = index.given(person.Unit, person.Site);
  for (const role of roles) {
    insertRole.run(nextId, nameRole(role), id, start, end, now, now);
    nextId += 1;
  }
  const login = logins.get(person.Manager);
  const wanted = accountValues(
    person,
    units.get(person.Unit),
    login === undefined ? undefined : { login },
  );
  const links = groups.map((group) => groupIds.get(nameGroup(group)) ?? 0).sort((a, b) => a - b);
  const account = accounts.get(person.EmployeeId);
  const target = account === undefined ? null : Number(account[0]);
  const policy: [string, unknown][] = accountRules.map(([property], at) => [
    property,
    wanted[at] ?? null,
  ]);
  policy.push(['MemberOf', links]);
  policy.sort(([left], [right]) => (left < right ? -1 : 1));
  wanted.forEach((value, at) => {
    if (account !== undefined && (account[at + 1] ?? null) !== value) deviating += 1;
  });
  const current = members.get(target ?? 0) ?? [];
  if (current.length !== links.length || current.some((one, at) => one !== links[at]))
    deviating += 1;
  insertType.run(
    nextId,
    id,
    target,
    start,
    end,
    JSON.stringify(Object.fromEntries(policy)),
    now,
    now,
  );
  nextId += 1;
  const due = [start, end].filter((at) => at !== null && at > clock).sort()[0];
  if (due !== undefined) insertDue.run(id, due ?? null);
}
db.exec('commit');
if (deviating > 0)
  throw new Error(`${deviating} values deviate; the company is made so that none does.`);
