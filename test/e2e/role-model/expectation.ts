/** Who is in which group, in SQL over the tables of the company and without a line of the engine. */
import type { DatabaseSync } from 'node:sqlite';
import { adminDn, canonicalLdif, suffix } from '../employees/directory.ts';

/** Role, department, title; `null` asks for nothing. What the composite roles come to is written out. */
type Criterion = readonly [role: string, department: string | null, title: string | null];

export interface Rules {
  readonly grants: readonly Criterion[];
  readonly denials: readonly Criterion[];
}

const engineers = ['Engineer', 'Senior Engineer', 'Technique Leader'];

export const rulesBefore: Rules = {
  grants: [
    ['ShareMarketing', 'd001', null],
    ['ShareFinance', 'd002', null],
    ['ShareHumanResources', 'd003', null],
    ['ShareProduction', 'd004', null],
    ['ShareDevelopment', 'd005', null],
    ['ShareQuality', 'd006', null],
    ['ShareSales', 'd007', null],
    ['ShareResearch', 'd008', null],
    ['ShareService', 'd009', null],
    ['StaffNews', null, 'Staff'],
    ['SeniorStaffNews', null, 'Senior Staff'],
    ['Trainees', null, 'Assistant Engineer'],
    ['Engineers', null, 'Engineer'],
    ['SeniorEngineers', null, 'Senior Engineer'],
    ['TechniqueLeaders', null, 'Technique Leader'],
    ['Managers', null, 'Manager'],
    ['ProductionPlanner', 'd004', 'Senior Engineer'],
    ['ReleaseSigner', 'd005', 'Technique Leader'],
    ['CodeReviewer', 'd005', 'Senior Engineer'],
    ['CodeReviewer', 'd005', 'Technique Leader'],
    ['TestBench', 'd006', 'Engineer'],
    ['TestBench', 'd006', 'Senior Engineer'],
    ['KeyAccounts', 'd007', 'Senior Staff'],
    ['Laboratory', 'd008', 'Senior Engineer'],
    ['Laboratory', 'd008', 'Technique Leader'],
    ['Ledger', 'd002', 'Senior Staff'],
    ['Hotline', 'd009', 'Staff'],
    ...engineers.map((title): Criterion => ['SourceCode', 'd005', title]),
    ...engineers.map((title): Criterion => ['Drawings', null, title]),
    ['ShiftPlan', 'd004', null],
    ['ShiftPlan', 'd006', null],
    ['SafetyPortal', 'd004', null],
    ['SafetyPortal', 'd006', null],
    ['TravelBooking', 'd001', null],
    ['TravelBooking', 'd002', null],
    ['TravelBooking', 'd003', null],
    ['SteeringBoard', null, 'Technique Leader'],
  ],
  denials: [
    ['SafetyPortal', null, 'Staff'],
    ['SafetyPortal', null, 'Senior Staff'],
  ],
};

/** Hotline for Senior Staff too; KeyAccounts for Staff instead; Operations in Research too; no SafetyPortal for trainees. */
export const rulesAfter: Rules = {
  grants: [
    ...rulesBefore.grants.filter(([role]) => role !== 'KeyAccounts'),
    ['KeyAccounts', 'd007', 'Staff'],
    ['Hotline', 'd009', 'Senior Staff'],
    ['ShiftPlan', 'd008', null],
    ['SafetyPortal', 'd008', null],
  ],
  denials: [...rulesBefore.denials, ['SafetyPortal', null, 'Assistant Engineer']],
};

/** The same change in the files; each line is there once. */
export const ruleChanges: readonly (readonly [old: string, now: string])[] = [
  [
    '<SingleRoleRule Role="Hotline" Policy="Default" D0="d009" D1="Staff" />',
    '<SingleRoleRule Role="Hotline" Policy="Default" D0="d009" D1="Staff" />\n  <SingleRoleRule Role="Hotline" Policy="Default" D0="d009" D1="Senior Staff" />',
  ],
  [
    '<SingleRoleRule Role="KeyAccounts" Policy="Default" D0="d007" D1="Senior Staff" />',
    '<SingleRoleRule Role="KeyAccounts" Policy="Default" D0="d007" D1="Staff" />',
  ],
  [
    '<CompositeRoleRule Role="Operations" Policy="Default" D0="d006" />',
    '<CompositeRoleRule Role="Operations" Policy="Default" D0="d006" />\n  <CompositeRoleRule Role="Operations" Policy="Default" D0="d008" />',
  ],
  [
    '<SingleRoleRule Role="SafetyPortal" Policy="Default" D1="Staff" IsDenied="true" />',
    '<SingleRoleRule Role="SafetyPortal" Policy="Default" D1="Staff" IsDenied="true" />\n  <SingleRoleRule Role="SafetyPortal" Policy="Default" D1="Assistant Engineer" IsDenied="true" />',
  ],
];

