/** What administrators change by hand between the moment orders are made and the moment they are carried out, and what becomes of both. */
import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mustRun } from '../../e2e/script-samples/sample-project.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { ldifRecord } from '../connectors/directory-changes.ts';
import {
  type Department,
  type DirectoryCompany,
  makeCompany,
  type Person,
} from './directory-cycle/company.ts';
import { directorySystems, type Found, type PreparedSystem } from './directory-cycle/systems.ts';

const departments: readonly Department[] = [
  { code: 'D1', name: 'Verkauf, Süd' },
  { code: 'D2', name: 'Склад' },
  { code: 'D3', name: '研究' },
];

/** Each person is named after what somebody does to the account by hand. */
const hands = [
  ...['retitled', 'added', 'removed', 'deleted', 'moved', 'moved too', 'renamed too', 'recreated'],
  ...['left and recreated', 'made as ordered', 'made otherwise', 'untouched'],
] as const;
type Hand = (typeof hands)[number];

interface Order {
  readonly changeType: string;
  readonly status: string;
  readonly owner: string;
}

for (const system of directorySystems.filter(({ title }) => !title.endsWith('is there'))) {
  describeWithServer(system.server, `orders and hands at once: ${system.title}`, (address) => {
    it('leave alone what somebody else has changed, and tell', { timeout: 180_000 }, async () => {
      await using prepared = await system.prepare(address());
      const { base, change, rename, dialect } = prepared;
      const isDomain = dialect.hasLogins;
      const [cn, ou] = isDomain ? ['CN', 'OU'] : ['cn', 'ou'];
      const group = `${cn}=Lager,${ou}=Groups,${base}`;
      await change(
        ldifRecord(group, [
          ['changetype', 'add'],
          ['objectClass', dialect.groupClass],
          isDomain ? ['sAMAccountName', `g${randomInt(1e9)}`] : ['member', `ou=People,${base}`],
        ]),
      );
      await using company = await makeCompany(prepared, {
        roles: [{ department: 'D2', role: 'Stores', group }],
      });
      const prefix = `Q${randomInt(1e6)}-`;
      const numberOf = (hand: Hand) => `${prefix}${hands.indexOf(hand)}`;
      const person = (hand: Hand, rest: Partial<Person> = {}): Person => ({
        number: numberOf(hand),
        first: 'Ana',
        last: hand,
        department: 'D1',
        title: 'Clerk',
        ...rest,
      });
      const unit = (code: string) => {
        const name = departments.find((one) => one.code === code)?.name ?? '';
        return `${ou}=${name.replaceAll(',', '\\,')},${ou}=People,${base}`;
      };
      const dnOf = (hand: Hand, code = 'D1') => `${cn}=Ana ${hand},${unit(code)}`;
      const isNew = (hand: Hand) => hand.startsWith('made');
      const replace = (dn: string, attribute: string, value: string) =>
        change(
          ldifRecord(dn, [
            ['changetype', 'modify'],
            ['replace', attribute],
            [attribute, value],
          ]),
        );
      const setMember = (operation: 'add' | 'delete', dn: string) =>
        change(
          ldifRecord(group, [
            ['changetype', 'modify'],
            [operation, 'member'],
            ['member', dn],
          ]),
        );
      const remove = (dn: string) => change(ldifRecord(dn, [['changetype', 'delete']]));
      const create = (hand: Hand, values: Readonly<Record<string, string>>, dn = dnOf(hand)) =>
        change(
          ldifRecord(dn, [
            ['changetype', 'add'],
            ...dialect.personClasses.map((name) => ['objectClass', name] as const),
            ...Object.entries({ sn: hand, ...values }),
          ]),
        );

      await mustRun(company, 'deploy');
      await company.write(departments, []);
      await mustRun(company, 'job', 'run', 'Complete');
      const staff = hands
        .filter((hand) => !isNew(hand))
        .map((hand) => person(hand, hand === 'removed' ? { department: 'D2' } : {}));
      await company.write(departments, staff);
      for (let run = 0; run < 2; run += 1) await mustRun(company, 'job', 'run', 'Incremental');

      // Everybody changes: most get a title.
      await company.write(departments, [
        ...(['retitled', 'deleted', 'moved', 'recreated', 'untouched'] as const).map((hand) =>
          person(hand, { title: 'Head' }),
        ),
        person('added', { department: 'D2' }),
        person('removed'),
        person('moved too', { department: 'D2' }),
        person('renamed too', { last: 'by HR' }),
        person('left and recreated', { hasLeft: true }),
        person('made as ordered'),
        person('made otherwise'),
      ]);
      await makeOrders(company);
      await replace(dnOf('retitled'), 'title', 'by hand');
      await setMember('add', dnOf('added'));
      await setMember('delete', dnOf('removed', 'D2'));
      await remove(dnOf('deleted'));
      await rename(dnOf('moved'), `${cn}=Ana moved`, unit('D3'));
      await rename(dnOf('moved too'), `${cn}=Ana moved too`, unit('D3'));
      await rename(dnOf('renamed too'), `${cn}=Ana by hand`, unit('D1'));
      for (const hand of ['recreated', 'left and recreated'] as const) {
        await remove(dnOf(hand));
        await create(hand, { title: 'another' });
      }
      const asOrdered = {
        givenName: 'Ana',
        title: 'Clerk',
        employeeNumber: numberOf('made as ordered'),
        [dialect.status.column]: dialect.status.active,
      };
      await create(
        'made as ordered',
        isDomain
          ? { ...asOrdered, sAMAccountName: numberOf('made as ordered'), userAccountControl: '544' }
          : asOrdered,
      );
      await create('made otherwise', { title: 'another' });

      await mustRun(company, 'fulfil', '--connector', 'Directory');

      const orders = await listOrders(company);
      const statusOf = (hand: Hand) =>
        orders
          .filter(({ owner }) => owner === numberOf(hand))
          .map(({ changeType, status }) => `${changeType} ${status}`)
          .filter((text) => text !== 'added executed' || isNew(hand))
          .join();
      expect(Object.fromEntries(hands.map((hand) => [hand, statusOf(hand)]))).toEqual({
        retitled: 'modified conflict',
        added: 'modified executed',
        removed: 'modified executed',
        deleted: 'modified errored',
        moved: 'modified executed',
        'moved too': 'modified conflict',
        'renamed too': 'modified conflict',
        recreated: 'modified errored',
        'left and recreated': 'deleted executed',
        'made as ordered': isDomain ? 'added errored' : 'added executed',
        'made otherwise': 'added errored',
        untouched: 'modified executed',
      });
      expect(await readTitles(prepared)).toEqual(
        [
          'Ana added, Склад: Clerk',
          'Ana by hand, Verkauf, Süd: Clerk',
          'Ana left and recreated, Verkauf, Süd: another',
          'Ana made as ordered, Verkauf, Süd: Clerk',
          'Ana made otherwise, Verkauf, Süd: another',
          'Ana moved too, 研究: Clerk',
          'Ana moved, 研究: Head',
          'Ana recreated, Verkauf, Süd: another',
          'Ana removed, Verkauf, Süd: Clerk',
          'Ana retitled, Verkauf, Süd: by hand',
          'Ana untouched, Verkauf, Süd: Head',
        ].sort(),
      );
      expect(await listMembers(prepared, group)).toEqual(['Ana added']);

      // The next reading sees what stands there; nothing of it is undone unasked.
      await mustRun(company, 'job', 'run', 'Incremental');
      expect(await listGaps(company)).toEqual([
        'orphan Ana left and recreated null',
        'orphan Ana made otherwise null',
        'orphan Ana recreated null',
        // It was made switched off and without a password; a person decides who it is for.
        ...(isDomain ? ['property Ana made as ordered Status'] : []),
        'property Ana moved Unit',
      ]);
      expect(await listReviews(company)).toEqual(
        [
          'Ana made otherwise: ',
          'Ana moved too: Groups, Unit',
          'Ana recreated: ',
          'Ana by hand: LastName, Name',
          'Ana retitled: Title',
        ].sort(),
      );
      // Who is gone is there again: nobody has decided otherwise.
      expect(await readTitles(prepared)).toContain('Ana deleted, Verkauf, Süd: Head');

      // Where the configuration says so, the order wins.
      const file = join(company.folder, 'conf', 'company.xml');
      const text = await readFile(file, 'utf8');
      await writeFile(
        file,
        text.replace(
          '</ConfigurationFile>',
          '<ls:Delivery Connection="Dir" OnConflict="Overwrite" /></ConfigurationFile>',
        ),
      );
      await mustRun(company, 'deploy');
      await company.write(departments, [person('untouched', { title: 'Chief' })]);
      await makeOrders(company);
      await replace(dnOf('untouched'), 'title', 'by hand');
      await company.run('fulfil', '--connector', 'Directory');
      expect(await readTitles(prepared)).toContain('Ana untouched, Verkauf, Süd: Chief');
    });
  });
}

