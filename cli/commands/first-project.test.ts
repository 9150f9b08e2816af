import { spawn, spawnSync } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const entry = join(import.meta.dirname, '..', 'main.ts');
const timeout = 60_000;
const ajv = new Ajv({ strict: false });

interface Called {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The project that `init` writes, from its first validation to a verified ticket, in this order. */
describe('the first project', { timeout }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-first-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** The command as people call it: a process of its own. */
  function call(...args: readonly string[]): Called {
    return spawnSync(process.execPath, [entry, '-C', folder, ...args], { encoding: 'utf8' });
  }

  /** The document of a command, after its schema has accepted it. Runs in this process, which is faster. */
  async function read(
    schema: keyof typeof jsonOutputSchemas,
    args: readonly string[],
    status = 0,
    // biome-ignore lint/suspicious/noExplicitAny: documents are looked into by tests, after their schema has accepted them.
  ): Promise<any> {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine(['--json', ...args], surroundings);
    const told = exitCode === status ? '' : stdout.text();
    expect({ exitCode, told, stderr: stderr.text() }).toMatchObject({ exitCode: status, told: '' });
    return accept(schema, stdout.text());
  }

  /** What people read. */
  async function show(...args: readonly string[]): Promise<string> {
    const { surroundings, stdout } = createSurroundings(folder, Date.now);
    expect(await runCommandLine(args, surroundings)).toBe(0);
    return stdout.text();
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  function accept(schema: keyof typeof jsonOutputSchemas, text: string): any {
    const document = JSON.parse(text);
    const isValid = ajv.validate(jsonOutputSchemas[schema], document);
    expect(isValid ? [] : ajv.errors).toEqual([]);
    return document;
  }

  it('is written', async () => {
    const called = call('init', folder, '--json');
    const { files } = accept('init', called.stdout);

    expect(called).toMatchObject({ status: 0, stderr: '' });
    expect(files).toContain('conf/jobs.xml');
    expect((await read('error', ['init', folder], 2)).error.code).toBe('INIT_FOLDER_NOT_EMPTY');
  });

  it('validates without a finding', async () => {
    const counts = { errors: 0, warnings: 0, infos: 0 };

    const called = call('validate', '--json');

    expect(called).toMatchObject({ status: 0, stderr: '' });
    expect(accept('validate', called.stdout)).toMatchObject({ status: 'valid', counts });
  });

  it('has tests, which pass without a deployment', async () => {
    const document = await read('test', ['test', '--min-coverage', '100']);

    expect(document).toMatchObject({ status: 'passed', counts: { passed: 1, failed: 0 } });
    expect(document.coverage).toMatchObject({ percent: 100, covered: 7, total: 7 });
    expect((await read('error', ['test', '--filter', 'x y z'], 2)).error.code).toBe('TEST_NONE');
    expect((await read('error', ['test', 'nowhere'], 2)).error.code).toBe('TEST_FILE_NOT_FOUND');
  });

  it('does nothing before it is deployed', async () => {
    const called = call('status', '--json');

    expect(called.status).toBe(2);
    expect(accept('error', called.stdout).error.code).toBe('PROJECT_NOT_DEPLOYED');
  });

  it('gives editors its vocabulary', async () => {
    expect((await read('schema', ['schema', 'xsd'])).content).toContain('<xs:schema');
  });

  it('deploys once, after a dry run that changes nothing', async () => {
    expect((await read('deploy', ['deploy', '--dry-run'])).status).toBe('planned');
    const called = call('deploy', '--json');

    expect(called).toMatchObject({ status: 0, stderr: '' });
    expect(accept('deploy', called.stdout)).toMatchObject({ status: 'deployed' });
    expect(await read('deploy', ['deploy'])).toMatchObject({ status: 'unchanged', items: [] });
  });

  it('reaches its connections', async () => {
    const { connections } = await read('connection list', ['connection', 'list']);
    const checked = (await read('connection check', ['connection', 'check'])).connections;
    const { tables } = await read('connection schema', ['connection', 'schema', 'StaffList']);

    expect(connections).toHaveLength(3);
    expect(checked.every((entry: { status: string }) => entry.status === 'ready')).toBe(true);
    expect(tables[0].columns).toHaveLength(4);
    expect((await read('error', ['connection', 'check', 'None'], 2)).error.code).toBe(
      'CONNECTION_UNKNOWN',
    );
  });

  it('shows its job before it runs', async () => {
    const { jobs } = await read('job list', ['job', 'list']);
    const { steps } = await read('job steps', ['job', 'run', 'Everything', '--dry-run']);

    expect(jobs).toMatchObject([{ identifier: 'Everything', last: null }]);
    expect(steps.length).toBeGreaterThan(5);
    expect((await read('error', ['job', 'run', 'Nothing'], 2)).error.code).toBe('JOB_UNKNOWN');
  });

  it('runs its job', async () => {
    const { stdout, stderr, status } = call('job', 'run', 'Everything', '--json');

    expect(accept('job run', stdout).status).toBe('completed');
    expect(stderr).toContain('StaffList: 5 rows read');
    expect(status).toBe(0);
  });

  it('says what stands where', async () => {
    const status = await read('status', ['status']);

    expect(status).toMatchObject({ tickets: 2, gaps: 2, review: 0 });
    expect(status.jobs[0]).toMatchObject({ job: 'Everything', status: 'completed' });
  });

  it('shows resources', async () => {
    const page = await read('resource list', ['resource', 'list', 'staff_person', '--limit', '2']);
    const rest = await read('resource list', [
      'resource',
      'list',
      'Staff_Person',
      '--after',
      String(page.nextAfter),
    ]);
    const one = await read('resource list', [
      'resource',
      'list',
      'Staff_Person',
      '--where',
      'Login=blindqvist',
    ]);

    expect(page.resources).toHaveLength(2);
    expect(rest.resources).toHaveLength(3);
    expect(one.resources).toMatchObject([{ key: '1002', name: 'Bo Lindqvist' }]);
    expect(await read('resource show', ['resource', 'show', 'Staff_Person:1002'])).toMatchObject({
      displayName: 'Bo Lindqvist',
      assignments: [{ resourceType: 'Wiki_User_Person', target: { key: 'blindqvist' } }],
    });
    expect((await read('error', ['resource', 'show', 'nobody'], 2)).error.code).toBe(
      'RESOURCE_UNKNOWN',
    );
    expect((await read('error', ['resource', 'list', 'Persons'], 2)).error.code).toBe(
      'ENTITY_TYPE_UNKNOWN',
    );
  });

  it('explains a value down to rule and row', async () => {
    const { entries } = await read('explain', ['explain', 'Staff_Person:1002', 'Team']);

    expect(entries).toMatchObject([
      {
        value: 'Research',
        current: 'Sales',
        rule: { element: 'ScalarRule', file: 'policy.xml' },
        inputs: [{ key: '1002', property: 'Department', source: { table: 'StaffList', row: 2 } }],
      },
    ]);
    expect(await show('explain', 'Staff_Person:1002', 'Team')).toContain(
      'ScalarRule at policy.xml:',
    );
    expect((await read('error', ['explain', 'Staff_Person:1002', 'Shoes'], 2)).error.code).toBe(
      'PROPERTY_UNKNOWN',
    );
  });

  it('explains without rows, and says why, while a file of the last reading is not as it was written', async () => {
    const sessions = join(folder, 'Work', 'Synchronization');
    const files = (await readdir(sessions, { recursive: true })).filter((name) =>
      /session\.json$|Staff_Person\.sorted\.csv$/.test(name),
    );
    expect(files.length).toBeGreaterThan(1);
    for (const kind of ['session.json', 'Staff_Person.sorted.csv']) {
      const originals = new Map<string, Buffer>();
      for (const name of files.filter((file) => file.endsWith(kind))) {
        const path = join(sessions, name);
        const bytes = await readFile(path);
        originals.set(path, bytes);
        await writeFile(path, Buffer.concat([bytes, Buffer.from(' ')]));
      }

      const document = await read('explain', ['explain', 'Staff_Person:1002', 'Team']);

      expect(document.entries[0].inputs[0].source).toMatchObject({ table: 'StaffList', row: null });
      expect(document.notes).toEqual([expect.stringContaining(kind)]);
      expect(await show('explain', 'Staff_Person:1002', 'Team')).toContain(
        'is not as it was written',
      );
      for (const [path, bytes] of originals) await writeFile(path, bytes);
    }
    expect((await read('explain', ['explain', 'Staff_Person:1002', 'Team'])).notes).toEqual([]);
  });

  it('lets tickets be confirmed and reported as not possible', async () => {
    const { tickets, total } = await read('ticket list', ['ticket', 'list']);
    const [first, second] = tickets.map((ticket: { orderId: number }) => String(ticket.orderId));

    expect(total).toBe(2);
    expect((await read('ticket show', ['ticket', 'show', first])).order.changeType).toBe('added');
    expect((await read('error', ['ticket', 'confirm'], 2)).error.code).toBe(
      'USAGE_SELECTION_MISSING',
    );
    expect((await read('decision', ['ticket', 'confirm', '--all', '--dry-run'])).changed).toBe(2);
    expect(
      await read('decision', ['ticket', 'confirm', first, '--by', 'Kim', '--comment', 'Done.']),
    ).toMatchObject({ ids: [Number(first)], person: 'Kim', comment: 'Done.', changed: 1 });
    expect((await read('error', ['ticket', 'confirm', first], 2)).error.code).toBe(
      'USAGE_SELECTION_UNKNOWN',
    );
    expect(
      (await read('decision', ['ticket', 'fail', second, '--comment', 'No licence.'])).changed,
    ).toBe(1);
    expect(await read('order show', ['order', 'show', second])).toMatchObject({
      status: 'errored',
      message: 'No licence.',
    });
    expect(
      (await read('order list', ['order', 'list', '--status', 'executed'])).orders,
    ).toHaveLength(1);
  });

  it('holds refused orders for review until they are unblocked', async () => {
    const { items } = await read('review list', ['review', 'list']);
    const id = String(items[0].assignmentId);

    expect(items).toMatchObject([{ state: 'errored', lastError: 'No licence.' }]);
    expect((await read('review show', ['review', 'show', id])).assignmentId).toBe(Number(id));
    expect((await read('error', ['review', 'approve', id], 2)).error.code).toBe(
      'USAGE_SELECTION_UNKNOWN',
    );
    expect((await read('decision', ['review', 'unblock', id])).changed).toBe(1);
  });

  it('lets differences be decided about', async () => {
    const { gaps } = await read('reconcile list', ['reconcile', 'list']);
    const property = gaps.find((gap: { kind: string }) => gap.kind === 'property');
    const id = String(property.assignmentId);

    expect((await read('reconcile show', ['reconcile', 'show', id])).gaps).toMatchObject([
      { property: 'Team', current: 'Sales', proposed: 'Research' },
    ]);
    expect((await read('decision', ['reconcile', 'delete', '--all'])).changed).toBe(0);
    expect(
      (await read('decision', ['reconcile', 'accept', id, '--property', 'Team'])).changed,
    ).toBe(1);
  });

  it('goes through the steps one by one', async () => {
    await appendFile(join(folder, 'data', 'wiki.csv'), 'dnovak,Dana Novak,Sales\n');
    const steps: readonly (readonly string[])[] = [
      ['export', '--connector', 'Wiki', '--dry-run'],
      ['export', '--connector', 'wiki'],
      ['prepare', '--connector', 'Wiki'],
      ['synchronize', '--connector', 'Wiki', '--dry-run'],
      ['synchronize', '--connector', 'Wiki'],
      ['evaluate', '--dirty'],
      ['generate', '--connector', 'Wiki', '--dry-run'],
      ['generate', '--connector', 'Wiki'],
      ['fulfil', '--connector', 'Wiki', '--dry-run'],
      ['fulfil', '--connector', 'Wiki'],
    ];

    for (const step of steps) {
      for (const task of (await read('tasks', step)).tasks) {
        expect({ step, ...task }).not.toHaveProperty('status', 'failed');
      }
    }

    expect(
      (await read('resource show', ['resource', 'show', 'Staff_Person:1004'])).assignments,
    ).toMatchObject([{ provisioningState: 'Verified' }]);
    expect((await read('error', ['export', '--connector', 'Nobody'], 2)).error.code).toBe(
      'USAGE_CONNECTOR_UNKNOWN',
    );
    expect(
      (await read('error', ['synchronize', '--connector', 'Wiki', '--discard', '--resume'], 2))
        .error.code,
    ).toBe('USAGE_OPTIONS_CONFLICT');
  });

  it('is held by a threshold until somebody has looked', async () => {
    const file = join(folder, 'conf', 'people.xml');
    const xml = await readFile(file, 'utf8');
    await writeFile(file, xml.replace('InsertedLines="0"', 'InsertedLines="5"'));
    await appendFile(join(folder, 'data', 'staff.csv'), '1006,Finn,Byrne,Sales\n');
    expect((await read('deploy', ['deploy'])).items).toMatchObject([
      { change: 'changed', key: 'Staff' },
    ]);

    const held = await read('job run', ['job', 'run', 'Everything'], 3);

    expect(held.status).toBe('blocked');
    expect((await read('status', ['status'])).connectors).toMatchObject([
      {
        ...{ identifier: 'Staff', waiting: 'blocked', held: null },
        blockedSince: expect.stringMatching(/^20/),
        lastApplied: expect.stringMatching(/^20/),
      },
      { identifier: 'Wiki', waiting: 'none', blockedSince: null },
    ]);
    expect((await read('tasks', ['synchronize', '--connector', 'Staff'], 3)).tasks[0].status).toBe(
      'blocked',
    );
    expect(await read('job run', ['job', 'run', 'Everything', '--resume'])).toMatchObject({
      instanceId: held.instanceId,
      status: 'completed',
    });
    expect((await read('error', ['job', 'run', 'Everything', '--resume'], 1)).error.code).toBe(
      'JOB_NOTHING_TO_RESUME',
    );
  });

  it('stops at the next safe point when told to, and goes on from there', async () => {
    const { surroundings, stdout, stderr, signals, exits } = createSurroundings(folder, Date.now);
    const { write } = stderr;
    let hasStopped = false;
    stderr.write = (text) => {
      if (!hasStopped && String(text).includes('_Export_')) {
        hasStopped = true;
        signals.emit('SIGINT');
      }
      return write(text);
    };

    const exitCode = await runCommandLine(['--json', 'job', 'run', 'Everything'], surroundings);

    expect(exitCode).toBe(130);
    expect(exits).toEqual([]);
    expect(accept('job run', stdout.text()).status).toBe('cancelled');
    expect((await read('job run', ['job', 'run', 'Everything', '--resume'])).status).toBe(
      'completed',
    );
  });

  it('tells a step that was stopped as such', async () => {
    const { surroundings, stdout, signals } = createSurroundings(folder, () => {
      if (!hasStopped) signals.emit('SIGTERM');
      hasStopped = true;
      return Date.now();
    });
    let hasStopped = false;

    const exitCode = await runCommandLine(
      ['--json', 'export', '--connector', 'Wiki'],
      surroundings,
    );

    expect(exitCode).toBe(130);
    expect(accept('error', stdout.text()).error.code).toBe('RUN_INTERRUPTED');
  });

  it('is shown to people in tables', async () => {
    expect(await show('status')).toContain('CONNECTOR  RESOURCES');
    expect(await show('job', 'list')).toContain('Everything');
    expect(await show('job', 'steps', 'Everything')).toContain('ExportTask');
    expect(await show('job', 'run', 'Everything')).toContain('Job Everything: completed.');
    expect(await show('resource', 'list', 'Wiki_User')).toContain('Ana Rey');
    expect(await show('resource', 'show', 'Wiki_User:arey', '--history')).toContain('FullName');
    expect(await show('order', 'list')).toContain('WikiTickets');
    expect(await show('ticket', 'list')).toContain('Wiki_User_Person');
    expect(await show('review', 'list')).toContain('Nothing waits');
    expect(await show('reconcile', 'list')).toContain('orphan');
    expect(await show('connection', 'list')).toContain('Usercube.Manual');
    expect(await show('connection', 'check')).toContain('ready');
    expect(await show('deploy')).toContain('Nothing to deploy');
  });

  it('survives a reader that goes away', async () => {
    const child = spawn(process.execPath, [entry, '-C', folder, 'status'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });

    const status = await new Promise((resolve) => child.on('close', resolve));

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
