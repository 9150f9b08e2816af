import { randomUUID } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { openStore } from '../../../engine/store/index.ts';
import { describeStore } from '../../contract/store-contract.ts';
import { createPostgresDatabase } from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';

vi.setConfig({ testTimeout: 60_000 });

describeWithServer('postgres', 'a PostgreSQL store', (address) => {
  const connect = (database: string): string => {
    const { host, port, user, password } = address();
    return `postgres://${user}:${password}@${host}:${port}/${database}`;
  };

  describeStore(async () => {
    const name = `store_${randomUUID().replaceAll('-', '')}`;
    const database = await createPostgresDatabase(address(), name);
    return {
      settings: { client: 'postgres', connection: connect(name) },
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  });

  it('is unreachable, and says so without the password, when the database does not exist', async () => {
    const failure = openStore({ client: 'postgres', connection: connect('nowhere') });

    await expect(failure).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    await expect(failure).rejects.not.toThrow(address().password);
  });

  it('is unreachable when nobody listens', async () => {
    const failure = openStore({ client: 'postgres', connection: 'postgres://a:b@127.0.0.1:1/x' });

    await expect(failure).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});
