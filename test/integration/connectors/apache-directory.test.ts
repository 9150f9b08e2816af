/** What only Apache Directory does, and what its faults look like from here. */
import { randomUUID } from 'node:crypto';
import type { Client } from 'ldapts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fulfiller, Values } from '../../../connectors/index.ts';
import { ldapExporter } from '../../../connectors/ldap/export.ts';
import { ldapFulfiller } from '../../../connectors/ldap/fulfil.ts';
import { joinDn } from '../../../connectors/spi/directory/session/dn.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  ldifRecord,
  modifyByTool,
  RandomTree,
  readDirectory,
  tableRequest,
} from './directory-changes.ts';
import {
  createContext,
  openClient,
  readAttribute,
  readSettings,
  runExport,
  table,
} from './ldap-directory.ts';
import { accounts, groups, order, set } from './ldap-orders.ts';

describeWithServer('apacheds', 'Apache Directory', (address) => {
  let client: Client;
  let base: string;
  let fulfiller: Fulfiller;

  const settings = (login: Readonly<Record<string, unknown>> = {}, rest: object = {}) =>
    readSettings({
      Servers: [
        {
          Server: `127.0.0.1:${address().port}`,
          AuthType: 'Basic',
          Login: address().rootDn,
          Password: address().rootPassword,
          ...login,
        },
      ],
      Tables: [
        { Table: 'entries', BaseDN: base },
        { Table: 'member', BaseDN: base, Filter: '(objectClass=groupOfNames)' },
      ],
      ...rest,
    });
  const addUnit = async (): Promise<string> => {
    const dn = `ou=${randomUUID()},${address().suffix}`;
    await client.add(dn, { objectClass: 'organizationalUnit' });
    return dn;
  };
  const open = () => ldapFulfiller.openFulfiller(settings(), [accounts, groups], createContext());
  const at = (name: string) => joinDn(`cn=${name}`, base);
  const add = async (name: string, values: Values = {}) => {
    const changes = Object.entries({ Dn: at(name), Surname: 'Roy', ...values });
    const done = await fulfiller.fulfil(
      order('added', { changes: changes.map(([property, value]) => set(property, value)) }),
    );
    return { Id: done.values?.['Id'] ?? null, Dn: at(name) };
  };

  beforeAll(async () => {
    client = await openClient(address());
    base = await addUnit();
    fulfiller = await open();
  });
  afterAll(async () => {
    await fulfiller?.[Symbol.asyncDispose]();
    await client?.unbind();
  });

  it('stops a login that is not its administrator at its size limit, pages or not, and nothing counts as absent', async () => {
    const reader = `uid=reader-${randomUUID()},${address().suffix}`;
    await client.add(reader, {
      objectClass: 'inetOrgPerson',
      ...{ cn: 'reader', sn: 'reader', userPassword: 'reader-password' },
    });
    const people = Array.from({ length: 1_100 }, (_, index) =>
      ldifRecord(at(`limit ${index}`), [
        ['changetype', 'add'],
        ['objectClass', 'person'],
        ['sn', 'x'],
      ]),
    );
    await modifyByTool(address(), people.join(''));
    const login = { Login: reader, Password: 'reader-password' };

    for (const rest of [{}, { PageSize: 100 }]) {
      const limited = await runExport(settings(login, rest), [table('entries', ['dn'])]);
      const whole = await runExport(settings({}, rest), [table('entries', ['dn'])]);

      expect(limited.error).toMatchObject({ kind: 'incomplete' });
      expect(limited.ends).toEqual([]);
      expect(whole.error).toBeUndefined();
      expect(whole.ends).toMatchObject([{ rows: whole.rows.length }]);
      expect(whole.rows.length).toBeGreaterThanOrEqual(1_100);
    }
  });

  it('tells its tables and what its schema says of their columns', async () => {
    const tables = await ldapExporter.describeTables?.(settings(), createContext());

    const columns = tables?.find(({ name }) => name === 'entries')?.columns.map(({ name }) => name);
    expect(columns).toEqual(expect.arrayContaining(['dn', 'parentdn', 'cn', 'sn', 'objectClass']));
  });

  it('has changes by time although nothing was changed since it was added', async () => {
    const own = await addUnit();
    const byTime = {
      ...settings(),
      Tables: readSettings({ ...raw(own) }).Tables,
      ChangesBy: 'Time',
    } as const;
    const request = [tableRequest('entries', ['entryUUID', 'dn', 'sn'], ['entryUUID'])];
    await modifyByTool(address(), new RandomTree(31, own).begin(5));
    const first = await readDirectory(ldapExporter, {
      settings: byTime,
      tables: request,
      mode: 'complete',
    });
    await client.add(`cn=later,${own}`, { objectClass: 'person', sn: 'later' });

    const changes = await readDirectory(ldapExporter, {
      ...{ settings: byTime, tables: request, mode: 'incremental' },
      ...(first.cookie === undefined ? {} : { cookie: first.cookie }),
    });

    expect(changes.warnings).toEqual([]);
    expect(changes.tables.get('Dir_entries')).toMatchObject({
      isComplete: true,
      hasCommands: true,
      rows: [{ sn: 'later', dn: `cn=later,${own}` }],
    });
  });

  it('lets one of two win who change one value at once', async () => {
    await using rival = await open();
    for (let round = 0; round < 10; round += 1) {
      const resource = await add(`both ${round}`, { Title: 'before' });
      const write = (by: Fulfiller, value: string) =>
        by.fulfil(order('modified', { resource, changes: [set('Title', value, 'before')] }));

      const results = await Promise.allSettled([write(fulfiller, 'ours'), write(rival, 'theirs')]);

      const lost = results.filter(({ status }) => status === 'rejected');
      expect(lost).toMatchObject([{ reason: { kind: 'conflict' } }]);
      expect(await readAttribute(client, resource.Dn, 'title')).toHaveLength(1);
    }
  });

  it('refuses what it cannot keep, and the order says so', async () => {
    const resource = await add('faults');
    const modify = (property: string, value: string) =>
      fulfiller.fulfil(order('modified', { resource, changes: [set(property, value)] }));

    await expect(modify('Title', 'emoji 😀')).rejects.toMatchObject({
      details: { resultCode: 80 },
    });
    await expect(modify('Dn', at('FAULTS'))).rejects.toMatchObject({ kind: 'already-exists' });

    expect(await readAttribute(client, resource.Dn, 'title')).toEqual([]);
  });

  function raw(own: string) {
    return {
      Servers: [{ Server: 'x', AuthType: 'Anonymous' }],
      Tables: [{ Table: 'entries', BaseDN: own }],
    };
  }
});
