/** Accounts of a directory that people make by hand, from tickets: what was really done is seen by the next reading of the directory. */
import { expect, it } from 'vitest';
import { mustRun, readStates } from '../../e2e/script-samples/sample-project.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { ldifRecord } from '../connectors/directory-changes.ts';
import { type DirectoryCompany, makeCompany, type Person } from './directory-cycle/company.ts';
import { directorySystems } from './directory-cycle/systems.ts';

const departments = [{ code: 'D1', name: 'Verkauf, Süd' }];
const done = ['right', 'wrong', 'elsewhere', 'never', 'twice'] as const;
type Done = (typeof done)[number];

const [system] = directorySystems;
if (system === undefined) throw new Error('no directory');

describeWithServer(system.server, 'tickets for a directory', (address) => {
  it('show with the next reading what was done right, wrong, not at all and twice', {
    timeout: 120_000,
  }, async () => {
    await using prepared = await system.prepare(address());
    const { base, change } = prepared;
    const group = `cn=Lager,ou=Groups,${base}`;
    await change(
      ldifRecord(group, [
        ['changetype', 'add'],
        ['objectClass', 'groupOfNames'],
        ['member', `ou=People,${base}`],
      ]),
    );
    await using company = await makeCompany(prepared, {
      roles: [{ department: 'D1', role: 'Sells', group }],
      isManual: true,
    });
    const people = done.map((last, index): Person => {
      return { number: `T${index}`, first: 'Ana', last, department: 'D1', title: 'Clerk' };
    });
    await mustRun(company, 'deploy');
    await company.write(departments, []);
    await mustRun(company, 'job', 'run', 'Complete');
    await company.write(departments, people);
    await mustRun(company, 'job', 'run', 'Incremental');
    const tickets = await listTickets(company);
    expect(tickets.map(({ owner }) => owner.key).sort()).toEqual(
      people.map(({ number }) => number),
    );

    const make = async (last: Done, title = 'Clerk', name = `Ana ${last}`): Promise<void> => {
      const unit = last === 'elsewhere' ? 'ou=People' : 'ou=Verkauf\\, Süd,ou=People';
      const dn = `cn=${name},${unit},${base}`;
      await change(
        ldifRecord(dn, [
          ['changetype', 'add'],
          ['objectClass', 'inetOrgPerson'],
          ['givenName', 'Ana'],
          ['sn', last],
          ['title', title],
          ['employeeType', 'active'],
          ['employeeNumber', `T${done.indexOf(last)}`],
        ]),
      );
      if (last === 'elsewhere') return;
      await change(
        ldifRecord(group, [
          ['changetype', 'modify'],
          ['add', 'member'],
          ['member', dn],
        ]),
      );
    };
    await make('right');
    await make('wrong', 'Clark');
    await make('elsewhere');
    await make('twice');
    await make('twice', 'Clerk', 'Ana twice 2');
    await mustRun(
      company,
      'ticket',
      'confirm',
      ...tickets.map(({ orderId }) => String(orderId)),
      '--by',
      'Kim',
    );
    await mustRun(company, 'job', 'run', 'Incremental');

    expect(await readStates(company, 'Account')).toBe('1 errored, 4 verified');
    expect(await listGaps(company)).toEqual([
      'Ana elsewhere, T2: Groups is null, not Lager',
      'Ana elsewhere, T2: Unit is People, not Verkauf\\, Süd',
      "Ana twice 2 is nobody's",
      'Ana wrong, T1: Title is Clark, not Clerk',
    ]);
    const reviews = await mustRun(company, 'review', 'list');
    expect(reviews).toMatch(
      /errored +addition .*T3.*reported as executed .* no correlation rule finds/,
    );
    expect(await listTickets(company)).toEqual([]);
  });
});

interface Ticket {
  readonly orderId: number;
  readonly owner: { readonly key: string };
}

async function listTickets(company: DirectoryCompany): Promise<readonly Ticket[]> {
  // The shape that docs/reference promises for this command.
  const { tickets } = JSON.parse(await mustRun(company, '--json', 'ticket', 'list')) as {
    readonly tickets: readonly Ticket[];
  };
  return tickets;
}

async function listGaps(company: DirectoryCompany): Promise<readonly string[]> {
  // The shape that docs/reference promises for this command.
  const { gaps } = JSON.parse(await mustRun(company, '--json', 'reconcile', 'list')) as {
    readonly gaps: readonly {
      readonly kind: string;
      readonly owner: { readonly key: string } | null;
      readonly target: { readonly key: string } | null;
      readonly property: string | null;
      readonly current: string | null;
      readonly proposed: string | null;
    }[];
  };
  return gaps
    .filter(({ target }) => target?.key.startsWith('cn=Ana') === true)
    .map(({ kind, owner, target, property, current, proposed }) => {
      const name = /^cn=([^,]*)/.exec(target?.key ?? '')?.[1];
      if (kind === 'orphan') return `${name} is nobody's`;
      return `${name}, ${owner?.key}: ${property} is ${nameOf(current)}, not ${nameOf(proposed)}`;
    })
    .sort();
}

/** The first value of a name; other texts as they are. */
function nameOf(text: string | null): string | null {
  return /^\w+=((?:\\.|[^\\,])*)/.exec(text ?? '')?.[1] ?? text;
}
