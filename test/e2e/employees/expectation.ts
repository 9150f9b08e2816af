/**
 * What the CSV files imply, worked out in SQL and without a line of the engine: the directory, and the orders and writes that
 * lead from one state of the files to the next.
 */
import { DatabaseSync } from 'node:sqlite';
import { adminDn, canonicalLdif, suffix } from './directory.ts';
import { type Tables, tableNames } from './tables.ts';

/** One account, as columns of the query below. */
interface Account {
  readonly number: string;
  readonly cn: string;
  readonly sn: string;
  readonly givenName: string;
  readonly mail: string;
  readonly departmentNumber: string;
  readonly ou: string;
  readonly title: string;
  readonly manager: string | null;
  /** Codes of departments, ascending, joined by a comma. */
  readonly groups: string;
}

const accountsQuery = `
  with
  posts as (
    select emp_no, dept_no,
      row_number() over (partition by emp_no order by from_date desc, dept_no desc) as place
    from dept_emp where from_date <= :today and to_date > :today
  ),
  current_titles as (
    select emp_no, title,
      row_number() over (partition by emp_no order by from_date desc, title desc) as place
    from titles where from_date <= :today and to_date > :today
  ),
  managers as (
    select emp_no, dept_no,
      row_number() over (partition by dept_no order by from_date desc, emp_no desc) as place
    from dept_manager where from_date <= :today and to_date > :today
  )
  select e.emp_no as number,
    e.first_name || ' ' || e.last_name as cn,
    e.last_name as sn,
    e.first_name as givenName,
    lower(e.first_name || '.' || e.last_name) || '.' || e.emp_no || '@example.test' as mail,
    p.dept_no as departmentNumber,
    d.dept_name as ou,
    t.title as title,
    (select m.emp_no from managers m
      where m.dept_no = p.dept_no and m.place = 1 and m.emp_no <> e.emp_no
        and exists (select 1 from posts employed where employed.emp_no = m.emp_no)) as manager,
    (select group_concat(dept_no) from (
      select distinct g.dept_no from posts g where g.emp_no = e.emp_no order by g.dept_no)) as groups
  from employees e
  join posts p on p.emp_no = e.emp_no and p.place = 1
  join departments d on d.dept_no = p.dept_no
  left join current_titles t on t.emp_no = e.emp_no and t.place = 1
  order by e.emp_no`;

export type Accounts = ReadonlyMap<string, Account>;

/** Who has an account on that day, and what it holds. */
export function expectAccounts(tables: Tables, today: string): Accounts {
  const database = new DatabaseSync(':memory:');
  try {
    for (const name of tableNames) {
      const { columns, rows } = tables[name];
      database.exec(`create table ${name} (${columns.map((each) => `${each} text`).join(', ')})`);
      database.exec(`create index ${name}_key on ${name} (${columns[0]})`);
      const insert = database.prepare(
        `insert into ${name} values (${columns.map(() => '?').join(', ')})`,
      );
      for (const row of rows) insert.run(...row);
    }
    const found = database.prepare(accountsQuery).all({ today });
    // The columns of the query are those of Account.
    return new Map((found as unknown as Account[]).map((account) => [account.number, account]));
  } finally {
    database.close();
  }
}

const dnOf = (number: string): string => `uid=${number},ou=People,${suffix}`;

/** The whole directory in the form `Directory.dump` gives; `seed` is the LDIF it began with. */
export function expectDirectory(
  accounts: Accounts,
  seed: string,
  options: { readonly withManagers: boolean } = { withManagers: true },
): string {
  const people = [...accounts.values()].map((account) =>
    [
      `dn: ${dnOf(account.number)}`,
      ...['top', 'person', 'organizationalPerson', 'inetOrgPerson'].map(
        (objectClass) => `objectClass: ${objectClass}`,
      ),
      `uid: ${account.number}`,
      `employeeNumber: ${account.number}`,
      `cn: ${account.cn}`,
      `sn: ${account.sn}`,
      `givenName: ${account.givenName}`,
      `mail: ${account.mail}`,
      `departmentNumber: ${account.departmentNumber}`,
      `ou: ${account.ou}`,
      `title: ${account.title}`,
      ...(account.manager === null || !options.withManagers
        ? []
        : [`manager: ${dnOf(account.manager)}`]),
    ].join('\n'),
  );
  const groups = seed
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split('\n\n')
    .map((entry) => {
      const [, code] = /^businessCategory: (.*)$/m.exec(entry) ?? [];
      if (code === undefined) return entry;
      const members = [...accounts.values()]
        .filter((account) => account.groups.split(',').includes(code))
        .map((account) => `member: ${dnOf(account.number)}`);
      if (members.length === 0) return entry;
      return entry.replace(`member: ${adminDn}`, members.join('\n'));
    });
  return canonicalLdif([...groups, ...people].join('\n\n'));
}

const propertyOf = {
  cn: 'CommonName',
  sn: 'Surname',
  givenName: 'GivenName',
  mail: 'Mail',
  departmentNumber: 'DepartmentNumber',
  ou: 'DepartmentName',
  title: 'Title',
  manager: 'Manager',
} as const satisfies Partial<Record<keyof Account, string>>;

/** `added 600001`, `deleted 10007`, `modified 10009 DepartmentName DepartmentNumber Groups`: one per order, sorted. */
export function expectOrders(before: Accounts, after: Accounts): readonly string[] {
  const orders: string[] = [];
  for (const number of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(number), after.get(number)];
    if (old === undefined) orders.push(`added ${number}`);
    else if (now === undefined) orders.push(`deleted ${number}`);
    else {
      const changed: string[] = Object.entries(propertyOf)
        .filter(([name]) => old[name as keyof Account] !== now[name as keyof Account])
        .map(([, property]) => property);
      if (old.groups !== now.groups) changed.push('Groups');
      if (changed.length > 0) orders.push(`modified ${number} ${changed.sort().join(' ')}`);
    }
  }
  return orders.sort();
}

/** How many operations these orders take in the directory: one per entry of a person, one per list of members. */
export function countWrites(before: Accounts, after: Accounts): number {
  let count = 0;
  for (const number of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(number), after.get(number)];
    const [oldGroups, newGroups] = [old, now].map(
      (account) => new Set(account?.groups.split(',') ?? []),
    );
    const codes = new Set([...(oldGroups ?? []), ...(newGroups ?? [])]);
    for (const code of codes) if (oldGroups?.has(code) !== newGroups?.has(code)) count += 1;
    const isEntryChanged =
      old === undefined ||
      now === undefined ||
      Object.keys(propertyOf).some(
        (name) => old[name as keyof Account] !== now[name as keyof Account],
      );
    if (isEntryChanged) count += 1;
  }
  return count;
}
