/** The same tests on a fresh store in SQLite and in PostgreSQL, without a project around it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import type { StoreSettings } from '../../../engine/store/index.ts';
import { createPostgresDatabase } from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';

interface FreshStore extends AsyncDisposable {
  readonly settings: StoreSettings;
}

/** Makes an empty place for a store; it is gone, with all that is in it, when disposed. */
type MakeStore = () => Promise<FreshStore>;

export function describeOnFreshStores(
  body: (makeStore: MakeStore, client: StoreSettings['client']) => void,
): void {
  describe('a store in SQLite', () => body(makeFile, 'sqlite'));
  describeWithServer('postgres', 'a store in PostgreSQL', (address) =>
    body(async () => {
      const { host, port, user, password } = address();
      const name = `fresh_${randomUUID().replaceAll('-', '')}`;
      const database = await createPostgresDatabase(address(), name);
      const connection = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${name}`;
      return {
        settings: { client: 'postgres', connection },
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      };
    }, 'postgres'),
  );
}

async function makeFile(): Promise<FreshStore> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-fresh-'));
  return {
    settings: { client: 'sqlite', file: join(folder, 'lockstep.db') },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
