/**
 * Accounts of AD LDS, which runs on Windows only: OpenLDAP with the attributes of Microsoft's schema stands in for what is written
 * and in which order. It does not judge: that a password is wanted before an account is on, is Windows' own rule.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { activeDirectoryFulfiller } from '../../../connectors/active-directory/fulfil.ts';
import type { Fulfiller, FulfilTarget } from '../../../connectors/index.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { readSettings } from './active-directory-forest.ts';
import { password } from './active-directory-orders.ts';
import { createContext } from './ldap-directory.ts';
import { accounts, order, set } from './ldap-orders.ts';

const secret = 'Correct-horse-4711';

/** https://learn.microsoft.com/windows/win32/adschema/attributes-all */
const attributeTypes = [
  "( 1.2.840.113556.1.4.1853 NAME 'msDS-UserAccountDisabled' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )",
  "( 1.2.840.113556.1.4.90 NAME 'unicodePwd' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )",
  "( 1.2.840.113556.1.4.96 NAME 'pwdLastSet' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
  "( 1.2.840.113556.1.4.662 NAME 'lockoutTime' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
];

const target: FulfilTarget = {
  ...accounts,
  columns: [
    ...accounts.columns,
    {
      property: 'Disabled',
      column: 'msDS-UserAccountDisabled',
      isPrimaryKey: false,
      isUniqueKey: false,
    },
  ],
  mapping: {
    ...accounts.mapping,
    attributes: {
      ...accounts.mapping.attributes,
      // Any attribute may be written.
      DefaultObjectClass: 'top\nperson\norganizationalPerson\ninetOrgPerson\nextensibleObject',
    },
  },
};

describeWithServer('ldap', 'accounts of AD LDS', () => {
  let slapd: Slapd;
  let folder: string;
  let auditFile: string;
  let fulfiller: Fulfiller;
  let seen = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-lds-'));
    auditFile = join(folder, 'audit.ldif');
    slapd = await startSlapd({ attributeTypes, auditFile });
    const settings = readSettings({
      Servers: [{ Server: `localhost:${slapd.tlsPort}`, BaseDN: slapd.suffix }],
      AuthType: 'Basic',
      Login: slapd.rootDn,
      Password: slapd.rootPassword,
      EnableSSL: true,
      CaFile: slapd.caFile,
      AsAdLds: true,
    });
    fulfiller = await activeDirectoryFulfiller.openFulfiller(settings, [target], createContext());
  });
  beforeEach(async () => {
    seen = (await readFile(auditFile, 'utf8').catch(() => '')).length;
  });
  afterAll(async () => {
    await fulfiller?.[Symbol.asyncDispose]();
    await slapd?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const person = (name: string) => `cn=${name},${slapd.suffix}`;
  const create = (name: string, changes: readonly ReturnType<typeof set>[], text?: string) =>
    fulfiller.fulfil(
      order('added', {
        changes: [set('Dn', person(name)), set('Surname', 'Roy'), ...changes],
        ...(text === undefined ? {} : { password: password(text) }),
      }),
    );

  /** What the server wrote down since the test began, of the attributes that switch accounts. */
  async function listWrites(): Promise<readonly string[]> {
    const all = (await readFile(auditFile, 'utf8')).slice(seen).replaceAll('\n ', '');
    const text = all.replaceAll(/^delete: .*\n(?:.+\n)*?-$/gmu, '');
    const names = 'msDS-UserAccountDisabled|unicodePwd|pwdLastSet|lockoutTime';
    return [...text.matchAll(new RegExp(`^(${names})(::?) (.*)$`, 'gmu'))].map(
      ([, name, separator, value = '']) =>
        `${name} ${separator === '::' ? Buffer.from(value, 'base64').toString('utf16le') : value}`,
    );
  }

  it('are added switched off, given their password, then switched on', async () => {
    await create('on', [], secret);

    expect(await listWrites()).toEqual([
      'msDS-UserAccountDisabled TRUE',
      `unicodePwd "${secret}"`,
      'lockoutTime 0',
      'msDS-UserAccountDisabled FALSE',
    ]);
  });

  it('stay off without a password, or where the order says so', async () => {
    await create('bare', []);
    await create('off', [set('Disabled', 'TRUE')], secret);

    expect(await listWrites()).toEqual([
      'msDS-UserAccountDisabled TRUE',
      'msDS-UserAccountDisabled TRUE',
      `unicodePwd "${secret}"`,
      'lockoutTime 0',
    ]);
  });

  it('are switched by orders like any other value, and their owners made to choose a password', async () => {
    await create('later', [], secret);
    seen = (await readFile(auditFile, 'utf8')).length;

    await fulfiller.fulfil(
      order('modified', {
        resource: { Dn: person('later'), Disabled: 'FALSE' },
        changes: [set('Disabled', 'TRUE', 'FALSE')],
        password: password('Another-horse-4712', true),
      }),
    );

    expect((await listWrites()).toSorted()).toEqual([
      'lockoutTime 0',
      'msDS-UserAccountDisabled TRUE',
      'pwdLastSet 0',
      'unicodePwd "Another-horse-4712"',
    ]);
  });
});
