import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fulfiller, OrderPassword, Values } from '../../../connectors/index.ts';
import { Secret } from '../../../connectors/index.ts';
import { ldapFulfiller } from '../../../connectors/ldap/fulfil.ts';
import type { DirectoryLogin } from '../../servers/directory-address.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { startTcpProxy } from '../../servers/tcp-proxy.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { ldifRecord, modifyByTool } from './directory-changes.ts';
import { createContext, readSettings } from './ldap-directory.ts';
import { accounts, groups, order, set } from './ldap-orders.ts';

const execute = promisify(execFile);
const secret = 'Corr3ct-Hörse "battery" \\staple';

const password = (value = secret, mustChange = false): OrderPassword => ({
  value: new Secret(value),
  mustChange,
});

/** What `ldapwhoami` says to a login: nothing for a good one. */
async function logIn(at: DirectoryLogin, dn: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-password-'));
  try {
    const file = join(folder, 'password');
    await writeFile(file, text);
    const url = `ldap://127.0.0.1:${at.port}`;
    // With the overlay of policies a server says in a control that a password must be changed.
    await execute('ldapwhoami', ['-x', '-e', 'ppolicy', '-H', url, '-D', dn, '-y', file]).then(
      ({ stderr, stdout }) => {
        if (/must be changed|reset/i.test(stderr + stdout)) throw new Error(stderr + stdout);
      },
    );
    return '';
  } catch (error) {
    return String((error as { stderr?: string }).stderr || error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openFor(
  at: DirectoryLogin,
  base: string,
  rest: Readonly<Record<string, unknown>> = {},
  server: Readonly<Record<string, unknown>> = {},
): Promise<Fulfiller> {
  const settings = readSettings({
    Servers: [
      {
        Server: `127.0.0.1:${at.port}`,
        AuthType: 'Basic',
        Login: at.rootDn,
        Password: at.rootPassword,
        ...server,
      },
    ],
    Tables: [
      { Table: 'entries', BaseDN: base },
      { Table: 'member', BaseDN: base, Filter: '(objectClass=groupOfNames)' },
    ],
    IsLdapPasswordReset: true,
    ...rest,
  });
  const keyed = {
    ...accounts,
    // Every directory has names; not every one has this key.
    columns: accounts.columns
      .filter(({ column }) => column !== 'entryUUID')
      .map((column) => (column.column === 'dn' ? { ...column, isPrimaryKey: true } : column)),
  };
  return ldapFulfiller.openFulfiller(settings, [keyed, groups], createContext());
}

async function addUnit(at: DirectoryLogin, parent: string): Promise<string> {
  const base = `ou=${randomUUID()},${parent}`;
  const unit = [
    ['changetype', 'add'],
    ['objectClass', 'organizationalUnit'],
  ] as const;
  await modifyByTool(at, ldifRecord(base, unit));
  return base;
}

const adding = (dn: string, extra: Partial<{ password: OrderPassword }> = {}) => ({
  ...order('added', { changes: [set('Dn', dn), set('Name', 'x'), set('Surname', 'y')] }),
  ...extra,
});

const stored = async (at: DirectoryLogin, dn: string): Promise<string> => {
  const { stdout } = await execute('ldapsearch', [
    ...['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', `ldap://127.0.0.1:${at.port}`, '-D', at.rootDn],
    ...['-w', at.rootPassword, '-b', dn, '-s', 'base', 'userPassword', 'pwdReset'],
  ]);
  return stdout.replaceAll(/:: (\S+)/g, (_, text: string) => `: ${Buffer.from(text, 'base64')}`);
};

for (const server of ['ldap', '389ds', 'apacheds'] as const) {
  describeWithServer(server, `passwords in a directory: ${server}`, (address) => {
    let base: string;
    let fulfiller: Fulfiller;
    beforeAll(async () => {
      base = await addUnit(address(), address().suffix);
      const { tlsPort, caFile } = address();
      // 389 Directory Server wants encryption for passwords, on this machine, too.
      const encrypted = {
        Server: `127.0.0.1:${tlsPort}`,
        TlsServerName: 'localhost',
        EnableSSL: true,
        CaFile: caFile,
      };
      fulfiller = await openFor(address(), base, {}, encrypted);
    });
    afterAll(async () => {
      await fulfiller?.[Symbol.asyncDispose]();
    });

    it('are there with a new account, and hashed', async () => {
      const dn = `cn=x,${base}`;

      const executed = await fulfiller.fulfil(adding(dn, { password: password() }));

      expect(await logIn(address(), dn, secret)).toBe('');
      expect(await logIn(address(), dn, 'wrong')).toContain('Invalid credentials');
      expect(await stored(address(), dn)).toMatch(/userPassword: \{[A-Z0-9-_]+\}/i);
      expect(JSON.stringify(executed)).not.toContain('Corr3ct');
    });

    it('are replaced by an order without any change, as often as it comes', async () => {
      const dn = `cn=z,${base}`;
      await fulfiller.fulfil({
        ...order('added', { changes: [set('Dn', dn), set('Name', 'z'), set('Surname', 'y')] }),
        password: password('first'),
      });
      const again = { ...order('modified', { resource: { Dn: dn } }), password: password() };

      await fulfiller.fulfil(again);
      await fulfiller.fulfil(again);

      expect(await logIn(address(), dn, secret)).toBe('');
      expect(await logIn(address(), dn, 'first')).toContain('Invalid credentials');
    });

    it('that cannot be set leave a word about the account that was added', async () => {
      await using proxy = await startTcpProxy(address().port);
      const dn = `cn=x,ou=cut,${base}`;
      const unit = [
        ['changetype', 'add'],
        ['objectClass', 'organizationalUnit'],
      ] as const;
      await modifyByTool(address(), ldifRecord(`ou=cut,${base}`, unit));
      await using cut = await openFor(address(), base, {}, { Server: `127.0.0.1:${proxy.port}` });
      // Login, root entry, schema, the entry; its password is lost on the way.
      proxy.decide((request) => ({ kind: request === 5 ? 'cut' : 'forward' }));

      await expect(cut.fulfil(adding(dn, { password: password() }))).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('has been added, and is no finished account'),
      });
    });

    it('are refused before anything is written where the connection may not set them', async () => {
      const dn = `cn=x,ou=refused,${base}`;
      await using careful = await openFor(address(), base, { IsLdapPasswordReset: false });

      const failure = await careful.fulfil(adding(dn, { password: password() })).catch((e) => e);

      expect(failure).toMatchObject({
        kind: 'unsupported',
        hint: expect.stringContaining('IsLdap'),
      });
      expect(String(failure) + JSON.stringify(failure)).not.toContain('Corr3ct');
    });

    it.runIf(server === '389ds')('that the server refuses leave no account behind', async () => {
      const dn = `cn=x,ou=refusing,${base}`;
      const unit = [
        ['changetype', 'add'],
        ['objectClass', 'organizationalUnit'],
      ] as const;
      await modifyByTool(address(), ldifRecord(`ou=refusing,${base}`, unit));
      // In clear, which this server refuses for passwords alone.
      await using plain = await openFor(address(), base);

      await expect(plain.fulfil(adding(dn, { password: password() }))).rejects.toMatchObject({
        details: { resultCode: 13 },
      });

      await expect(stored(address(), dn)).rejects.toThrow('No such object');
    });

    it('are not sent in clear to another machine', async () => {
      const server = { Server: `0.0.0.0:${address().port}`, AuthType: 'Anonymous' };
      await using open = await openFor(address(), base, {}, server);

      await expect(
        open.fulfil(adding(`cn=q,${base}`, { password: password() })),
      ).rejects.toMatchObject({
        kind: 'unsupported',
        message: expect.stringContaining('encrypted'),
      });
    });
  });
}

describe('passwords under a policy', () => {
  describeWithServer('ldap', 'of OpenLDAP', () => {
    let slapd: Slapd;
    let fulfiller: Fulfiller;
    let base: string;
    beforeAll(async () => {
      slapd = await startSlapd({ hasPasswordPolicy: true });
      const policy = ldifRecord(`cn=policy,${slapd.suffix}`, [
        ['changetype', 'add'],
        ['objectClass', 'device'],
        ['objectClass', 'pwdPolicy'],
        ['cn', 'policy'],
        ['pwdAttribute', 'userPassword'],
        ['pwdMustChange', 'TRUE'],
        ['pwdCheckQuality', '2'],
        ['pwdMinLength', '8'],
      ]);
      await modifyByTool(slapd, policy);
      base = await addUnit(slapd, slapd.suffix);
      fulfiller = await openFor(slapd, base);
    });
    afterAll(async () => {
      await fulfiller?.[Symbol.asyncDispose]();
      await slapd?.[Symbol.asyncDispose]();
    });

    it('must be changed at the first login where that is asked for', async () => {
      const dn = `cn=x,${base}`;

      await fulfiller.fulfil(adding(dn, { password: password(secret, true) }));

      expect(await stored(slapd, dn)).toContain('pwdReset: TRUE');
      expect(await logIn(slapd, dn, secret)).toMatch(/must be changed|reset/i);
    });
  });

  describeWithServer('ldap', 'that the server does not have', (address) => {
    it('are refused before anything is written where nobody could be made to change them', async () => {
      const base = await addUnit(address(), address().suffix);
      await using fulfiller = await openFor(address(), base);
      const dn = `cn=x,${base}`;

      await expect(
        fulfiller.fulfil(adding(dn, { password: password(secret, true) })),
      ).rejects.toMatchObject({
        kind: 'unsupported',
        message: expect.stringContaining('pwdReset'),
      });
      await expect(stored(address(), dn)).rejects.toThrow('No such object');
    });
  });
});

for (const server of ['ldap', '389ds', 'apacheds'] as const) {
  describeWithServer(server, `trees in a directory: ${server}`, (address) => {
    const member = async (dn: string): Promise<string> => {
      const at = address();
      const { stdout } = await execute('ldapsearch', [
        ...['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', `ldap://127.0.0.1:${at.port}`],
        ...['-D', at.rootDn, '-w', at.rootPassword, '-b', dn, '-s', 'base', 'member'],
      ]);
      return stdout.toLowerCase();
    };

    async function grow(base: string): Promise<{ unit: string; group: string; people: string[] }> {
      const unit = `ou=unit,${base}`;
      const people = [0, 1, 2].map((index) => `cn=p${index},ou=deep,${unit}`);
      const group = `cn=g,${base}`;
      const add = (dn: string, ...lines: (readonly [string, string])[]) =>
        ldifRecord(dn, [['changetype', 'add'], ...lines]);
      await modifyByTool(
        address(),
        [
          add(unit, ['objectClass', 'organizationalUnit']),
          add(`ou=deep,${unit}`, ['objectClass', 'organizationalUnit']),
          ...people.map((dn) => add(dn, ['objectClass', 'person'], ['sn', 'x'])),
          add(
            group,
            ['objectClass', 'groupOfNames'],
            ...people.map((dn) => ['member', dn] as const),
          ),
        ].join(''),
      );
      return { unit, group, people };
    }

    const unitOrder = (changeType: 'modified' | 'deleted', dn: string, values: Values = {}) =>
      order(changeType, {
        resource: { Dn: dn },
        changes: Object.entries(values).map(([property, value]) => set(property, value)),
      });

    it('keep their members in lists when the entry above them is renamed and moved', async () => {
      const base = await addUnit(address(), address().suffix);
      const { unit, group } = await grow(base);
      await modifyByTool(
        address(),
        ldifRecord(`ou=other,${base}`, [
          ['changetype', 'add'],
          ['objectClass', 'organizationalUnit'],
        ]),
      );
      await using fulfiller = await openFor(address(), base);

      await fulfiller.fulfil(unitOrder('modified', unit, { Dn: `ou=renamed,ou=other,${base}` }));

      const found = await member(group);
      for (const index of [0, 1, 2]) {
        expect(found).toContain(
          `member: cn=p${index},ou=deep,ou=renamed,ou=other,${base}`.toLowerCase(),
        );
      }
      expect(found).not.toContain('ou=unit');
    });

    it('stay when nothing allows to delete them', async () => {
      const base = await addUnit(address(), address().suffix);
      const { unit, people } = await grow(base);
      await using fulfiller = await openFor(address(), base);

      await expect(fulfiller.fulfil(unitOrder('deleted', unit))).rejects.toMatchObject({
        details: { resultCode: 66 },
      });

      expect(await member(people[0] ?? '')).toContain('dn:');
    });
  });
}
