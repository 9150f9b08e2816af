/**
 * A company and its directory, from one day to the next: people join, are renamed, move, are suspended and leave, units are renamed, and
 * roles give groups. What the directory then holds is asked with its own tools.
 */
import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  countOrders,
  mustRun,
  readStates,
  type SampleProject,
} from '../../e2e/script-samples/sample-project.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { ldifRecord } from '../connectors/directory-changes.ts';
import {
  type Department,
  makeCompany,
  type Person,
  type RoleGroup,
} from './directory-cycle/company.ts';
import {
  type DirectorySystem,
  directorySystems,
  type Found,
  type PreparedSystem,
} from './directory-cycle/systems.ts';

/** In five scripts, with every character that a name in a directory must escape. */
function namesOf({ keeps }: DirectorySystem): {
  readonly departments: readonly Department[];
  readonly people: readonly Omit<Person, 'number'>[];
} {
  const tail = keeps.outerSpaces ? ' ' : '';
  const line = keeps.newline ? '\n' : '; ';
  const title = 'Clerk';
  return {
    departments: [
      { code: 'D1', name: 'Ødegård, Söhne + Co' },
      { code: 'D2', name: 'Προμήθειες <"εκτός">' },
      { code: 'D3', name: '# Склад; № 1 = 2' },
      { code: 'D4', name: `${tail}حسابات${tail}` },
      { code: 'D5', name: '研究\\开发' },
      { code: 'D6', name: `Night${line}shift` },
    ],
    people: [
      { first: 'Ana', last: 'Roy, jr.', department: 'D1', title },
      { first: '# Zoë', last: 'Đặng+Ōta', department: 'D1', title },
      { first: 'Ελένη', last: '"Παππά"', department: 'D2', title },
      { first: 'Юлия', last: 'Соколова; = \\2C', department: 'D3', title },
      { first: 'فاطمة', last: `حسن${tail}`, department: 'D4', title },
      { first: '李', last: '<明>', department: 'D5', title },
      { first: 'Björn', last: `O'Neil${line}(*)`, department: 'D6', title },
    ],
  };
}

for (const system of directorySystems) {
  describeWithServer(system.server, `a company and its directory: ${system.title}`, (address) => {
    it('stay in step', { timeout: 180_000 }, async () => {
      await using prepared = await system.prepare(address());
      const names = namesOf(system);
      const roles = await addGroups(prepared);
      await using company = await makeCompany(prepared, { roles });
      // Logins are those of a whole domain, which others use too.
      const prefix = `P${randomInt(1e6)}-`;
      const joiners = names.people.map((person, index) => ({
        ...person,
        number: `${prefix}${index}`,
      }));
      await mustRun(company, 'deploy');

      await company.write(names.departments, joiners);
      // Units first: there is no place for anybody yet.
      expect(await mustRun(company, 'job', 'run', 'Complete')).toContain(
        '(Unit has no value, and says below which entry the new one goes), and 6 more',
      );
      expect(await countOrders(company)).toEqual({ 'added executed': names.departments.length });
      await mustRun(company, 'job', 'run', 'Incremental');
      await mustRun(company, 'job', 'run', 'Incremental');
      expect(await readStates(company, 'Unit')).toBe(`${names.departments.length} verified`);
      await expectInStep(prepared, company, {
        departments: names.departments,
        people: joiners,
        roles,
      });
      const joined = names.departments.length + joiners.length;
      expect(await countOrders(company)).toEqual({ 'added executed': joined });

      const departments = names.departments.map((one) =>
        one.code === 'D1' ? { ...one, name: 'Ødegård & "Töchter", # Co' } : one,
      );
      const [ana, zoe, eleni, julia, fatima, li, bjorn] = joiners;
      const people = [
        { ...must(ana), last: 'Roy + Söhne <Ltd>', title: 'Head; of \\ "all"' },
        must(zoe),
        { ...must(eleni), department: 'D3' },
        { ...must(julia), isSuspended: true as const },
        { ...must(fatima), hasLeft: true as const },
        { ...must(li), last: '#明', department: 'D1' },
        must(bjorn),
        {
          ...must(ana),
          number: `${prefix}new`,
          first: 'Søren',
          last: 'Ångström=#1',
          department: 'D2',
        },
      ];
      await company.write(departments, people);
      // Whoever lies below a unit that gets another name moves with it, and is seen there by the next reading.
      for (let run = 0; run < 3; run += 1) await mustRun(company, 'job', 'run', 'Incremental');
      await expectInStep(prepared, company, { departments, people, roles });
      const orders = await countOrders(company);
      expect(orders).toEqual({
        'added executed': joined + 1,
        // A unit, and four people: each of them in one order.
        'modified executed': 5,
        'deleted executed': 1,
      });

      // A complete reading agrees with what the changes came to.
      const complete = await mustRun(company, 'job', 'run', 'Complete');
      expect(complete).not.toMatch(/[1-9]\d* (?:added|changed|removed)/);
      expect(await countOrders(company)).toEqual(orders);
      expect(await mustRun(company, 'plan')).toContain('Nothing');
    });
  });
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there');
  return value;
}

