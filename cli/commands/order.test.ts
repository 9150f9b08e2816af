import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const ajv = new Ajv({ strict: false });

describe('orders on their way', { timeout: 60_000 }, () => {
  let folder: string;
  let ids: readonly number[];

  async function call(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine([...args], surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  async function read<T>(
    schema: keyof typeof jsonOutputSchemas,
    ...args: readonly string[]
  ): Promise<T> {
    const { exitCode, stdout, stderr } = await call('--json', ...args);
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
    const document = JSON.parse(stdout);
    const isValid = ajv.validate(jsonOutputSchemas[schema], document);
    expect({ isValid, errors: ajv.errors }).toEqual({ isValid: true, errors: null });
    return document;
  }

  const change = (sql: string): void => {
    const store = new DatabaseSync(join(folder, 'Work', 'lockstep.db'));
    store.exec(sql);
    store.close();
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-order-'));
    const steps = ['Staff', 'Wiki'].flatMap((connector) =>
      ['export', 'prepare', 'synchronize'].map((step) => [step, '--connector', connector]),
    );
    for (const args of [
      ['init', '.'],
      ['deploy'],
      ...steps,
      ['evaluate'],
      ['generate', '--connector', 'Wiki'],
    ])
      expect(await call(...args)).toMatchObject({ exitCode: 0 });
    const { orders } = await read<{ orders: { id: number }[] }>('order list', 'order', 'list');
    ids = orders.map(({ id }) => id);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    [['order', 'retry'], 'USAGE_SELECTION_MISSING'],
    [['order', 'retry', '1', '--connection', 'WikiTickets'], 'USAGE_SELECTION_MISSING'],
    [['order', 'retry', '--connection', 'Nowhere'], 'CONNECTION_UNKNOWN'],
    [['order', 'retry', '999999'], 'ORDER_UNKNOWN'],
    [['order', 'cancel', '999999'], 'ORDER_UNKNOWN'],
  ])('are left alone by %j', async (args, code) => {
    const { exitCode, stderr, stdout } = await call('--json', ...args);

    expect(exitCode).toBeGreaterThan(0);
    expect(`${stdout}${stderr}`).toContain(code);
  });

  it('are taken back with a name and a reason, once', async () => {
    const [id = 0] = ids;
    const args = ['order', 'cancel', String(id), '--by', 'Eve', '--comment', 'Wrong department.'];

    expect(await read('order cancel', ...args, '--dry-run')).toMatchObject({ isDryRun: true });
    expect(await read('order show', 'order', 'show', String(id))).toMatchObject({
      status: 'generated',
    });
    expect(await read('order cancel', ...args)).toMatchObject({ orders: [id], person: 'Eve' });

    expect(await read('order show', 'order', 'show', String(id))).toMatchObject({
      status: 'cancelled',
      decidedBy: 'Eve',
      events: [{ kind: 'cancelled', person: 'Eve', message: 'Wrong department.' }],
    });
    expect((await call('order', 'show', String(id))).stdout).toContain('Wrong department.');
    expect(await call(...args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(
        `Order ${id} cannot be taken back: it was taken back before.`,
      ),
    });
  });

  it('rest while their system is left in peace, until a person has it tried again', async () => {
    const id = ids.at(-1) ?? 0;
    const until = '2999-01-01T00:00:00.000Z';
    change(`insert into connection_circuits values ('WikiTickets', 'open', 5, 1, '${until}',
        'CONNECTOR_UNREACHABLE', 'It cannot be reached.', '2026-01-01T00:00:00.000Z');
      update provisioning_orders set next_attempt_at = '${until}' where id = ${id}`);

    const rested = await call('fulfil', '--connector', 'Wiki');

    expect(rested.exitCode).toBe(1);
    expect(`${rested.stdout}${rested.stderr}`).toContain(`left in peace until ${until}`);
    const status = await read<{ circuits: readonly object[] }>('status', 'status');
    expect(status.circuits).toMatchObject([{ connection: 'WikiTickets', retryAt: until }]);
    expect((await call('status')).stdout).toContain('It cannot be reached.');
    expect(
      await read('order retry', 'order', 'retry', '--connection', 'wikitickets'),
    ).toMatchObject({
      orders: [id],
      connections: ['WikiTickets'],
      person: 'Alex',
    });
    expect((await call('fulfil', '--connector', 'Wiki')).exitCode).toBe(0);
    expect(await read('order show', 'order', 'show', String(id))).toMatchObject({
      status: 'ticket',
      attempts: 1,
    });
  });
});
