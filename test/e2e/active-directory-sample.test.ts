/** The sample of a domain against Samba: people join, are renamed, move and leave, and the domain is asked with Samba's own tools. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client } from 'ldapts';
import { describe, expect, it } from 'vitest';
import {
  findSambaObstacle,
  runSambaTool,
  type SambaAddress,
  startSamba,
} from '../servers/samba.ts';
import { isRequired } from '../servers/servers.ts';
import {
  copySample,
  countOrders,
  mustRun,
  readStates,
  type SampleProject,
} from './script-samples/sample-project.ts';

const ldif = resolve(
  import.meta.dirname,
  '..',
  '..',
  'samples',
  'active-directory',
  'directory.ldif',
);
const obstacle = findSambaObstacle();

describe.skipIf(obstacle !== undefined && !isRequired('samba'))('sample active-directory', () => {
  it('keeps a domain in step with the staff', { timeout: 900_000 }, async () => {
    if (obstacle !== undefined) throw new Error(obstacle);
    await using samba = await startSamba();
    await runSambaTool(samba, 'ldbadd', [], await readFile(ldif, 'utf8'));
    await using project = await copySample('active-directory', {
      MERIDIAN_PASSWORD: samba.adminPassword,
      MERIDIAN_FIRST_PASSWORD: 'First-day-4711',
      Connections__Domain__Servers__0__Server: samba.host,
      Connections__Domain__TlsServerName: samba.name,
      Connections__Domain__CaFile: samba.caFile,
      Connections__Domain__Login: samba.adminLogin,
    });

    await mustRun(project, 'deploy');
    await mustRun(project, 'job', 'run', 'Complete');
    await mustRun(project, 'job', 'run', 'Incremental');
    expect(await listPeople(samba)).toEqual([
      'G100 CN=Inès Moreau\\, Dr.,OU=Furnace 512 must change: Furnace',
      'G101 CN=Tariq Aziz,OU=Furnace 512 must change: Furnace',
      'G102 CN=Ștefan Ionescu,OU=Cutting\\, polishing 512 must change: Cutting\\, polishing',
      'G103 CN=Mei Lin,OU=Cutting\\, polishing 512 must change: Cutting\\, polishing',
      'G104 CN=Oluwaseun Adebayo,OU=Sales 512 must change: Sales',
    ]);
    expect(await countOrders(project)).toEqual({ 'added executed': 5 });
    expect(await readStates(project, 'Domain_Account')).toMatch(/verified/i);

    await changeStaff(project);
    await mustRun(project, 'job', 'run', 'Incremental');
    await mustRun(project, 'job', 'run', 'Incremental');
    expect(await listPeople(samba)).toEqual([
      'G100 CN=Inès Aziz + Söhne <"Dr.">,OU=Furnace 512 must change: Furnace',
      'G101 CN=Tariq Aziz,OU=Sales 512 must change: Sales',
      'G102 CN=Ștefan Ionescu,OU=Cutting\\, polishing 512 must change: Cutting\\, polishing',
      'G104 CN=Oluwaseun Adebayo,OU=Sales 512 must change: Sales',
      'G105 CN=Zoë # =;,OU=Furnace 512 must change: Furnace',
    ]);
    const orders = {
      'added executed': 6,
      'deleted executed': 1,
      'modified executed': 2,
    };
    expect(await countOrders(project)).toEqual(orders);

    // A complete reading agrees with what the changes came to.
    await mustRun(project, 'job', 'run', 'Complete');
    expect(await countOrders(project)).toEqual(orders);

    // What an administrator takes away is seen by the next reading of changes; a person decides, and it comes back.
    await takeFromGroup(samba, 'Sales', 'CN=Tariq Aziz,OU=Sales,OU=People');
    await mustRun(project, 'job', 'run', 'Incremental');
    expect(await countOrders(project)).toEqual(orders);
    const [gap] = await listGaps(project);
    expect(gap).toMatchObject({ property: 'Groups', current: null });
    await mustRun(project, 'reconcile', 'accept', gap?.id ?? '', '--by', 'Kim', '--yes');
    await mustRun(project, 'job', 'run', 'Incremental');
    await mustRun(project, 'job', 'run', 'Incremental');
    expect(await listPeople(samba)).toContain('G101 CN=Tariq Aziz,OU=Sales 512 must change: Sales');
    expect(await listGaps(project)).toEqual([]);

    // Tariq has forgotten the password he chose.
    const chosen = 'Forgotten-horse-4712';
    await runSambaTool(samba, 'samba-tool', [
      ...['user', 'setpassword', 'taziz', `--newpassword=${chosen}`],
    ]);
    expect(await logIn(samba, 'taziz', chosen)).toBe('in');
    const asked = ['password', 'reset', 'HR_Person:G101', '--by', 'Kim', '--comment', 'Call 12'];
    expect(await mustRun(project, ...asked)).toMatch(/generated +Domain_Account .* yes +nobody/);
    await mustRun(project, 'fulfil', '--connector', 'Domain');
    expect(await logIn(samba, 'taziz', chosen)).toBe('data 52e');
    expect(await logIn(samba, 'taziz', 'First-day-4711')).toBe('data 773');
  });
});

/** `in`, or what the domain says: 52e is a wrong password, 773 one that has to be changed first. */
async function logIn(samba: SambaAddress, login: string, password: string): Promise<string> {
  const client = new Client({
    url: `ldaps://${samba.host}`,
    tlsOptions: { ca: await readFile(samba.caFile), servername: samba.name },
  });
  try {
    await client.bind(`${login}@${samba.realm}`, password);
    return 'in';
  } catch (error) {
    return /data \w+/.exec(String(error))?.[0] ?? String(error);
  } finally {
    await client.unbind();
  }
}

