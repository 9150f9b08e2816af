/** Roles on the command line: who holds what, by name and by state, and what is told of somebody who only asked. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

/*
 *  Everybody      Reader, by rule
 *  Ana (1001)     Author, approved by hand, which brings Wiki
 *  Bo (1002)      asked for Author; nobody has agreed yet
 *  Chidi (1003)   is denied Reader
 */
const roles = `
  <CompositeRole Identifier="Author" DisplayName_L1="Author" Policy="Default" EntityType="Staff_Person" ApprovalWorkflowType="One" />
  <SingleRole Identifier="Wiki" DisplayName_L1="Wiki" Policy="Default" EntityType="Staff_Person" />
  <SingleRole Identifier="Reader" DisplayName_L1="Reader" Policy="Default" EntityType="Staff_Person" />
  <SingleRoleRule Role="Wiki" CompositeRole="Author" Policy="Default" />
  <SingleRoleRule Role="Reader" Policy="Default" />`;

describe('roles', { timeout: 60_000 }, () => {
  let folder: string;

  async function call(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine(args, surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  async function rows(...args: readonly string[]): Promise<readonly string[]> {
    const { exitCode, stdout, stderr } = await call(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [, ...lines] = stdout.trimEnd().split('\n');
    return lines.map((line) => line.trim().replace(/ {2,}/gu, ' | '));
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-roles-'));
    await call('init', folder);
    const policy = join(folder, 'conf', 'policy.xml');
    const text = await readFile(policy, 'utf8');
    await writeFile(policy, text.replace('<ResourceType ', `${roles}\n<ResourceType `));
    for (const args of [
      ['deploy'],
      ['job', 'run', 'Everything'],
      ['role', 'request', 'Author', '1001', '1002', '--by', 'eva'],
      ['role', 'approve', '--owner', '1001', '--by', 'kim'],
      ['role', 'deny', 'Reader', '1003', '--by', 'eva'],
      ['job', 'run', 'Everything'],
    ])
      expect(await call(...args)).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('that another role brought have a state of their own, everywhere', async () => {
    const listed = await rows('role', 'list', '--state', '118');

    expect(listed).toEqual([expect.stringContaining('Given by a Role | Wiki | Ana Rey (1001)')]);
    for (const row of await rows('role', 'list', '--state', '18'))
      expect(row).toContain('Calculated | Reader');
    expect(await rows('role', 'list', '--state', '18,118')).toHaveLength(5);
    for (const command of [
      ['report', 'permissions', '--owner', 'Staff_Person:1001'],
      ['report', 'assigned-roles', '--role', 'Wiki'],
      ['report', 'entitlements', '--role', 'Wiki'],
      ['report', 'coverage'],
      ['resource', 'show', 'Staff_Person:1001'],
      ['resource', 'show', 'Staff_Person:1001', '--as-of', new Date().toISOString()],
      ['explain', 'Staff_Person:1001', '--role', 'Wiki'],
    ])
      expect((await call(...command)).stdout).toMatch(/Given by a Role/u);
  });

  it('that somebody only asked for, or is denied, are not among what is held', async () => {
    const held = await rows('report', 'entitlements', '--owner', 'Staff_Person:1002');
    const own = await rows('report', 'permissions', '--owner', 'Staff_Person:1002');
    const coverage = await rows('report', 'coverage');

    expect([...held, ...own].filter((row) => row.includes('Author'))).toEqual([]);
    expect([...held, ...own].filter((row) => row.includes('Reader'))).toHaveLength(2);
    expect(coverage).toContainEqual('role | Author | Approved | 1 | 100');
    expect(coverage).toContainEqual('role | Reader | Calculated | 4 | 100');
    expect((await call('report', 'assigned-roles')).stdout).toContain('Pending Approval');
    const denied = await call('resource', 'show', 'Staff_Person:1003');
    expect(denied.stdout).toContain('Denied, Approved');
  });

  it('are told with their owners and ends when something is asked for several', async () => {
    const asked = await rows(
      ...['role', 'request', 'author', '1003', '1004', '--until', '20990101', '--dry-run'],
    );

    expect(asked.slice(1)).toEqual([
      'ID | ROLE | OWNER | STATE | UNTIL | MISSING',
      '- | Author | Chidi Okafor (1003) | Pending Approval | 2099-01-01 | -',
      '- | Author | Dana Novak (1004) | Pending Approval | 2099-01-01 | -',
    ]);
  });

  it('are found by their names, whatever the letter case', async () => {
    expect(await rows('role', 'list', '--role', 'WIKI')).toHaveLength(1);
    expect(await rows('role', 'list', '--defined', '--role', 'author')).toHaveLength(1);
    expect(await rows('report', 'entitlements', '--role', 'reader')).toHaveLength(4);
    const nearly = await call('role', 'request', 'Autor', '1001');
    expect(nearly.stderr).toContain('Did you mean "Author"?');
  });

  it.each([
    [['role', 'list', '--role', 'Gone'], 'REQUEST_ROLE_UNKNOWN'],
    [['role', 'approve', '--role', 'Gone'], 'REQUEST_ROLE_UNKNOWN'],
    [['reconcile', 'list', '--role', 'Gone'], 'ROLE_UNKNOWN'],
    [['reconcile', 'keep', '--role', 'Gone', '--comment', 'x'], 'ROLE_UNKNOWN'],
    [['report', 'entitlements', '--role', 'Gone'], 'ROLE_UNKNOWN'],
    [['role', 'list', '--state', 'Approved'], 'USAGE_INVALID'],
    [['role', 'list', '--state', '6'], 'USAGE_INVALID'],
    [['role', 'list', '--limit', '0'], 'USAGE_INVALID'],
    [['role', 'show', '999999'], 'REQUEST_NOT_OPEN'],
    [['role', 'approve', '999999'], 'DECISION_NOT_OPEN'],
    [['role', 'approve'], 'USAGE_SELECTION_MISSING'],
    [['role', 'approve', '1', '--owner', '1002'], 'USAGE_OPTIONS_CONFLICT'],
    [['role', 'cancel', '--all'], 'USAGE_INVALID'],
    [['role', 'cancel'], 'USAGE_SELECTION_MISSING'],
    [['role', 'request', 'Author', '1002', '--by', 'eva'], 'REQUEST_EXISTS'],
    [['role', 'approve', '--owner', '1002', '--by', 'Eva'], 'DECISION_PERSON_REFUSED'],
  ])('are refused as wrong usage, and nothing is done: %j', async (args, code) => {
    const { exitCode, stderr } = await call(...args);

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(code) });
  });

  it('tell who comes second who came first', async () => {
    const open = await rows('role', 'list', '--open');
    const id = open[0]?.split(' ')[0] ?? '';
    await call('role', 'decline', id, '--by', 'kim', '--comment', 'Not needed.');

    const { exitCode, stderr } = await call('role', 'approve', id, '--by', 'lou');

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /nothing to approve for \d+\. The last decision.*: role decline, by kim/u,
    );
  });
});
