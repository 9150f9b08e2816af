/** Resource types asked for on the command line, beside roles: from the request to the ticket, and what is refused. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const ajv = new Ajv({ strict: false });

function checkOutput(schema: keyof typeof jsonOutputSchemas, document: unknown): void {
  expect(ajv.validate(jsonOutputSchemas[schema], document) ? [] : ajv.errors).toEqual([]);
}

describe('a resource type that people ask for', { timeout: 60_000 }, () => {
  let folder: string;

  async function call(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine(args, surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  async function json(...args: readonly string[]) {
    const { exitCode, stdout, stderr } = await call('--json', ...args);
    expect(stderr).not.toContain('error');
    return { exitCode, document: JSON.parse(stdout) };
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-requests-'));
    await call('init', folder);
    const policy = join(folder, 'conf', 'policy.xml');
    const text = await readFile(policy, 'utf8');
    await writeFile(
      policy,
      text.replace('<ResourceType ', '<ResourceType ApprovalWorkflowType="One" '),
    );
    expect((await call('deploy')).exitCode).toBe(0);
    expect((await call('job', 'run', 'Everything')).exitCode).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('goes from the denial of a rule through its review, and back', async () => {
    const defined = await json('role', 'list', '--defined', '--kind', 'resource-type');
    const [type] = defined.document.roles;
    expect(type).toMatchObject({ kind: 'resource-type', approval: 'One' });

    const dry = await json('role', 'deny', type.role, '1001', '--by', 'eva', '--dry-run');
    expect(dry.document).toMatchObject({ isDryRun: true, roles: [{ id: null, workflowState: 8 }] });
    expect((await call('role', 'list', '--kind', 'single')).stdout).not.toContain(type.role);
    expect((await call('role', 'list', '--open')).stdout).toContain('No assigned role.');

    const denied = await json('role', 'deny', type.role, '1001', '--by', 'eva');
    const { id } = denied.document.roles[0];
    const again = await call('role', 'deny', type.role, '1001', '--by', 'eva');
    expect(again.exitCode).not.toBe(0);
    expect(again.stderr).toContain('REQUEST_EXISTS');

    const listed = await json('role', 'list', '--review');
    expect(listed.document.roles).toMatchObject([
      { id, kind: 'resource-type', role: type.role, isDenied: true, waiting: { step: 1, of: 1 } },
    ]);
    const shown = await call('role', 'show', String(id));
    expect(shown.stdout).toContain(`${type.role} (resource-type)`);
    const own = await call('role', 'approve', String(id), '--by', 'eva');
    expect(own.stderr).toContain('DECISION_PERSON_REFUSED');
    // Declining needs a comment by default.
    const silent = await call('role', 'decline', '--role', type.role, '--by', 'kim');
    expect(silent.stderr).toContain('DECISION_COMMENT_REQUIRED');
    const approved = await json('role', 'approve', '--role', type.role, '--by', 'kim');
    expect(approved.document.roles).toMatchObject([{ id, workflowState: 16 }]);

    expect((await call('job', 'run', 'Everything')).exitCode).toBe(0);
    const explained = await call('explain', 'Staff_Person:1001');
    expect(explained.stdout).toContain(`Denied: ${type.role}`);
    expect(explained.stdout).toMatch(/asked: {3}by eva at /);
    expect(explained.stdout).toMatch(/step 1: {2}approved by kim at /);
    const told = await json('explain', 'Staff_Person:1001');
    expect(told.document.requests).toMatchObject([
      { assignmentId: id, request: 'deny', requestedBy: 'eva', approvals: [{ by: 'kim' }] },
    ]);
    checkOutput('explain', told.document);
    checkOutput('role list', listed.document);
    checkOutput('role change', denied.document);
  });
});