/** Reads people alone: the directory is what it was when it was read last. */
async function makeOrders(company: DirectoryCompany): Promise<void> {
  await mustRun(company, 'export', '--connector', 'HR');
  await mustRun(company, 'prepare', '--connector', 'HR');
  await mustRun(company, 'synchronize', '--connector', 'HR');
  await mustRun(company, 'evaluate', '--dirty');
  await mustRun(company, 'generate', '--connector', 'Directory');
}

async function listOrders(company: DirectoryCompany): Promise<readonly Order[]> {
  const text = await mustRun(company, '--json', 'order', 'list', '--limit', '1000');
  // The shape that docs/reference promises for this command.
  const { orders } = JSON.parse(text) as {
    readonly orders: readonly (Omit<Order, 'owner'> & {
      readonly order: { readonly owner: { readonly identifier: string } };
    })[];
  };
  return orders.map(({ changeType, status, order }) => ({
    changeType,
    status,
    owner: order.owner.identifier,
  }));
}

/** Accounts: name, unit and title. */
async function readTitles({ search }: PreparedSystem): Promise<readonly string[]> {
  const found = await search('(cn=Ana *)', ['cn', 'title']);
  return found.map(({ dn, cn, title }) => `${cn?.[0]}, ${unitOf(dn)}: ${title?.[0]}`).sort();
}