async function takeFromGroup(samba: SambaAddress, group: string, member: string): Promise<void> {
  const place = `OU=Meridian,${samba.suffix}`;
  const found = await runSambaTool(samba, 'ldbsearch', ['-b', place, `(cn=${group})`, 'dn']);
  const dn = /^dn: (.+)$/m.exec(found)?.[1] ?? '';
  const change = `dn: ${dn}\nchangetype: modify\ndelete: member\nmember: ${member},${place}\n`;
  await runSambaTool(samba, 'ldbmodify', [], change);
}

interface Gap {
  readonly id: string;
  readonly kind: string;
  readonly property: string | null;
  readonly current: string | null;
}

async function listGaps(project: SampleProject): Promise<readonly Gap[]> {
  // The shape that docs/reference promises for this command.
  const { gaps } = JSON.parse(await mustRun(project, '--json', 'reconcile', 'list')) as {
    readonly gaps: readonly Gap[];
  };
  // Groups have no owner; they are no matter of this sample.
  return gaps.filter(({ kind }) => kind === 'property');
}

async function changeStaff(project: SampleProject): Promise<void> {
  const file = join(project.folder, 'data', 'staff.csv');
  const before = await readFile(file, 'utf8');
  const after = before
    .replace('"Moreau, Dr."', '"Aziz + Söhne <""Dr."">"')
    .replace('taziz,Furnace', 'taziz,Sales')
    .replace('Engraver,2019-03-01,', 'Engraver,2019-03-01,2026-01-31');
  await writeFile(file, `${after}G105,Zoë,# =;,zoe,Furnace,Apprentice,2024-05-01,\n`);
}

/** Everybody of the sample as the domain has them: number, name and unit, flags, groups. */
async function listPeople(samba: SambaAddress): Promise<readonly string[]> {
  const base = `OU=Meridian,${samba.suffix}`;
  const answer = await runSambaTool(samba, 'ldbsearch', [
    ...['-b', base, '(objectClass=user)'],
    ...['employeeNumber', 'userAccountControl', 'pwdLastSet', 'memberOf', 'distinguishedName'],
  ]);
  const people = answer
    .replaceAll('\n ', '')
    .split('\n\n')
    .filter((record) => record.includes('employeeNumber'));
  return people
    .map((record) => {
      const read = (name: string): readonly string[] =>
        [...record.matchAll(new RegExp(`^${name}(::?) (.*)$`, 'gm'))].map(
          ([, separator, value = '']) =>
            separator === '::' ? Buffer.from(value, 'base64').toString('utf8') : value,
        );
      const dn = (read('distinguishedName')[0] ?? '').replace(`,OU=People,${base}`, '');
      const groups = read('memberOf').map((group) =>
        group.replace(/^CN=/, '').replace(`,OU=Groups,${base}`, ''),
      );
      const mustChange = read('pwdLastSet')[0] === '0' ? 'must change' : 'has changed';
      const plain = dn
        .replaceAll(/\\([0-9A-F]{2})/g, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        )
        .replaceAll(/\\([+<>";#=])/g, '$1');
      return `${read('employeeNumber')[0]} ${plain} ${read('userAccountControl')[0]} ${mustChange}: ${groups.join()}`;
    })
    .sort();
}