/** Employed from the first position to the last; in the departments of today; with the title of today or the last one. */
const peopleQuery = `
  with
  employed as (
    select emp_no from dept_emp group by emp_no
    having min(from_date) <= :today and max(to_date) > :today
  ),
  posts as (
    select distinct emp_no, dept_no from dept_emp where from_date <= :today and to_date > :today
  ),
  ranked as (
    select emp_no, title, row_number() over (
      partition by emp_no order by
        case when from_date <= :today and to_date > :today then 0 when to_date <= :today then 1 else 2 end,
        case when from_date <= :today then from_date end desc, from_date) as place
    from titles
  )
  select e.emp_no as number, e.first_name as first, e.last_name as last, p.dept_no as department,
    t.title as title
  from employed join employees e on e.emp_no = employed.emp_no
  left join posts p on p.emp_no = e.emp_no
  left join ranked t on t.emp_no = e.emp_no and t.place = 1`;

export interface Expected {
  /** Entries of accounts by number. */
  readonly accounts: ReadonlyMap<string, { readonly first: string; readonly last: string }>;
  /** `number role`, each once. */
  readonly memberships: ReadonlySet<string>;
}

export function expectMemberships(db: DatabaseSync, rules: Rules, today: string): Expected {
  db.exec('drop table if exists temp.criteria');
  db.exec('create temp table criteria (kind text, role text, department text, title text)');
  const insert = db.prepare('insert into criteria values (?, ?, ?, ?)');
  for (const criterion of rules.grants) insert.run('grant', ...criterion);
  for (const criterion of rules.denials) insert.run('denial', ...criterion);
  const accounts = db.prepare(`select distinct number, first, last from (${peopleQuery})`);
  const memberships = db.prepare(`
    with people as (${peopleQuery}),
    met as (
      select distinct p.number, c.kind, c.role from people p join criteria c
        on (c.department is null or c.department = p.department)
        and (c.title is null or c.title = p.title)
    )
    select number, role from met where kind = 'grant'
    except select number, role from met where kind = 'denial'`);
  return {
    accounts: new Map(
      // The columns of the queries.
      (accounts.all({ today }) as unknown as Person[]).map((person) => [person.number, person]),
    ),
    memberships: new Set(
      memberships.all({ today }).map((row) => `${String(row['number'])} ${String(row['role'])}`),
    ),
  };
}

interface Person {
  readonly number: string;
  readonly first: string;
  readonly last: string;
}

export interface Difference {
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

export function compareMemberships(before: Expected, after: Expected): Difference {
  const without = (all: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] =>
    [...all].filter((each) => !others.has(each)).sort();
  return {
    gained: without(after.memberships, before.memberships),
    lost: without(before.memberships, after.memberships),
  };
}

/** The whole directory as `Directory.dump` gives it; `seed` is the LDIF it began with. */
export function expectDirectory({ accounts, memberships }: Expected, seed: string): string {
  const dn = (number: string): string => `uid=${number},ou=People,${suffix}`;
  const people = [...accounts].map(([number, { first, last }]) =>
    [
      `dn: ${dn(number)}`,
      'objectClass: top',
      'objectClass: person',
      'objectClass: organizationalPerson',
      'objectClass: inetOrgPerson',
      `uid: ${number}`,
      `employeeNumber: ${number}`,
      `cn: ${first} ${last}`,
      `sn: ${last}`,
    ].join('\n'),
  );
  const members = new Map<string, string[]>();
  for (const membership of memberships) {
    const [number = '', role = ''] = membership.split(' ');
    members.set(role, [...(members.get(role) ?? []), `member: ${dn(number)}`]);
  }
  const groups = seed
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split('\n\n')
    .map((entry) => {
      const [, role = ''] = /^businessCategory: (.*)$/m.exec(entry) ?? [];
      const found = members.get(role);
      return found === undefined ? entry : entry.replace(`member: ${adminDn}`, found.join('\n'));
    });
  return canonicalLdif([...groups, ...people].join('\n\n'));
}

/** Everybody who is employed or will be. */
export function expectWaiting(db: DatabaseSync, today: string): readonly string[] {
  const waiting = db.prepare(
    'select emp_no as number from dept_emp group by emp_no having max(to_date) > ? order by emp_no',
  );
  return waiting.all(today).map((row) => String(row['number']));
}
