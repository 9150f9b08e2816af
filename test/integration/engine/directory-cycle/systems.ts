/** Directories that a company is kept in step with: how each is reached, and its own tools to look at it and to change it by hand. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DirectoryAddress } from '../../../servers/directory-address.ts';
import { runSambaTool, type SambaAddress } from '../../../servers/samba.ts';
import type { ServerName } from '../../../servers/servers.ts';
import { type SlapdOptions, startSlapd } from '../../../servers/slapd.ts';
import { ldifRecord, modifyByTool, type ToolLogin } from '../../connectors/directory-changes.ts';

const execute = promisify(execFile);

/** Attributes of an entry as the server's own tool shows them; `dn` among them. */
export type Found = Readonly<Record<string, readonly string[]>>;

/** How the entries of a directory differ from those of others. */
export interface Dialect {
  readonly package: string;
  /** What comes behind the connection in the name of the table of entries. */
  readonly entriesTable: 'entry' | 'entries';
  readonly key: { readonly column: string; readonly format?: string };
  readonly personClasses: readonly string[];
  readonly groupClass: string;
  /** Attribute that says whether somebody may log in, and what stands in it. */
  readonly status: { readonly column: string; readonly active: string; readonly suspended: string };
  /** Accounts have a login name, and get a password. */
  readonly hasLogins: boolean;
}

export interface PreparedSystem extends AsyncDisposable {
  readonly dialect: Dialect;
  /** An entry of the test's own, that all of the company is below; units `People` and `Groups` are there. */
  readonly base: string;
  /** Of the connection `Dir`; the password is that of the environment. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  search(filter: string, attributes: readonly string[]): Promise<readonly Found[]>;
  /** Change records of LDIF, by hand. */
  change(ldif: string): Promise<void>;
  /** @param relativeName of the entry afterwards, `parent` above it */
  rename(dn: string, relativeName: string, parent: string): Promise<void>;
}

export interface DirectorySystem {
  readonly title: string;
  readonly server: ServerName;
  /** Characters that the server keeps in a name; some forbid what the standard allows. */
  readonly keeps: { readonly newline: boolean; readonly outerSpaces: boolean };
  readonly prepare: (address: unknown) => Promise<PreparedSystem>;
}

const plainPeople = {
  personClasses: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
  groupClass: 'groupOfNames',
  status: { column: 'employeeType', active: 'active', suspended: 'suspended' },
  hasLogins: false,
} as const;

const passwordVariable = 'DIRECTORY_PASSWORD';

export const directorySystems: readonly DirectorySystem[] = [
  {
    title: 'OpenLDAP that remembers deletions',
    server: 'ldap',
    keeps: { newline: true, outerSpaces: true },
    prepare: () => prepareSlapd({ changes: 'log' }),
  },
  {
    title: 'OpenLDAP that names what is there',
    server: 'ldap',
    keeps: { newline: true, outerSpaces: true },
    prepare: () => prepareSlapd({ changes: 'presence' }),
  },
  {
    title: '389 Directory Server',
    server: '389ds',
    // It loses an escaped space at the end of a name with the first rename of the entry or of one above it.
    keeps: { newline: true, outerSpaces: false },
    // The server that `describeWithServer` gives for this name.
    prepare: (address) => prepareRedHatDirectory(address as DirectoryAddress),
  },
  {
    title: 'Active Directory',
    server: 'samba',
    keeps: { newline: false, outerSpaces: false },
    prepare: (address) => prepareDomain(address as SambaAddress),
  },
];

async function prepareSlapd(options: SlapdOptions): Promise<PreparedSystem> {
  const slapd = await startSlapd(options);
  const base = await addPlainBase(slapd, slapd.suffix);
  return {
    ...plainTools(slapd, base),
    dialect: {
      ...plainPeople,
      package: 'Usercube.OpenLDAP@0000001',
      entriesTable: 'entry',
      key: { column: 'entryUUID' },
    },
    settings: {
      Server: `127.0.0.1:${slapd.port}`,
      DistinguishedName: base,
      Login: slapd.rootDn,
      Password: `env:${passwordVariable}`,
    },
    [Symbol.asyncDispose]: () => slapd[Symbol.asyncDispose](),
  };
}

