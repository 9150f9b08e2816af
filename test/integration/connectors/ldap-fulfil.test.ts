import { randomUUID } from 'node:crypto';
import type { Client } from 'ldapts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fulfiller, Values } from '../../../connectors/index.ts';
import { ldapFulfiller } from '../../../connectors/ldap/fulfil.ts';
import { escapeNameValue, parseDn } from '../../../connectors/spi/directory/session/dn.ts';
import type { SlapdAddress } from '../../servers/slapd.ts';
import { startTcpProxy } from '../../servers/tcp-proxy.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  addPerson,
  createContext,
  openClient,
  readAttribute,
  replaceAttribute,
  settingsFor,
} from './ldap-directory.ts';
import { accounts, entry, groups, order, set } from './ldap-orders.ts';

describeWithServer('ldap', 'fulfilment in a directory', (address) => {
  let slapd: SlapdAddress;
  let client: Client;
  let fulfiller: Fulfiller;
  let base: string;

  beforeAll(async () => {
    slapd = address();
    client = await openClient(slapd);
  });
  afterAll(async () => {
    await client?.unbind();
  });
  beforeEach(async () => {
    base = `ou=${randomUUID()},${slapd.suffix}`;
    await client.add(base, { objectClass: 'organizationalUnit' });
    fulfiller = await open();
  });
  afterEach(async () => {
    await fulfiller[Symbol.asyncDispose]();
  });

  function open(server: Readonly<Record<string, unknown>> = {}): Promise<Fulfiller> {
    const settings = settingsFor(slapd, server, {
      TimeOut: 5,
      Tables: [
        { Table: 'entries', BaseDN: base },
        { Table: 'member', BaseDN: base, Filter: '(objectClass=groupOfNames)' },
      ],
    });
    return ldapFulfiller.openFulfiller(settings, [accounts, groups], createContext());
  }

  const at = (name: string) => `cn=${escapeNameValue(name)},${base}`;
  const read = (dn: string, attribute: string) => readAttribute(client, dn, attribute);

  async function addAccount(name: string, extra: Values = {}): Promise<Values> {
    const changes = Object.entries({ Dn: at(name), Surname: 'Roy', ...extra }).map(
      ([property, value]) => set(property, value),
    );
    const executed = await fulfiller.fulfil(order('added', { changes }));
    return executed.values ?? {};
  }

  async function addGroup(name: string, members: readonly string[] = []): Promise<string> {
    const changes = [
      set('Dn', at(name)),
      ...members.map((dn) => ({ kind: 'add', property: 'Members', value: entry(dn) }) as const),
    ];
    await fulfiller.fulfil(order('added', { resourceType: 'Group', changes }));
    return at(name);
  }

  const modify = (resource: Values, changes: Parameters<typeof order>[1]['changes'] = []) =>
    fulfiller.fulfil(order('modified', { resource, changes }));

  describe('a new entry', () => {
    it('is added with its object classes and its name, and gives its keys back', async () => {
      const values = await addAccount('Roy, Ana', { Title: 'Buyer' });

      const [uuid] = (await read(at('Roy, Ana'), 'entryUUID')) ?? [];
      expect(values['Id']).toBe(uuid?.replaceAll('-', ''));
      expect(await read(at('Roy, Ana'), 'cn')).toEqual(['Roy, Ana']);
      expect(await read(at('Roy, Ana'), 'objectClass')).toContain('inetOrgPerson');
      expect(await read(at('Roy, Ana'), 'title')).toEqual(['Buyer']);
    });

    it('is named from its parent and its naming property', async () => {
      await fulfiller.fulfil(
        order('added', {
          changes: [set('Name', 'Roy + Ana'), set('Parent', base), set('Surname', 'Roy')],
        }),
      );

      expect(await read(at('Roy + Ana'), 'sn')).toEqual(['Roy']);
    });

    it('is refused when it is there already, with its name', async () => {
      await addAccount('Ana', { Title: 'first' });

      await expect(addAccount('Ana', { Title: 'second' })).rejects.toMatchObject({
        kind: 'already-exists',
        details: { dn: at('Ana') },
      });
      expect(await read(at('Ana'), 'title')).toEqual(['first']);
    });

    it('is refused without a place to be, or below what is not there', async () => {
      const nowhere = fulfiller.fulfil(order('added', { changes: [set('Surname', 'Roy')] }));
      await expect(nowhere).rejects.toMatchObject({ kind: 'invalid-value' });

      const orphan = fulfiller.fulfil(
        order('added', { changes: [set('Dn', `cn=x,ou=None,${base}`), set('Surname', 'Roy')] }),
      );
      await expect(orphan).rejects.toMatchObject({
        kind: 'not-found',
        details: { parent: `ou=None,${base}` },
      });
    });

    it('becomes a member of its groups', async () => {
      const group = await addGroup('buyers');

      await fulfiller.fulfil(
        order('added', {
          changes: [
            set('Dn', at('Ana')),
            set('Surname', 'Roy'),
            { kind: 'add', property: 'Groups', value: entry(group) },
          ],
        }),
      );

      expect(await read(group, 'member')).toEqual([at('Ana')]);
    });

    it('says that it was added when a group is missing', async () => {
      const adding = fulfiller.fulfil(
        order('added', {
          changes: [
            set('Dn', at('Ana')),
            set('Surname', 'Roy'),
            { kind: 'add', property: 'Groups', value: entry(at('nothing')) },
          ],
        }),
      );

      await expect(adding).rejects.toMatchObject({
        kind: 'not-found',
        message: expect.stringContaining('has been added'),
      });
      expect(await read(at('Ana'), 'sn')).toEqual(['Roy']);
    });
  });

  describe('values', () => {
    it('are set, cleared and left alone as the order says', async () => {
      const { Id = null } = await addAccount('Ana', { Title: 'Buyer', Note: 'stays' });

      await modify({ Id, Dn: at('Ana') }, [set('Title', 'Head buyer', 'Buyer')]);
      expect(await read(at('Ana'), 'title')).toEqual(['Head buyer']);

      await modify({ Id, Dn: at('Ana') }, [set('Title', null, 'Head buyer')]);
      expect(await read(at('Ana'), 'title')).toEqual([]);
      expect(await read(at('Ana'), 'description')).toEqual(['stays']);
    });

    it('changed by someone else are a conflict, and nothing is written', async () => {
      const { Id = null } = await addAccount('Ana', { Title: 'Buyer' });
      await replaceAttribute(client, at('Ana'), 'title', ['theirs']);

      for (const expected of ['Buyer', null]) {
        const change = modify({ Id, Dn: at('Ana') }, [
          set('Note', 'ours'),
          set('Title', 'ours', expected),
          set('Dn', at('Renamed')),
        ]);
        await expect(change).rejects.toMatchObject({
          kind: 'conflict',
          details: { property: 'Title' },
        });
      }
      expect(await read(at('Ana'), 'title')).toEqual(['theirs']);
      expect(await read(at('Ana'), 'description')).toEqual([]);
    });

    it('written by two at once are lost by neither: one wins, the other is a conflict', async () => {
      await using rival = await open();
      for (let round = 0; round < 20; round += 1) {
        const name = `Ana ${round}`;
        const expected = round % 2 === 0 ? 'before' : null;
        const { Id = null } = await addAccount(name, { Title: expected });
        const write = (by: Fulfiller, value: string) =>
          by.fulfil(
            order('modified', {
              resource: { Id, Dn: at(name) },
              changes: [set('Title', value, expected)],
            }),
          );

        const results = await Promise.allSettled([
          write(fulfiller, 'ours'),
          write(rival, 'theirs'),
        ]);

        const lost = results.filter((result) => result.status === 'rejected');
        expect(lost).toMatchObject([{ reason: { kind: 'conflict' } }]);
        const winner = results[0]?.status === 'fulfilled' ? 'ours' : 'theirs';
        expect(await read(at(name), 'title')).toEqual([winner]);
      }
    });

    it('that are there already are done', async () => {
      const { Id = null } = await addAccount('Ana', { Title: 'Buyer' });
      const change = [set('Title', 'Head', 'Buyer')];

      await modify({ Id, Dn: at('Ana') }, change);
      await modify({ Id, Dn: at('Ana') }, change);

      expect(await read(at('Ana'), 'title')).toEqual(['Head']);
    });

    it('change in case only', async () => {
      const { Id = null } = await addAccount('Ana', { Title: 'buyer' });

      await modify({ Id, Dn: at('Ana') }, [set('Title', 'Buyer', 'buyer')]);

      expect(await read(at('Ana'), 'title')).toEqual(['Buyer']);
    });

    it('of a list are compared and written one by one', async () => {
      const { Id = null } = await addAccount('Ana', { Mails: 'b@x.test\na@x.test' });

      await modify({ Id, Dn: at('Ana') }, [
        set('Mails', 'c@x.test\na@x.test', 'a@x.test\nb@x.test'),
      ]);

      expect((await read(at('Ana'), 'mail'))?.toSorted()).toEqual(['a@x.test', 'c@x.test']);
    });

    it('may be bytes', async () => {
      const photo = Buffer.from([0xff, 0xd8, 0, 1]).toString('base64');
      const { Id = null } = await addAccount('Ana', { Photo: photo });
      const other = Buffer.from([1, 2, 3]).toString('base64');

      await modify({ Id, Dn: at('Ana') }, [set('Photo', other, photo)]);

      const found = await fulfiller.read?.(
        order('modified', { resource: { Id, Dn: at('Ana') }, changes: [] }),
      );
      expect(found?.values['Photo']).toBe(other);
      await expect(
        modify({ Id, Dn: at('Ana') }, [set('Photo', 'no base64!')]),
      ).rejects.toMatchObject({ kind: 'invalid-value' });
    });

    it('of no attribute are refused before anything is written', async () => {
      const { Id = null } = await addAccount('Ana');

      const change = modify({ Id, Dn: at('Ana') }, [set('Title', 'x'), set('Shoes', '42')]);

      await expect(change).rejects.toMatchObject({ details: { property: 'Shoes' } });
      expect(await read(at('Ana'), 'title')).toEqual([]);
    });

    it('that the schema forbids are told as such', async () => {
      const { Id = null } = await addAccount('Ana');

      await expect(modify({ Id, Dn: at('Ana') }, [set('Surname', null)])).rejects.toMatchObject({
        kind: 'invalid-value',
        details: { resultCode: 65 },
      });
    });
  });

  describe('a name', () => {
    const hardNames = [
      'Roy, Ana',
      'trailing backslash\\',
      '\\',
      '\\,',
      ' both ends ',
      '#hash',
      'a=b;c<d>e"f+g',
      'Zoë 李明 😀',
      'e\u0301',
      '*)(cn=*',
      'line\nbreak',
    ];

    it.each(hardNames)('changes to and from %j', async (name) => {
      const { Id = null } = await addAccount('before', { Title: 'x' });

      await modify({ Id, Dn: at('before') }, [
        set('Dn', at(name), at('before')),
        set('Title', 'y', 'x'),
      ]);
      expect(await read(at(name), 'cn')).toEqual([name]);
      expect(await read(at(name), 'title')).toEqual(['y']);
      expect(await read(at('before'), 'cn')).toBeNull();

      const executed = await modify({ Id, Dn: at(name) }, [set('Name', 'after', name)]);
      expect(executed.values).toMatchObject({ Dn: at('after'), Id });
      expect(await read(at('after'), 'cn')).toEqual(['after']);
    });

    it('moves below another entry, and both at once', async () => {
      const unit = `ou=Unit\\, North,${base}`;
      await client.add(unit, { objectClass: 'organizationalUnit' });
      const { Id = null } = await addAccount('Ana\\');

      await modify({ Id, Dn: at('Ana\\') }, [set('Parent', unit, base)]);
      expect(await read(`cn=Ana\\\\,${unit}`, 'cn')).toEqual(['Ana\\']);

      await modify({ Id, Dn: `cn=Ana\\\\,${unit}` }, [set('Dn', at('Zoe'))]);
      expect(await read(at('Zoe'), 'cn')).toEqual(['Zoe']);
    });

    it('changes in case only', async () => {
      const { Id = null } = await addAccount('ana');

      await modify({ Id, Dn: at('ana') }, [set('Dn', at('Ana'))]);

      expect(await read(at('Ana'), 'cn')).toEqual(['Ana']);
    });

    it('that is taken is refused', async () => {
      const { Id = null } = await addAccount('Ana');
      await addAccount('Taken');

      await expect(modify({ Id, Dn: at('Ana') }, [set('Dn', at('Taken'))])).rejects.toMatchObject({
        kind: 'already-exists',
        details: { dn: at('Taken') },
      });
    });

    it('changes once when the order comes twice', async () => {
      const { Id = null } = await addAccount('Ana', { Title: 'x' });
      const changes = [set('Dn', at('Zoe'), at('Ana')), set('Title', 'y', 'x')];

      await modify({ Id, Dn: at('Ana') }, changes);
      await modify({ Id, Dn: at('Ana') }, changes);

      expect(await read(at('Zoe'), 'title')).toEqual(['y']);
    });

    it('changed by someone else does not stop other changes, and conflicts with another name', async () => {
      const { Id = null } = await addAccount('Ana');
      await client.modifyDN(at('Ana'), at('Theirs'));

      await modify({ Id, Dn: at('Ana') }, [set('Title', 'x')]);
      expect(await read(at('Theirs'), 'title')).toEqual(['x']);

      await expect(
        modify({ Id, Dn: at('Ana') }, [set('Dn', at('Ours'), at('Ana'))]),
      ).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('given to another entry in the meantime does not make that entry ours', async () => {
      const { Id = null } = await addAccount('Ana');
      await client.del(at('Ana'));
      await addPerson(client, at('Ana'), { cn: 'Ana', title: 'somebody else' });

      await expect(modify({ Id, Dn: at('Ana') }, [set('Title', 'x')])).rejects.toMatchObject({
        kind: 'not-found',
      });
      await fulfiller.fulfil(order('deleted', { resource: { Id, Dn: at('Ana') } }));

      expect(await read(at('Ana'), 'title')).toEqual(['somebody else']);
    });

    it('is followed by the lists that held the old one', async () => {
      const { Id = null } = await addAccount('Ana');
      const group = await addGroup('buyers', [at('Ana')]);

      await modify({ Id, Dn: at('Ana') }, [set('Dn', at('Zoe'))]);

      expect(await read(group, 'member')).toEqual([at('Zoe')]);
    });
  });

  describe('membership', () => {
    const join = (property: string, dn: string) =>
      ({ kind: 'add', property, value: entry(dn) }) as const;
    const leave = (property: string, dn: string) =>
      ({ kind: 'remove', property, value: entry(dn) }) as const;

    it('is written from either side, and once', async () => {
      const { Id = null } = await addAccount('Ana');
      await addAccount('Omar');
      const group = await addGroup('buyers');
      expect(await read(group, 'member')).toEqual(['cn=nobody']);
      const fromAccount = order('modified', {
        resource: { Id, Dn: at('Ana') },
        changes: [join('Groups', group)],
      });
      const fromGroup = order('modified', {
        resourceType: 'Group',
        resource: { Dn: group },
        changes: [join('Members', at('Omar')), join('Members', at('Ana'))],
      });

      await fulfiller.fulfil(fromAccount);
      expect(await read(group, 'member')).toEqual([at('Ana')]);
      await fulfiller.fulfil(fromAccount);
      await fulfiller.fulfil(fromGroup);
      await fulfiller.fulfil(fromGroup);

      expect((await read(group, 'member'))?.toSorted()).toEqual([at('Ana'), at('Omar')]);
    });

    it('ends, and the last one leaves the placeholder behind', async () => {
      const { Id = null } = await addAccount('Ana');
      const group = await addGroup('buyers', [at('Ana'), at('Omar')]);
      const leaveGroup = order('modified', {
        resource: { Id, Dn: at('Ana') },
        changes: [leave('Groups', group)],
      });

      await fulfiller.fulfil(leaveGroup);
      expect(await read(group, 'member')).toEqual([at('Omar')]);
      await fulfiller.fulfil(leaveGroup);
      await fulfiller.fulfil(
        order('modified', {
          resourceType: 'Group',
          resource: { Dn: group },
          changes: [leave('Members', at('Omar'))],
        }),
      );

      expect(await read(group, 'member')).toEqual(['cn=nobody']);
    });

    it('of a group that has gone ends, and cannot begin', async () => {
      const { Id = null } = await addAccount('Ana');
      const resource = { Id, Dn: at('Ana') };

      await modify(resource, [leave('Groups', at('gone'))]);

      await expect(modify(resource, [join('Groups', at('gone'))])).rejects.toMatchObject({
        kind: 'not-found',
        details: { dn: at('gone') },
      });
    });

    it('is written by many orders at once without losing any', async () => {
      const group = await addGroup('buyers');
      const names = Array.from({ length: 40 }, (_, index) => `p${index}`);
      const added = await Promise.all(names.map((name) => addAccount(name)));

      await Promise.all(
        names.map((name, index) =>
          modify({ Id: added[index]?.['Id'] ?? null, Dn: at(name) }, [join('Groups', group)]),
        ),
      );

      expect(await read(group, 'member')).toHaveLength(40);
    });

    it('of 1,200 comes in several requests', async () => {
      const members = Array.from({ length: 1200 }, (_, index) => at(`m${index}`));
      const group = await addGroup('buyers');
      const change = (kind: 'add' | 'remove') =>
        fulfiller.fulfil(
          order('modified', {
            resourceType: 'Group',
            resource: { Dn: group },
            changes: members.map((dn) => ({ kind, property: 'Members', value: entry(dn) })),
          }),
        );

      await change('add');
      expect(await read(group, 'member')).toHaveLength(1200);
      await change('remove');

      expect(await read(group, 'member')).toEqual(['cn=nobody']);
    });

    it('to one entry is a value of the account', async () => {
      const { Id = null } = await addAccount('Ana');
      const resource = { Id, Dn: at('Ana') };
      const manage = (value: string | null, expected: string | null) =>
        ({
          kind: 'link',
          property: 'Manager',
          value: value === null ? null : entry(at(value)),
          expected: expected === null ? null : entry(at(expected)),
        }) as const;

      await modify(resource, [manage('Omar', null)]);
      expect(await read(at('Ana'), 'manager')).toEqual([at('Omar')]);
      await expect(modify(resource, [manage('Lea', 'Zoe')])).rejects.toMatchObject({
        kind: 'conflict',
        details: { property: 'Manager' },
      });
      await modify(resource, [manage('Lea', 'Omar')]);
      await modify(resource, [manage('Lea', 'Omar')]);
      expect(await read(at('Ana'), 'manager')).toEqual([at('Lea')]);
      await modify(resource, [manage(null, 'Lea')]);

      expect(await read(at('Ana'), 'manager')).toEqual([]);
    });

    it('is read back with the values', async () => {
      const { Id = null } = await addAccount('Ana', { Mails: 'b@x.test\na@x.test' });
      const group = await addGroup('buyers', [at('Ana'), at('Omar')]);

      const account = await fulfiller.read?.(
        order('modified', { resource: { Id, Dn: null }, changes: [] }),
      );
      const list = await fulfiller.read?.(
        order('modified', { resourceType: 'Group', resource: { Dn: group }, changes: [] }),
      );

      expect(account).toMatchObject({
        values: { Id, Dn: at('Ana'), Parent: base, Mails: 'a@x.test\nb@x.test', Title: null },
        links: { Groups: [group], Manager: [] },
      });
      expect(list?.links['Members']?.toSorted()).toEqual([at('Ana'), at('Omar')]);
    });
  });

  describe('a deleted entry', () => {
    it('leaves the lists of the connection, then the directory, and once', async () => {
      const { Id = null } = await addAccount('Ana');
      const alone = await addGroup('alone', [at('Ana')]);
      const both = await addGroup('both', [at('Ana'), at('Omar')]);
      const remove = order('deleted', { resource: { Id, Dn: at('Ana') } });

      await fulfiller.fulfil(remove);
      const again = await fulfiller.fulfil(remove);

      expect(again.status).toBe('executed');
      expect(await read(at('Ana'), 'cn')).toBeNull();
      expect(await read(alone, 'member')).toEqual(['cn=nobody']);
      expect(await read(both, 'member')).toEqual([at('Omar')]);
    });

    it('with others below it stays', async () => {
      const { Id = null } = await addAccount('Ana');
      await addPerson(client, `cn=child,${at('Ana')}`, { cn: 'child' });

      await expect(
        fulfiller.fulfil(order('deleted', { resource: { Id, Dn: at('Ana') } })),
      ).rejects.toMatchObject({ kind: 'conflict', details: { resultCode: 66 } });
    });
  });

  it('takes hostile text for text, in names, values and searches', async () => {
    const specials = [
      '*',
      '(',
      ')',
      '\\',
      '\0',
      ',',
      '+',
      '"',
      '<',
      '>',
      ';',
      '=',
      '#',
      ' ',
      '&',
      '|',
      '!',
      '/',
    ];
    const payloads = Array.from({ length: 200 }, (_, index) => {
      const pick = (offset: number) => specials[(index * 7 + offset * 5) % specials.length] ?? '';
      return `${pick(0)}${pick(1)}a${pick(2)}${index}${pick(3)}*)(uid=*${pick(4)}\\2a${pick(5)}`;
    });
    const before = (await client.search(base, { scope: 'one', attributes: ['cn'] })).searchEntries;

    for (const payload of payloads) {
      // Directory strings of slapd hold no NUL in names; values keep it.
      const name = payload.replaceAll('\0', '0');
      expect(parseDn(at(name))[0]?.[0]?.value).toBe(name);
      const { Id = null } = await addAccount(name, { Note: payload });
      const found = await fulfiller.read?.(
        order('modified', { resource: { Id, Dn: at(name) }, changes: [] }),
      );

      expect(found?.values).toMatchObject({ Dn: expect.any(String), Name: name, Note: payload });
      expect(parseDn(found?.values['Dn'] ?? '')[0]?.[0]?.value).toBe(name);
      await fulfiller.fulfil(order('deleted', { resource: { Id, Dn: at(name) } }));
    }

    const after = (await client.search(base, { scope: 'one', attributes: ['cn'] })).searchEntries;
    expect(after).toHaveLength(before.length);
  });

  it('finds nothing by a key that is a filter', async () => {
    await addAccount('Ana', { Title: 'x' });
    const settings = settingsFor(slapd, {}, { Tables: [{ Table: 'entries', BaseDN: base }] });
    const byTitle = {
      ...accounts,
      columns: accounts.columns.map((column) => ({
        ...column,
        isPrimaryKey: column.property === 'Title',
      })),
    };
    await using other = await ldapFulfiller.openFulfiller(settings, [byTitle], createContext());

    for (const Title of ['*', 'x)(cn=*', '*)(objectClass=*', '\\2a']) {
      const hunt = other.fulfil(
        order('modified', { resource: { Title, Dn: null }, changes: [set('Note', 'hit')] }),
      );
      await expect(hunt, Title).rejects.toMatchObject({ kind: 'not-found' });
    }
    expect(await read(at('Ana'), 'description')).toEqual([]);
  });

  it('opens a new session after the old one was cut', async () => {
    await using proxy = await startTcpProxy(slapd.port);
    await using other = await open({ Server: `127.0.0.1:${proxy.port}` });
    const { Id = null } = await addAccount('Ana');
    const write = (Title: string) =>
      other.fulfil(
        order('modified', { resource: { Id, Dn: at('Ana') }, changes: [set('Title', Title)] }),
      );
    await write('one');

    proxy.decide(() => ({ kind: 'cut' }));
    await expect(write('two')).rejects.toMatchObject({ kind: 'unreachable' });
    proxy.decide(() => ({ kind: 'forward' }));
    await write('three');

    expect(await read(at('Ana'), 'title')).toEqual(['three']);
  });

  it('fails in time when the server goes silent in the middle of an order', async () => {
    await using proxy = await startTcpProxy(slapd.port);
    await using other = await open({ Server: `127.0.0.1:${proxy.port}` });
    proxy.decide((request) => ({ kind: request > 4 ? 'stall' : 'forward' }));

    const adding = other.fulfil(
      order('added', { changes: [set('Dn', at('Ana')), set('Surname', 'Roy')] }),
    );

    await expect(adding).rejects.toMatchObject({ kind: 'timeout' });
  });
});
