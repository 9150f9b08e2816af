/** Plans against a real directory: taken back, and gone on with after the process was killed. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Client } from 'ldapts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyPlan, makePlan, makeUndo } from '../../../engine/index.ts';
import type { SlapdAddress } from '../../servers/slapd.ts';
import { startTcpProxy } from '../../servers/tcp-proxy.ts';
import { findCommand } from '../../servers/use-command.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { openClient } from '../connectors/ldap-directory.ts';
import { type DirectoryProject, makeDirectoryProject } from './company-directory.fixture.ts';

const request = { person: 'ben', comment: null, force: false, isDryRun: false };

async function plan(project: DirectoryProject, name: string): Promise<string> {
  const path = join(project.folder, name);
  await using workspace = await project.open();
  await makePlan(workspace, {
    hypothesis: {},
    scope: { entityTypes: [] },
    person: 'ana',
    path,
  });
  return path;
}

describeWithServer('ldap', 'plans against a directory', (address) => {
  let slapd: SlapdAddress;
  let client: Client;

  beforeAll(async () => {
    slapd = address();
    client = await openClient(slapd);
  });
  afterAll(async () => {
    await client?.unbind();
  });

  const makeBase = async (): Promise<string> => {
    const base = `ou=${randomUUID()},${slapd.suffix}`;
    await client.add(base, { objectClass: 'organizationalUnit' });
    for (const name of ['staff', 'money'])
      await client.add(`cn=${name},${base}`, {
        objectClass: 'groupOfNames',
        businessCategory: name,
        member: slapd.rootDn,
      });
    return base;
  };
  /** Every entry below the base, attributes and values sorted, passwords included. */
  const dump = async (base: string): Promise<readonly string[]> => {
    const { searchEntries } = await client.search(base, { scope: 'sub', attributes: ['*'] });
    return searchEntries
      .map(({ dn, ...attributes }) =>
        [
          dn.toLowerCase(),
          ...Object.entries(attributes)
            .map(([name, values]) => `${name}: ${[values].flat().map(String).sort().join(' | ')}`)
            .sort(),
        ].join('\n'),
      )
      .sort();
  };
  const account = (base: string, number: string, rest: Record<string, string> = {}) =>
    client.add(`uid=${number},${base}`, {
      objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
      uid: number,
      cn: `N${number}`,
      sn: `N${number}`,
      employeeNumber: number,
      ...rest,
    });

  /*
   * 1 is new · 2 gets another title and another group · 3 has left · 4 stays as he is, in the group that others come and go in
   */
  it('are taken back: what was created, changed and deleted, and who was in which group', async () => {
    const base = await makeBase();
    await using project = await makeDirectoryProject(slapd, base);
    await project.people(['2,N2,clerk,staff', '3,N3,clerk,staff', '4,N4,clerk,money']);
    await project.readAndEvaluate();
    const first = await plan(project, 'first.plan');
    {
      await using workspace = await project.open();
      await applyPlan(workspace, { ...request, path: first });
    }
    await project.readAndEvaluate();
    const original = await dump(base);
    await project.people(['1,N1,clerk,money', '2,N2,head,money', '4,N4,clerk,money']);
    await project.readAndEvaluate();
    const path = await plan(project, 'second.plan');
    await using workspace = await project.open();
    const applied = await applyPlan(workspace, { ...request, path });
    const changed = await dump(base);
    expect(applied).toMatchObject({ status: 'applied', orders: { executed: 3 } });

    const back = join(project.folder, 'back.plan');
    const undo = await makeUndo(workspace, {
      runId: applied.runId ?? 0,
      person: 'ana',
      path: back,
    });
    const undone = await applyPlan(workspace, { ...request, path: back });

    expect(undo.tail.systems).toMatchObject([{ added: 1, modified: 1, deleted: 1 }]);
    expect(undone).toMatchObject({ status: 'applied', orders: { executed: 3 } });
    expect(changed).not.toEqual(original);
    expect(await dump(base)).toEqual(original);
  });

  it('tell what does not come back, and bring back the rest', async () => {
    const base = await makeBase();
    await using project = await makeDirectoryProject(slapd, base);
    await project.people(['2,N2,clerk,staff', '3,N3,clerk,staff']);
    await account(base, '2', { title: 'clerk' });
    await account(base, '3', {
      title: 'clerk',
      userPassword: 'only the directory knows',
      description: 'written by hand',
      telephoneNumber: '123',
    });
    await project.readAndEvaluate();
    {
      await using workspace = await project.open();
      await applyPlan(workspace, { ...request, path: await plan(project, 'groups.plan') });
    }
    await project.readAndEvaluate();
    const original = await dump(base);
    await project.people(['2,N2,clerk,staff']);
    await project.readAndEvaluate();
    const path = await plan(project, 'leave.plan');
    await using workspace = await project.open();
    const applied = await applyPlan(workspace, { ...request, path });
    expect(applied.orders).toEqual({ executed: 1 });

    const back = join(project.folder, 'back.plan');
    const undo = await makeUndo(workspace, {
      runId: applied.runId ?? 0,
      person: 'ana',
      path: back,
    });
    await applyPlan(workspace, { ...request, path: back });

    const notes = undo.tail.notes.join('\n');
    expect(notes).toContain('Description');
    expect(notes).toContain('no rule writes them');
    expect(notes).toContain('Passwords and whatever else is never read.');
    const lost = /^(userPassword|description|telephoneNumber): /;
    const without = (entries: readonly string[]): readonly string[] =>
      entries.map((entry) =>
        entry
          .split('\n')
          .filter((line) => !lost.test(line))
          .join('\n'),
      );
    expect(await dump(base)).toEqual(without(original));
    expect(original).not.toEqual(without(original));
  });

  it('go on after the process was killed between orders, and order nothing twice', async () => {
    const base = await makeBase();
    await using proxy = await startTcpProxy(slapd.port);
    await using project = await makeDirectoryProject(slapd, base, proxy.port);
    const numbers = Array.from({ length: 12 }, (_, index) => String(index + 1));
    await project.people(numbers.map((number) => `${number},N${number},clerk,staff`));
    await project.readAndEvaluate();
    const path = await plan(project, 'many.plan');
    // What comes after the first few requests hangs: the process is in the middle of its orders when it dies.
    proxy.decide((request_) => ({ kind: request_ <= 14 ? 'forward' : 'stall' }));
    const child = spawn(process.execPath, [findCommand(), '-C', project.folder, 'apply', path], {
      stdio: 'ignore',
    });
    const ended = once(child, 'close');
    await expect.poll(() => proxy.requests, { timeout: 60_000 }).toBeGreaterThan(14);
    child.kill('SIGKILL');
    const [, signal] = await ended;
    const accounts = async (): Promise<number> =>
      (await dump(base)).filter((entry) => entry.startsWith('uid=')).length;
    const before = await accounts();
    proxy.decide(() => ({ kind: 'forward' }));
    await using workspace = await project.open();

    const resumed = await applyPlan(workspace, { ...request, path });

    expect(signal).toBe('SIGKILL');
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(numbers.length);
    expect(resumed).toMatchObject({
      status: 'applied',
      isResumed: true,
      orders: { executed: numbers.length },
    });
    expect(await accounts()).toBe(numbers.length);
    const staff = (await dump(base)).find((entry) => entry.startsWith('cn=staff,')) ?? '';
    for (const number of numbers) expect(staff).toContain(`uid=${number},`);
    const made = await workspace.store.read(({ tx }) =>
      tx('provisioning_orders').count({ n: '*' }).first(),
    );
    expect(Number(made?.['n'])).toBe(numbers.length);
    await expect(applyPlan(workspace, { ...request, path })).rejects.toMatchObject({
      code: 'PLAN_ALREADY_APPLIED',
    });
  });
});
