import { randomUUID } from 'node:crypto';
import { Attribute, Change, type Client } from 'ldapts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store } from '../../../../engine/store/index.ts';
import type { SlapdAddress } from '../../../servers/slapd.ts';
import { describeWithServer } from '../../../servers/use-server.ts';
import { openClient, readAttribute } from '../../connectors/ldap-directory.ts';
import { addOrders, deliver } from './directory-desk.ts';

describeWithServer('ldap', 'orders delivered to a directory', (address) => {
  let slapd: SlapdAddress;
  let client: Client;
  let base: string;

  beforeAll(async () => {
    slapd = address();
    client = await openClient(slapd);
    base = `ou=${randomUUID()},${slapd.suffix}`;
    await client.add(base, { objectClass: 'organizationalUnit' });
  });
  afterAll(async () => {
    await client?.unbind();
  });

  const openDesk = () => openStore({ client: 'sqlite', file: ':memory:' });
  const statusesOf = (store: Store) =>
    store.read(async ({ tx }) => {
      const rows = await tx('provisioning_orders').orderBy('id').select('status', 'error_code');
      return rows.map((row) => [row.status, row.error_code]);
    });

  it('write one group for many accounts at the same time, and every membership arrives', async () => {
    await using store = await openDesk();
    const group = `cn=everybody,${base}`;
    await client.add(group, { objectClass: 'groupOfNames', member: slapd.rootDn });
    const dns = Array.from({ length: 60 }, (_, index) => `cn=m${index},${base}`);
    await addOrders(
      store,
      dns.map((dn, index) => ({ id: index + 1, dn, changeType: 'added', groups: [group] })),
    );

    const result = await deliver(store, slapd, undefined, { concurrency: 16 });

    expect(result).toMatchObject({ executed: 60, errored: 0, left: 0 });
    const { searchEntries } = await client.search(group, { scope: 'base', attributes: ['member'] });
    const members = [searchEntries[0]?.['member'] ?? []].flat().map(String);
    expect(members.toSorted()).toEqual([slapd.rootDn, ...dns].toSorted());
  });

  it.each([
    ['changed', 'as read', 'by somebody else'],
    ['given', null, 'by somebody else'],
    ['taken away', 'as read', null],
  ] as const)(
    'leave a value alone that somebody else has %s since',
    async (what, expected, present) => {
      await using store = await openDesk();
      const dn = `cn=${what.replace(' ', '-')},${base}`;
      await client.add(dn, {
        objectClass: 'inetOrgPerson',
        sn: 'x',
        ...(present === null ? {} : { title: present }),
      });
      await addOrders(store, [
        { id: 1, dn, changeType: 'modified', title: 'wanted', expectedTitle: expected },
      ]);

      expect(await deliver(store, slapd)).toMatchObject({ conflicts: 1, executed: 0 });

      expect(await statusesOf(store)).toEqual([['conflict', 'CONNECTOR_CONFLICT']]);
      expect(await readAttribute(client, dn, 'title')).toEqual(present === null ? [] : [present]);
    },
  );

  it('overwrite it where the configuration says so', async () => {
    await using store = await openDesk();
    const dn = `cn=overwritten,${base}`;
    await client.add(dn, { objectClass: 'inetOrgPerson', sn: 'x', title: 'by somebody else' });
    await addOrders(store, [
      { id: 1, dn, changeType: 'modified', title: 'wanted', expectedTitle: 'as read' },
    ]);

    await deliver(store, slapd, undefined, { onConflict: 'Overwrite' });

    expect(await statusesOf(store)).toEqual([['executed', null]]);
    expect(await readAttribute(client, dn, 'title')).toEqual(['wanted']);
  });

  it('do not count a value as a conflict that is as wanted already', async () => {
    await using store = await openDesk();
    const dn = `cn=equal,${base}`;
    await client.add(dn, { objectClass: 'inetOrgPerson', sn: 'x', title: 'wanted' });
    await addOrders(store, [
      { id: 1, dn, changeType: 'modified', title: 'wanted', expectedTitle: 'as read' },
    ]);

    expect(await deliver(store, slapd)).toMatchObject({ executed: 1 });
  });

  it('leave a value alone that somebody changes between the look and the write', async () => {
    await using store = await openDesk();
    const dn = `cn=raced,${base}`;
    await client.add(dn, { objectClass: 'inetOrgPerson', sn: 'x', title: 'as read' });
    await addOrders(store, [
      { id: 1, dn, changeType: 'modified', title: 'wanted', expectedTitle: 'as read' },
    ]);
    // Somebody writes all the time: whichever comes first, nobody's value is lost unseen.
    let isOver = false;
    const rival = (async () => {
      for (let turn = 0; !isOver; turn += 1)
        await client.modify(
          dn,
          new Change({
            operation: 'replace',
            modification: new Attribute({ type: 'title', values: [`rival ${turn}`] }),
          }),
        );
    })();

    const result = await deliver(store, slapd);
    isOver = true;
    await rival;

    expect(result.conflicts + result.executed).toBe(1);
    expect(result.errored).toBe(0);
  });
});