function unitOf(dn: Found[string] | undefined): string {
  const parent = (dn?.[0] ?? '').replace(/^(?:\\.|[^\\,])*,/, '');
  const first = /^[^=]*=((?:\\.|[^\\,])*)/.exec(parent)?.[1] ?? '';
  return first.replaceAll(/((?:\\[0-9A-Fa-f]{2})+)|\\(.)/g, (_, bytes?: string, plain = '') =>
    bytes === undefined ? plain : Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8'),
  );
}

async function listMembers({ search }: PreparedSystem, group: string): Promise<readonly string[]> {
  const found = await search(`(cn=${nameOf(group)})`, ['member']);
  return found
    .flatMap(({ member = [] }) => member)
    .map(nameOf)
    .filter((name) => name !== 'People')
    .sort();
}

async function listGaps(company: DirectoryCompany): Promise<readonly string[]> {
  // The shape that docs/reference promises for this command.
  const { gaps } = JSON.parse(await mustRun(company, '--json', 'reconcile', 'list')) as {
    readonly gaps: readonly {
      readonly kind: string;
      readonly owner: { readonly key: string } | null;
      readonly target: { readonly key: string } | null;
      readonly property: string | null;
    }[];
  };
  return gaps
    .map(({ kind, target, property }) => `${kind} ${nameOf(target?.key)} ${property}`)
    .filter((line) => line.includes('Ana'))
    .sort();
}

/** What waits for a person: of an account that is there, the values. */
async function listReviews(company: DirectoryCompany): Promise<readonly string[]> {
  // The shape that docs/reference promises for this command.
  const { items } = JSON.parse(await mustRun(company, '--json', 'review', 'list')) as {
    readonly items: readonly {
      readonly target: { readonly key: string } | null;
      readonly isWhole: boolean;
      readonly values: readonly { readonly property: string; readonly proposed: string }[];
    }[];
  };
  return items
    .map(({ target, isWhole, values }) =>
      isWhole
        ? `${values.find(({ property }) => property === 'Name')?.proposed}: `
        : `${nameOf(target?.key)}: ${values
            .map(({ property }) => property)
            .sort()
            .join(', ')}`,
    )
    .sort();
}

function nameOf(dn: string | undefined): string {
  return /^[^=]*=([^,]*)/.exec(dn ?? '')?.[1] ?? '';
}
