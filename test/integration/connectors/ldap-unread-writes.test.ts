import { randomUUID } from 'node:crypto';
import type { Client } from 'ldapts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Fulfiller, FulfilTarget, PropertyChange, Values } from '../../../connectors/index.ts';
import { ldapFulfiller } from '../../../connectors/ldap/fulfil.ts';
import { escapeNameValue } from '../../../connectors/spi/directory/session/dn.ts';
import type { SlapdAddress } from '../../servers/slapd.ts';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  createContext,
  openClient,
  readAttribute,
  replaceAttribute,
  settingsFor,
} from './ldap-directory.ts';
import { accounts, entry, order, set } from './ldap-orders.ts';

const telephones: FulfilTarget = {
  ...accounts,
  columns: [
    ...accounts.columns,
    { property: 'Phone', column: 'telephoneNumber', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Number', column: 'employeeNumber', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Mail', column: 'mail', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Login', column: 'uid', isPrimaryKey: false, isUniqueKey: false },
  ],
};

describeWithServer('ldap', 'values written without reading the entry', (address) => {
  let slapd: SlapdAddress;
  let client: Client;
  let proxy: TcpProxy;
  let fulfiller: Fulfiller;
  let base: string;
  let resource: Values;

  const dn = () => `cn=${escapeNameValue('Roy, Ana')},${base}`;
  const read = (attribute: string) => readAttribute(client, dn(), attribute);
  const hold = (attribute: string, ...values: string[]) =>
    replaceAttribute(client, dn(), attribute, values);
  const modify = (...changes: readonly PropertyChange[]) =>
    fulfiller.fulfil(order('modified', { resource, changes }));

  /** What the order came to, and how many requests it took. */
  async function count(...changes: readonly PropertyChange[]): Promise<number> {
    proxy.decide(() => ({ kind: 'forward' }));
    await modify(...changes);
    return proxy.requests;
  }

  beforeAll(async () => {
    slapd = address();
    client = await openClient(slapd);
    proxy = await startTcpProxy(slapd.port);
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await client?.unbind();
  });
  beforeEach(async () => {
    base = `ou=${randomUUID()},${slapd.suffix}`;
    await client.add(base, { objectClass: 'organizationalUnit' });
    const server = { Server: `127.0.0.1:${proxy.port}` };
    const settings = settingsFor(slapd, server, { Tables: [{ Table: 'entries', BaseDN: base }] });
    fulfiller = await ldapFulfiller.openFulfiller(settings, [telephones], createContext());
    const changes = [set('Dn', dn()), set('Surname', 'Roy'), set('Title', 'Buyer')];
    const added = await fulfiller.fulfil(order('added', { changes }));
    resource = { Dn: dn(), Id: added.values?.['Id'] ?? null };
  });
  afterEach(async () => {
    await fulfiller[Symbol.asyncDispose]();
  });

  it('take one request: set, cleared, set where there was none, respelled, several and a link', async () => {
    expect(await count(set('Title', 'Head', 'Buyer'))).toBe(1);
    expect(await count(set('Title', 'HEAD', 'Head'))).toBe(1);
    expect(await read('title')).toEqual(['HEAD']);
    expect(await count(set('Title', null, 'HEAD'), set('Note', 'Zoë *)(cn=*\\', null))).toBe(1);
    expect(await count(set('Note', 'plain', 'Zoë *)(cn=*\\'), set('Title', 'T', null))).toBe(1);
    expect(await read('description')).toEqual(['plain']);
    const value = entry(`cn=chief,${base}`);
    expect(await count({ kind: 'link', property: 'Manager', value, expected: null })).toBe(1);
    expect(await count({ kind: 'link', property: 'Manager', value: null, expected: value })).toBe(
      1,
    );
    expect(await read('manager')).toEqual([]);
    expect(await read('title')).toEqual(['T']);
  });

  it('come to the same a second time', async () => {
    const changes = [set('Title', 'Head', 'Buyer'), set('Note', 'n', null)];
    await modify(...changes);
    const before = await read('entryCSN');

    expect((await modify(...changes)).status).toBe('executed');

    expect(await read('title')).toEqual(['Head']);
    expect(await read('entryCSN')).toEqual(before);
  });

  // What somebody else has made of "Buyer" in the meantime.
  const drifts: Readonly<Record<string, readonly string[]>> = {
    'another value': ['Seller'],
    'nothing any more': [],
    'other letters': ['buyer'],
    'another value that is read instead': ['Agent', 'Buyer'],
    'another value and a second spelling': ['Seller', 'BUYER'],
    'an accent': ['Buyér'],
  };
  it.each(Object.entries(drifts))('are a conflict where there is %s', async (_, values) => {
    await hold('title', ...values);

    await expect(
      modify(set('Note', 'x', null), set('Title', 'Head', 'Buyer')),
    ).rejects.toMatchObject({
      kind: 'conflict',
      details: { property: 'Title' },
    });

    expect(await read('title')).toEqual(values);
    expect(await read('description')).toEqual([]);
  });

  it('are a conflict where the server takes other spaces for the same, and those stay', async () => {
    await hold('title', 'Head  buyer');

    const change = modify(set('Title', 'Seller', 'Head buyer'), set('Note', 'x', null));

    await expect(change).rejects.toMatchObject({
      kind: 'conflict',
      details: { property: 'Title' },
    });
    expect(await read('title')).toEqual(['Head  buyer']);
    expect(await read('description')).toEqual([]);
  });

  it('replace a value that stands behind the one of the store, as they do when it is read', async () => {
    await hold('title', 'Buyer', 'Second');

    await modify(set('Title', 'Head', 'Buyer'));

    expect(await read('title')).toEqual(['Head']);
  });

  it('that are there although none was expected are a conflict', async () => {
    await hold('description', 'theirs');

    await expect(modify(set('Note', 'ours', null))).rejects.toMatchObject({
      kind: 'conflict',
      details: { property: 'Note' },
    });
    expect(await read('description')).toEqual(['theirs']);
  });

  it('do not reach another entry of the same name', async () => {
    await client.del(dn());
    await client.add(dn(), { objectClass: 'inetOrgPerson', sn: 'Other', title: 'Buyer' });

    await expect(modify(set('Title', 'Head', 'Buyer'))).rejects.toMatchObject({
      kind: 'not-found',
    });
    expect(await read('title')).toEqual(['Buyer']);
  });

  it('reach the entry where it has been moved', async () => {
    await client.modifyDN(dn(), `cn=Moved,${base}`);

    await modify(set('Title', 'Head', 'Buyer'));

    expect(await readAttribute(client, `cn=Moved,${base}`, 'title')).toEqual(['Head']);
  });

  it('are looked at first where the server compares loosely, or the order does not say what was there', async () => {
    await hold('telephoneNumber', '+33 1 23');
    expect(await count(set('Phone', '+33 1 24', '+33 1 23'))).toBe(2);
    await expect(modify(set('Phone', '1', '+33124'))).rejects.toMatchObject({ kind: 'conflict' });
    expect(await read('telephoneNumber')).toEqual(['+33 1 24']);

    expect(await count(set('Title', 'Head'))).toBe(2);
    expect(await count(set('Mails', 'a@x.test\nb@x.test', null))).toBe(2);
    expect(await count(set('Photo', 'AAEC', null))).toBe(2);
    expect((await read('mail'))?.length).toBe(2);
  });

  it('go with a rename of the same order under the new name', async () => {
    const renamed = `cn=Zoe,${base}`;

    await modify(set('Dn', renamed, dn()), set('Title', 'Head', 'Buyer'));

    expect(await readAttribute(client, renamed, 'title')).toEqual(['Head']);
  });

  it('that the schema or the syntax forbid are told as such, and none is written', async () => {
    const single = modify(set('Surname', null, 'Roy'), set('Title', 'x', 'Buyer'));
    await expect(single).rejects.toMatchObject({
      kind: 'invalid-value',
      details: { resultCode: 65 },
    });
    await expect(
      modify(set('Mail', 'Zoë@x.test', null), set('Note', 'x', null)),
    ).rejects.toMatchObject({ kind: 'invalid-value' });
    expect(await read('title')).toEqual(['Buyer']);
    expect(await read('description')).toEqual([]);
  });

  it('cut off on their way are unknown, and settled by reading', async () => {
    proxy.decide(() => ({ kind: 'cut-answer', afterBytes: 0 }));
    await expect(modify(set('Title', 'Head', 'Buyer'))).rejects.toMatchObject({
      kind: 'unreachable',
    });
    proxy.decide(() => ({ kind: 'forward' }));
    const again = order('modified', { resource, changes: [set('Title', 'Head', 'Buyer')] });

    const found = await fulfiller.read?.({ ...again, isInDoubt: true });
    await fulfiller.fulfil({ ...again, isInDoubt: true });

    expect(found?.values['Title']).toBe('Head');
    expect(await read('title')).toEqual(['Head']);
  });

  it('are not tried for ever where the entries are other than expected', async () => {
    await hold('title', 'Head');
    for (let round = 0; round < 20; round += 1) await modify(set('Title', 'Head', 'Buyer'));

    expect(await count(set('Title', 'Head', 'Buyer'))).toBe(1);
    expect(await count(set('Title', 'Chief', 'Head'))).toBe(2);
  });

  it('of two at once are lost by neither', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [from, to] = round % 2 === 0 ? ['Buyer', 'Head'] : ['Head', 'Buyer'];
      const rivals = ['ours', 'theirs'].map((note) =>
        client
          .modify(dn(), [])
          .catch(() => undefined)
          .then(() => modify(set('Title', `${to} ${note}`, from ?? null))),
      );
      const results = await Promise.allSettled(rivals);
      expect(results.filter(({ status }) => status === 'rejected')).toMatchObject([
        { reason: { kind: 'conflict' } },
      ]);
      await hold('title', to ?? '');
    }
  });
});
