import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeHistory } from '../../../test/contract/history-contract.ts';
import { openStore } from '../index.ts';
import { up } from '../migrations/0005-assignment-versions.ts';
import { versionTables } from './history-assignments.ts';

describe('history in SQLite', () => {
  describeHistory(async () => ({
    settings: { client: 'sqlite', file: ':memory:' },
    async [Symbol.asyncDispose]() {},
  }));

  it('knows of assignments made before it was kept since which run they are as they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-history-'));
    const startedAt = '2024-05-06T07:08:09.000Z';
    {
      await using store = await openStore({ client: 'sqlite', file: join(folder, 'x.db') });
      const role = await store.transaction(async ({ tx }) => {
        for (const [table, { table: versions }] of Object.entries(versionTables)) {
          await tx.schema.dropTable(versions);
          await tx.raw(`alter table "${table}" drop column valid_from`);
        }
        await tx.schema.renameTable('assigned_roles', 'assigned_single_roles');
        await tx.raw('drop index runs_started_at_index');
        await tx('runs').insert({
          ...{ id: 7, kind: 'evaluate', subject: '', configuration_hash: '', details: '{}' },
          ...{ started_at: startedAt, status: 'done' },
        });
        await tx('assigned_single_roles').insert({
          ...{ id: 1, role: 'R', owner_type: 'Person', owner_id: 2, run_id: 7 },
          ...{ workflow_state: 0, is_denied: 0 },
        });

        await up(tx);

        return tx('assigned_single_roles').first();
      });

      expect(role).toMatchObject({ id: 1, valid_from: startedAt });
    }
    await rm(folder, { recursive: true });
  });
});