/** Three groups; two departments share a role. */
async function addGroups({ base, dialect, change }: PreparedSystem): Promise<readonly RoleGroup[]> {
  const names = ['Einkauf, "Süd"', 'Склад + 1', '経理 #2'];
  const [type, unit] = dialect.hasLogins ? ['CN', 'OU'] : ['cn', 'ou'];
  const groups = names.map((name) => {
    const escaped = name.replaceAll(/[",+]/g, (character) => `\\${character}`);
    return `${type}=${escaped},${unit}=Groups,${base}`;
  });
  await change(
    groups
      .map((dn, index) =>
        ldifRecord(dn, [
          ['changetype', 'add'],
          ['objectClass', dialect.groupClass],
          ...(dialect.hasLogins
            ? ([['sAMAccountName', `g${randomInt(1e9)}-${index}`]] as const)
            : ([['member', `ou=People,${base}`]] as const)),
        ]),
      )
      .join(''),
  );
  const [buying = '', storing = '', counting = ''] = groups;
  return [
    { department: 'D1', role: 'Buys', group: buying },
    { department: 'D2', role: 'Buys too', group: buying },
    { department: 'D3', role: 'Stores', group: storing },
    { department: 'D4', role: 'Counts', group: counting },
    { department: 'D5', role: 'Counts too', group: counting },
  ];
}

interface Expected {
  readonly departments: readonly Department[];
  readonly people: readonly Person[];
  readonly roles: readonly RoleGroup[];
}

/** As `expectAsInHr`; where it is not so, the failure says what became of the orders. */
async function expectInStep(
  prepared: PreparedSystem,
  company: SampleProject,
  expected: Expected,
): Promise<void> {
  try {
    await expectAsInHr(prepared, company, expected);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const questions = [
      'order list --limit 1000',
      'review list',
      'status',
      'run list',
      'reconcile list',
    ];
    for (const question of questions) {
      const { stdout, stderr } = await company.run(...question.split(' '));
      error.message += `\n\nlockstep ${question}\n${stdout}${stderr}`;
    }
    throw error;
  }
}

/** Everybody who works there, and nobody else, is as HR says, in that unit and in those groups alone. */
async function expectAsInHr(
  { base, dialect, search }: PreparedSystem,
  company: SampleProject,
  { departments, people, roles }: Expected,
): Promise<void> {
  const { status } = dialect;
  const units = await search('(&(objectClass=organizationalUnit)(description=*))', [
    ...['ou', 'description'],
  ]);
  expect(units.map(({ description, dn }) => [description?.[0], parts(dn)[0]]).sort()).toEqual(
    departments.map(({ code, name }) => [code, name]).sort(),
  );
  const staff = people.filter(({ hasLeft }) => hasLeft !== true);
  const found = await search('(employeeNumber=*)', [
    ...['employeeNumber', 'cn', 'givenName', 'sn', 'title', status.column],
  ]);
  expect(
    found
      .map((entry) => ({
        number: entry['employeeNumber'],
        name: entry['cn'],
        first: entry['givenName'],
        last: entry['sn'],
        title: entry['title'],
        status: entry[status.column],
        place: parts(entry['dn']).slice(0, 3),
      }))
      .sort(byNumber),
  ).toEqual(
    staff
      .map(({ number, first, last, title, department, isSuspended }) => ({
        number: [number],
        name: [`${first} ${last}`],
        first: [first],
        last: [last],
        title: [title],
        status: [isSuspended === true ? status.suspended : status.active],
        place: [
          `${first} ${last}`,
          departments.find(({ code }) => code === department)?.name,
          'People',
        ],
      }))
      .sort(byNumber),
  );
  const groups = await search(`(objectClass=${dialect.groupClass})`, ['member']);
  const members = groups.flatMap(({ dn, member = [] }) =>
    member
      .filter((name) => parts([name])[0] !== 'People')
      .map((name) => `${parts(dn)[0]}: ${parts([name]).slice(0, 2).join(' / ')}`),
  );
  expect(members.sort()).toEqual(
    staff
      .flatMap(({ first, last, department }) =>
        roles
          .filter((role) => role.department === department)
          .map(({ group }) => {
            const unit = departments.find(({ code }) => code === department)?.name;
            return `${parts([group])[0]}: ${first} ${last} / ${unit}`;
          }),
      )
      .sort(),
  );
  expect(base).not.toBe('');
  expect(await readStates(company, 'Account')).toBe(`${staff.length} verified`);
}

function byNumber(
  one: { readonly number: readonly string[] | undefined },
  other: { readonly number: readonly string[] | undefined },
): number {
  return (one.number?.[0] ?? '') < (other.number?.[0] ?? '') ? -1 : 1;
}

/** The values of a name, without their escapes, as people read them. */
function parts(dn: Found[string] | undefined): readonly string[] {
  const values: string[] = [];
  for (const part of (dn?.[0] ?? '').split(/(?<!(?<!\\)(?:\\\\)*\\),/)) {
    const text = part.replaceAll(
      /((?:\\[0-9A-Fa-f]{2})+)|\\(.)/gs,
      (_, bytes?: string, plain = '') =>
        bytes === undefined
          ? plain
          : Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8'),
    );
    values.push(text.slice(text.indexOf('=') + 1));
  }
  return values;
}
