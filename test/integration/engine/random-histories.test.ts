/**
 * Random histories with one store in PostgreSQL and one in SQLite: what one evaluates of what changed is what the other
 * evaluates of everything. `engine/job/random-histories.test.ts` plays them in memory.
 */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { openPlayer, type Player } from '../../../engine/job/histories/play.fixture.ts';
import { playRange } from '../../../engine/job/histories/run-histories.fixture.ts';
import { createPostgresDatabase, type PostgresAddress } from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';

const histories = Number(process.env['LOCKSTEP_SOAK_HISTORIES_POSTGRES'] ?? 8);
const first = Number(process.env['LOCKSTEP_HISTORY_SEED'] ?? 1);
/** So many live in one company. */
const populations = histories < 1000 ? 4 : 16;

async function openOnServer(address: PostgresAddress, isDirty: boolean): Promise<Player> {
  const name = `history_${randomUUID().replaceAll('-', '')}`;
  const database = await createPostgresDatabase(address, name);
  const { host, port, user, password } = address;
  const connection = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${name}`;
  const player = await openPlayer({ isDirty, store: { client: 'postgres', connection } });
  return {
    ...player,
    async [Symbol.asyncDispose]() {
      await player[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

describeWithServer('postgres', 'random histories with the store in PostgreSQL', (address) => {
  it.each([
    ['what changed', true, 0],
    ['all', false, 1_000_000],
  ])(
    'end as they do in SQLite, with %s evaluated there',
    async (_, isDirty, shift) => {
      const played = await playRange({
        first: first + shift,
        companies: Math.ceil(histories / 2 / populations),
        populations,
        openPlayers: async () => [
          await openOnServer(address(), isDirty),
          await openPlayer({ isDirty: !isDirty }),
        ],
      });

      expect(
        played.failures.map(
          ({ seed, message, history }) => `${seed}: ${message}\n${JSON.stringify(history)}`,
        ),
      ).toEqual([]);
      expect(played.histories).toBeGreaterThanOrEqual(histories / 2);
      expect(played.assignments).toBeGreaterThan(played.histories);
    },
    4 * 3_600_000,
  );
});
