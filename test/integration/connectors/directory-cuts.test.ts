import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { activeDirectoryExporter } from '../../../connectors/active-directory/export.ts';
import type { Exporter, ExportRequest, TableRequest } from '../../../connectors/index.ts';
import { ldapExporter } from '../../../connectors/ldap/export.ts';
import { openLdapExporter } from '../../../connectors/openldap/export.ts';
import { openLdapSettings } from '../../../connectors/openldap/settings.ts';
import { checkSettings } from '../../../connectors/spi/settings.ts';
import { type WrittenTables, writeTables } from '../../../connectors/spi/write-tables.ts';
import type { DirectoryLogin } from '../../servers/directory-address.ts';
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts';
import type { SambaAddress } from '../../servers/samba.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { addLdif, changeLdif, settingsFor as domainSettings } from './active-directory-forest.ts';
import { ldifRecord, modifyByTool, tableRequest } from './directory-changes.ts';
import { createContext, readSettings } from './ldap-directory.ts';

/*
 * Connections that end in the middle of an answer, and servers that say no more, wherever that happens: no table is proven
 * complete, no bookmark moves on, and the files of the export say so.
 */
const cuts = Number(process.env['LOCKSTEP_DIRECTORY_CUTS'] ?? 5);
const people = 150;
const pageSize = 20;
const timeOutSeconds = 3;

/** A way to read a directory, through a port of this machine. */
interface Way<S> {
  readonly exporter: Exporter<S>;
  readonly tables: readonly TableRequest[];
  settingsAt(port: number): S;
}

