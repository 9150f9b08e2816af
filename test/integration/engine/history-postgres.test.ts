import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import { describeHistory } from '../../contract/history-contract.ts';
import { createPostgresDatabase } from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';

vi.setConfig({ testTimeout: 60_000 });

describeWithServer('postgres', 'history in PostgreSQL', (address) => {
  describeHistory(async () => {
    const name = `history_${randomUUID().replaceAll('-', '')}`;
    const database = await createPostgresDatabase(address(), name);
    const { host, port, user, password } = address();
    return {
      settings: {
        client: 'postgres',
        connection: `postgres://${user}:${password}@${host}:${port}/${name}`,
      },
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  });
});