async function prepareRedHatDirectory(address: DirectoryAddress): Promise<PreparedSystem> {
  const base = await addPlainBase(address, address.suffix);
  return {
    ...plainTools(address, base),
    dialect: {
      ...plainPeople,
      package: 'Usercube.LDAP.RedHat@0000001',
      entriesTable: 'entries',
      key: { column: 'nsUniqueId' },
    },
    settings: {
      Servers: [
        {
          Server: `127.0.0.1:${address.port}`,
          AuthType: 'Basic',
          Login: address.rootDn,
          Password: `env:${passwordVariable}`,
        },
      ],
      Tables: [
        { Table: 'entries', BaseDN: base },
        { Table: 'member', BaseDN: base, Filter: '(objectClass=groupOfNames)' },
      ],
      ChangesBy: 'Time',
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function addPlainBase(login: ToolLogin, suffix: string): Promise<string> {
  const base = `ou=${randomUUID()},${suffix}`;
  await modifyByTool(
    login,
    [base, `ou=People,${base}`, `ou=Groups,${base}`]
      .map((dn) =>
        ldifRecord(dn, [
          ['changetype', 'add'],
          ['objectClass', 'organizationalUnit'],
        ]),
      )
      .join(''),
  );
  return base;
}

function plainTools(
  login: ToolLogin,
  base: string,
): Pick<PreparedSystem, 'base' | 'environment' | 'search' | 'change' | 'rename'> {
  return {
    base,
    environment: { [passwordVariable]: login.rootPassword },
    search: (filter, attributes) => searchByTool(login, base, filter, attributes),
    change: (ldif) => modifyByTool(login, ldif),
    rename: (dn, relativeName, parent) =>
      modifyByTool(
        login,
        ldifRecord(dn, [
          ['changetype', 'modrdn'],
          ['newrdn', relativeName],
          ['deleteoldrdn', '1'],
          ['newsuperior', parent],
        ]),
      ),
  };
}

async function searchByTool(
  login: ToolLogin,
  base: string,
  filter: string,
  attributes: readonly string[],
): Promise<readonly Found[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-look-'));
  try {
    const password = join(folder, 'password');
    await writeFile(password, login.rootPassword);
    const { stdout } = await execute(
      'ldapsearch',
      [
        ...['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', `ldap://127.0.0.1:${login.port}`],
        ...['-D', login.rootDn, '-y', password, '-b', base, filter, ...attributes],
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    return readLdif(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readLdif(text: string): readonly Found[] {
  return text
    .replaceAll('\n ', '')
    .split('\n\n')
    .map((record) => {
      const found: Record<string, string[]> = {};
      for (const [, name = '', mark, value = ''] of record.matchAll(/^([\w-]+):(:?) ?(.*)$/gm)) {
        const decoded = mark === ':' ? Buffer.from(value, 'base64').toString('utf8') : value;
        found[name] = [...(found[name] ?? []), decoded];
      }
      return found;
    })
    .filter(({ dn }) => dn !== undefined);
}

async function prepareDomain(samba: SambaAddress): Promise<PreparedSystem> {
  const base = `OU=${randomUUID()},${samba.suffix}`;
  await runSambaTool(
    samba,
    'ldbadd',
    [],
    [base, `OU=People,${base}`, `OU=Groups,${base}`]
      .map((dn) => `dn: ${dn}\nobjectClass: organizationalUnit\n`)
      .join('\n'),
  );
  return {
    dialect: {
      package: 'Usercube.AD@0000001',
      entriesTable: 'entries',
      key: { column: 'objectGUID', format: 'guid' },
      personClasses: ['top', 'person', 'organizationalPerson', 'user'],
      groupClass: 'group',
      status: { column: 'userAccountControl', active: '512', suspended: '514' },
      hasLogins: true,
    },
    base,
    settings: {
      Servers: [{ Server: samba.host, BaseDN: base }],
      Filter:
        '(|(&(objectCategory=person)(objectClass=user))(objectClass=group)(objectClass=organizationalUnit))',
      AuthType: 'Basic',
      Login: samba.adminLogin,
      Password: `env:${passwordVariable}`,
      EnableSSL: true,
      CaFile: samba.caFile,
      TlsServerName: samba.name,
    },
    environment: {
      [passwordVariable]: samba.adminPassword,
      FIRST_PASSWORD: 'First-day-4711',
    },
    search: async (filter, attributes) =>
      readLdif(await runSambaTool(samba, 'ldbsearch', ['-b', base, filter, ...attributes])),
    change: async (ldif) => void (await runSambaTool(samba, 'ldbmodify', [], ldif)),
    rename: async (dn, relativeName, parent) =>
      void (await runSambaTool(samba, 'ldbrename', [dn, `${relativeName},${parent}`])),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
