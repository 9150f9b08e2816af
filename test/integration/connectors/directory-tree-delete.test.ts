import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Fulfiller } from '../../../connectors/index.ts';
import { ldapFulfiller } from '../../../connectors/ldap/fulfil.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { ldifRecord, modifyByTool } from './directory-changes.ts';
import { createContext, openClient, readAttribute, readSettings } from './ldap-directory.ts';
import { accounts, groups, order } from './ldap-orders.ts';

const secret = 'Tree-secret-4711';

for (const server of ['ldap', '389ds'] as const) {
  describeWithServer(server, `a tree deleted with one order: ${server}`, (address) => {
    function open(
      base: string,
      AllowTreeDelete: boolean,
      login: Readonly<Record<string, unknown>> = {},
    ): Promise<Fulfiller> {
      const at = address();
      const settings = readSettings({
        Servers: [
          {
            Server: `127.0.0.1:${at.port}`,
            AuthType: 'Basic',
            Login: at.rootDn,
            Password: at.rootPassword,
            ...login,
          },
        ],
        Tables: [
          { Table: 'entries', BaseDN: base },
          { Table: 'member', BaseDN: base, Filter: '(objectClass=groupOfNames)' },
        ],
        AllowTreeDelete,
      });
      return ldapFulfiller.openFulfiller(settings, [accounts, groups], createContext());
    }

    const record = (dn: string, ...lines: readonly (readonly [string, string])[]) =>
      ldifRecord(dn, [['changetype', 'add'], ...lines]);
    const deletion = (dn: string) =>
      order('deleted', { resourceType: 'Group', resource: { Dn: dn } });

    /** A unit with two levels below it; two of the three people are in a group beside it, which lists the unit as well. */
    async function grow() {
      const base = `ou=${randomUUID()},${address().suffix}`;
      const unit = `ou=unit,${base}`;
      const deep = `ou=deep\\, er,${unit}`;
      const group = `cn=beside,${base}`;
      const people = [`cn=first,${unit}`, `cn=second,${deep}`, `cn=third,${deep}`];
      await modifyByTool(
        address(),
        [
          record(base, ['objectClass', 'organizationalUnit']),
          record(unit, ['objectClass', 'organizationalUnit']),
          record(deep, ['objectClass', 'organizationalUnit']),
          ...people.map((dn) => record(dn, ['objectClass', 'person'], ['sn', 'x'])),
          record(
            group,
            ['objectClass', 'groupOfNames'],
            ['member', people[0] ?? ''],
            ['member', people[2] ?? ''],
            ['member', unit],
            ['member', `cn=elsewhere,${base}`],
          ),
        ].join(''),
      );
      return { base, unit, deep, group, people };
    }

    async function read(dn: string, attribute: string): Promise<readonly string[] | null> {
      const client = await openClient(address());
      try {
        return await readAttribute(client, dn, attribute);
      } finally {
        await client.unbind();
      }
    }

    it('stays whole, and in its lists, when the settings do not allow that', async () => {
      const { base, unit, group, people } = await grow();
      await using fulfiller = await open(base, false);

      await expect(fulfiller.fulfil(deletion(unit))).rejects.toMatchObject({
        kind: 'conflict',
        details: { resultCode: 66 },
      });

      expect(await read(group, 'member')).toHaveLength(4);
      for (const dn of [unit, ...people]) expect(await read(dn, 'objectClass'), dn).not.toBeNull();
    });

    it('goes from the directory and from the lists of those that stay, and once', async () => {
      const { base, unit, deep, group, people } = await grow();
      await using fulfiller = await open(base, true);

      const executed = await fulfiller.fulfil(deletion(unit));
      const again = await fulfiller.fulfil(deletion(unit));

      expect(executed).toMatchObject({ message: 'With 4 entries below it.' });
      expect(again.status).toBe('executed');
      for (const dn of [unit, deep, ...people]) expect(await read(dn, 'cn'), dn).toBeNull();
      expect(await read(group, 'member')).toEqual([`cn=elsewhere,${base}`]);
    });

    it('of entries that somebody else has put there since goes, too', async () => {
      const { base, unit } = await grow();
      const foreign = `cn=foreign,${unit}`;
      await using fulfiller = await open(base, true);
      await modifyByTool(address(), record(foreign, ['objectClass', 'person'], ['sn', 'x']));

      await fulfiller.fulfil(deletion(unit));

      expect(await read(foreign, 'cn')).toBeNull();
    });

    it('stays when a part of it is on another server', async () => {
      const { base, unit, people } = await grow();
      await modifyByTool(
        address(),
        record(
          `cn=far,${unit}`,
          ['objectClass', 'referral'],
          ['objectClass', 'extensibleObject'],
          ['ref', `ldap://far.example.test/cn=far,${unit}`],
        ),
      );
      await using fulfiller = await open(base, true);

      await expect(fulfiller.fulfil(deletion(unit))).rejects.toMatchObject({
        kind: 'conflict',
        message: expect.stringContaining('on another server'),
      });
      for (const dn of people) expect(await read(dn, 'cn'), dn).not.toBeNull();
    });

    it.runIf(server === '389ds')(
      'of which one entry is protected says how far it came',
      async () => {
        const { base, unit, deep } = await grow();
        const login = `cn=clerk,${base}`;
        const kept = `cn=kept,${unit}`;
        const allow = `(targetattr="*")(version 3.0; acl "clerk"; allow (all) userdn="ldap:///${login}";)`;
        const deny = `(version 3.0; acl "kept"; deny (delete) userdn="ldap:///${login}";)`;
        await modifyByTool(
          address(),
          [
            record(login, ['objectClass', 'person'], ['sn', 'x'], ['userPassword', secret]),
            record(kept, ['objectClass', 'person'], ['sn', 'x'], ['aci', deny]),
            ldifRecord(base, [
              ['changetype', 'modify'],
              ['add', 'aci'],
              ['aci', allow],
            ]),
          ].join(''),
        );
        await using fulfiller = await open(base, true, { Login: login, Password: secret });

        await expect(fulfiller.fulfil(deletion(unit))).rejects.toMatchObject({
          kind: 'forbidden',
          message: expect.stringMatching(/\d of 5 entries below .* have been deleted/),
          details: { resultCode: 50 },
        });

        expect(await read(kept, 'cn')).toEqual(['kept']);
        expect(await read(unit, 'ou')).toEqual(['unit']);
        expect(await read(deep, 'ou')).toBeNull();
      },
    );
  });
}