/** What the files hold that an export leaves behind. */
async function exportFiles<S>(
  way: Way<S>,
  port: number,
  mode: ExportRequest<S>['mode'],
  cookie?: Uint8Array,
): Promise<WrittenTables> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-cuts-'));
  try {
    const { tables, exporter } = way;
    const asked = { connection: 'Dir', mode, tables };
    const settings = way.settingsAt(port);
    const request = { ...asked, settings, ...(cookie === undefined ? {} : { cookie }) };
    const batches = exporter.exportTables(request, createContext());
    return await writeTables(batches, { ...asked, folder, transformations: [], now: Date.now });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describeCuts<S>(
  title: string,
  way: () => Way<S>,
  at: () => { readonly port: number; readonly host?: string },
  changePeople: () => Promise<void>,
): void {
  let bookmark: Uint8Array | undefined;

  it(`${title}: is read, and changes`, async () => {
    const { port, host } = at();
    await using proxy = await startFaultyProxy(port, host);
    const first = await exportFiles(way(), proxy.port, 'complete');
    expect(first).toMatchObject({ status: 'written' });
    bookmark = first.status === 'written' ? first.cookie : undefined;
    expect(bookmark?.length ?? 0).toBeGreaterThan(0);
    await changePeople();
  });

  it.each(['complete', 'incremental'] as const)(
    `${title}: a %s export that is cut at ${cuts} places proves nothing`,
    async (mode) => {
      const { port, host } = at();
      await using proxy = await startFaultyProxy(port, host);
      expect(await exportFiles(way(), proxy.port, mode, bookmark)).toMatchObject({
        status: 'written',
      });
      const bytes = proxy.bytesFromServer();
      for (let cut = 0; cut < cuts; cut += 1) {
        const place = Math.floor((bytes * (cut + 0.5)) / cuts);
        proxy.cutAfter(place);

        const written = await exportFiles(way(), proxy.port, mode, bookmark);

        expectNothingProven(written, 'unreachable', `cut after ${place} of ${bytes} bytes`);
        proxy.cutAfter(Number.POSITIVE_INFINITY);
      }
    },
    60_000 + cuts * 2_000,
  );

  it(`${title}: a server that says no more is given up in time`, async () => {
    const { port, host } = at();
    await using proxy = await startFaultyProxy(port, host);
    await exportFiles(way(), proxy.port, 'complete');
    proxy.stallAfter(Math.floor(proxy.bytesFromServer() / 2));

    const written = await exportFiles(way(), proxy.port, 'complete');

    expectNothingProven(written, 'timeout', 'stalled');
    expectGivenUpInTime(proxy);
  });
}

function expectNothingProven(written: WrittenTables, kind: string, place: string): void {
  expect(written, place).toMatchObject({ status: 'failed', error: { kind } });
  // A table may have been read to its end before the next one was cut; the export as a whole has not.
  expect(written.manifest.complete, place).toBe(false);
  expect(written.manifest.tables.map(({ complete }) => complete)).toContain(false);
  expect(written, place).not.toHaveProperty('cookie');
}

/** From the last byte on the wire: a busy machine may be slow to get there. */
function expectGivenUpInTime(proxy: FaultyProxy): void {
  expect(proxy.silenceMs()).toBeGreaterThan(timeOutSeconds * 1_000 - 100);
  expect(proxy.silenceMs()).toBeLessThan((timeOutSeconds + 1) * 1_000);
}

const person = (dn: string) =>
  ldifRecord(dn, [
    ['changetype', 'add'],
    ['objectClass', 'inetOrgPerson'],
    ['sn', 'Cut'],
  ]);
const retitled = (dn: string) =>
  ldifRecord(dn, [
    ['changetype', 'modify'],
    ['replace', 'description'],
    ['description', 'changed'],
  ]);

function namePeople(base: string): readonly string[] {
  return Array.from({ length: people }, (_, index) => `cn=p${index},${base}`);
}

function unitWithPeople(base: string): string {
  const names = namePeople(base);
  return [
    ldifRecord(base, [
      ['changetype', 'add'],
      ['objectClass', 'organizationalUnit'],
    ]),
    ...names.map(person),
    ldifRecord(`cn=all,${base}`, [
      ['changetype', 'add'],
      ['objectClass', 'groupOfNames'],
      ...names.slice(0, 50).map((dn) => ['member', dn] as const),
    ]),
  ].join('');
}

for (const [server, key] of [
  ['ldap', 'entryUUID'],
  ['389ds', 'nsUniqueId'],
] as const) {
  describeWithServer(server, `${server}, read page by page`, (address) => {
    let at: DirectoryLogin;
    let base: string;
    beforeAll(async () => {
      at = address();
      base = `ou=Cuts ${process.pid},${at.suffix}`;
      await modifyByTool(at, unitWithPeople(base));
    });

    describeCuts(
      'a directory',
      () => ({
        exporter: ldapExporter,
        tables: [
          tableRequest('entries', [key, 'dn', 'description'], [key]),
          tableRequest('member', ['dn', 'member']),
        ],
        settingsAt: (port) =>
          readSettings({
            Servers: [
              {
                Server: `127.0.0.1:${port}`,
                AuthType: 'Basic',
                Login: at.rootDn,
                Password: at.rootPassword,
              },
            ],
            Tables: [
              { Table: 'entries', BaseDN: base },
              { Table: 'member', BaseDN: base, Filter: '(member=*)' },
            ],
            PageSize: pageSize,
            TimeOut: timeOutSeconds,
            ChangesBy: 'Time',
          }),
      }),
      () => at,
      () => modifyByTool(at, namePeople(base).slice(0, 60).map(retitled).join('')),
    );
  });
}

describeWithServer('ldap', 'OpenLDAP that tells what has changed', () => {
  let slapd: Slapd;
  let base: string;
  beforeAll(async () => {
    slapd = await startSlapd({ changes: 'log' });
    base = `ou=Cuts,${slapd.suffix}`;
    await modifyByTool(slapd, unitWithPeople(base));
  });
  afterAll(async () => {
    await slapd?.[Symbol.asyncDispose]();
  });

  const way = (): Way<unknown> => ({
    exporter: openLdapExporter as Exporter<unknown>,
    tables: [
      tableRequest('entry', ['entryUUID', 'dn', 'description'], ['entryUUID']),
      tableRequest('member', ['entryUUID', 'member']),
    ],
    settingsAt: (port) => {
      const check = checkSettings(
        { settings: openLdapSettings, displayName: 'OpenLDAP' },
        {
          Server: `127.0.0.1:${port}`,
          DistinguishedName: base,
          Login: slapd.rootDn,
          Password: slapd.rootPassword,
          PageSize: pageSize,
          TimeOut: timeOutSeconds,
        },
      );
      if (check.status === 'invalid') throw new Error(JSON.stringify(check.findings));
      return check.settings;
    },
  });
  describeCuts(
    'a directory',
    way,
    () => slapd,
    () => modifyByTool(slapd, namePeople(base).slice(0, 60).map(retitled).join('')),
  );

  it('a directory: a process that stands still is given up in time', async () => {
    await using proxy = await startFaultyProxy(slapd.port);
    process.kill(slapd.pid, 'SIGSTOP');
    try {
      const written = await exportFiles(way(), proxy.port, 'complete');

      expectNothingProven(written, 'timeout', 'stopped');
      expectGivenUpInTime(proxy);
    } finally {
      process.kill(slapd.pid, 'SIGCONT');
    }
  });
});

describeWithServer('samba', 'a domain that tells what has changed', (address) => {
  let samba: SambaAddress;
  let base: string;
  beforeAll(async () => {
    samba = address();
    base = `OU=Cuts ${process.pid},${samba.suffix}`;
    const names = namePeople(base);
    const contacts = names.map((dn) => `dn: ${dn}\nobjectClass: contact\n`);
    const members = names.slice(0, 50).map((dn) => `member: ${dn}`);
    const group = [`dn: cn=all,${base}`, 'objectClass: group', ...members, ''];
    const unit = `dn: ${base}\nobjectClass: organizationalUnit\n`;
    await addLdif(samba, [unit, ...contacts, group.join('\n')].join('\n'));
  });

  describeCuts(
    'a domain',
    () => ({
      exporter: activeDirectoryExporter,
      tables: [
        tableRequest('entries', ['objectGUID', 'dn', 'description'], ['objectGUID']),
        tableRequest('member', ['dn', 'member']),
      ],
      settingsAt: (port) =>
        domainSettings(samba, {
          Servers: [{ Server: `127.0.0.1:${port}`, BaseDN: base }],
          Filter: '(|(objectClass=contact)(objectClass=group))',
          PageSize: pageSize,
          RequestTimeout: timeOutSeconds,
        }),
    }),
    () => ({ port: 636, host: samba.host }),
    () => changeLdif(samba, namePeople(base).slice(0, 60).map(retitled).join('')),
  );
});
