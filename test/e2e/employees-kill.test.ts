/**
 * The sample `employees`, killed with SIGKILL at random moments of a day's work. Wherever it dies: resumed and finished, directory
 * and store are those of a day nobody disturbed, and the directory saw every change exactly once (its own audit log tells).
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithServer } from '../servers/use-server.ts';
import { type Company, type Moment, openCompany, type StorePlace } from './employees/kill-loop.ts';
import { dumpPostgresStore, dumpSqliteStore } from './employees/store-dump.ts';
import {
  describeCompany,
  makeTemporaryFolder,
  readToday,
  type TemporaryFolder,
} from './employees/suite.ts';
import { createRandom, readTables, takePeople } from './employees/tables.ts';

const seed = Number(process.env['LOCKSTEP_KILL_SEED'] ?? 1);
/** At any moment of the cycle; as many as a fifth of it more while orders are carried out. `npm run test:soak` asks for 50. */
const kills = Number(process.env['LOCKSTEP_KILLS'] ?? 10);

const sqlite: StorePlace = {
  settings: { Store: { Client: 'sqlite' } },
  environment: {},
  // The store lies in the project folder.
  save: () => Promise.resolve(),
  restore: () => Promise.resolve(),
  dump: ({ folder }) => dumpSqliteStore(join(folder, 'Work', 'lockstep.db')),
};

/** Kills uniform over the whole cycle, and as many again as `deliveries` says while orders are carried out. */
function chooseMoments(
  company: Company,
  count: number,
  deliveries: number,
  lane: number,
): Moment[] {
  const random = createRandom(seed * 1000 + lane);
  const cycleMs = company.durations.reduce((total, each) => total + each, 0);
  const uniform = Array.from({ length: count }, (): Moment => {
    return { from: 'start', milliseconds: random() * cycleMs };
  });
  const delivering = Array.from({ length: deliveries }, (): Moment => {
    return { from: 'delivery', milliseconds: random() * company.deliveryMs };
  });
  return [...uniform, ...delivering];
}

async function killAll(company: Company, moments: readonly Moment[]): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const moment of moments) {
    const when = `${moment.from} + ${moment.milliseconds.toFixed(0)} ms`;
    const startedAt = performance.now();
    const { end, struck } = await company.runKilled(moment);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`killed at ${when}, after "${struck}"; whole again after ${seconds} s\n`);
    for (const part of ['directory', 'store', 'writes'] as const) {
      if (end[part] === company.undisturbed[part]) continue;
      differences.push(
        `${when} (${struck}): ${part}: ${describeDifference(company.undisturbed[part], end[part])}`,
      );
    }
    if (end.leftovers.length > 0)
      differences.push(`${when}: left behind ${end.leftovers.join(', ')}`);
  }
  return differences;
}

/** The lines that are in one text and not in the other, the first few. */
function describeDifference(expected: string, found: string): string {
  const count = (text: string): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const line of text.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  };
  const [before, after] = [count(expected), count(found)];
  const lines = [...new Set([...before.keys(), ...after.keys()])].filter(
    (line) => before.get(line) !== after.get(line),
  );
  return lines
    .slice(0, 6)
    .map((line) => `${before.get(line) ?? 0} → ${after.get(line) ?? 0} × ${line.slice(0, 400)}`)
    .join('\n    ');
}

describeCompany('a day of the sample employees, killed', (dataFolder) => {
  let folder: TemporaryFolder;
  // Two companies side by side, for the two processors of a small machine.
  let companies: readonly Company[] = [];

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    const tables = takePeople(await readTables(dataFolder), 400);
    companies = await Promise.all(
      ['first', 'second'].map(async (name) => {
        const own = join(folder.path, name);
        await mkdir(own);
        return openCompany(own, tables, sqlite, readToday());
      }),
    );
  });

  afterAll(async () => {
    for (const company of companies) await company[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it(`ends as if nothing had happened, ${kills} times at any moment and ${Math.ceil(kills / 5)} times while delivering`, async () => {
    expect(companies[0]?.undisturbed.writes.split('\n\n').length).toBeGreaterThan(200);

    const differences = await Promise.all(
      companies.map((company, lane) =>
        killAll(company, chooseMoments(company, Math.ceil(kills / 2), Math.ceil(kills / 10), lane)),
      ),
    );

    expect(differences.flat()).toEqual([]);
  }, 900_000);

  describeWithServer('postgres', 'with its store in PostgreSQL', (address) => {
    it('ends as if nothing had happened, 5 times', async () => {
      const own = join(folder.path, 'postgres');
      await mkdir(own);
      const tables = takePeople(await readTables(dataFolder), 400);
      const place = await createPostgresPlace(address());
      await using company = await openCompany(own, tables, place, readToday());

      const differences = await killAll(company, chooseMoments(company, 3, 2, 9));

      expect(differences).toEqual([]);
    }, 300_000);
  });
});

interface PostgresLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** A database of its own, put aside as a template. */
async function createPostgresPlace(login: PostgresLogin): Promise<StorePlace> {
  const { host, port, user, password } = login;
  const urlOf = (database: string): string =>
    `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  const run = async (...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: urlOf('postgres') });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const copy = (from: string, to: string) =>
    run(`drop database if exists ${to} with (force)`, `create database ${to} template ${from}`);
  await run(
    'drop database if exists employees_kill with (force)',
    'create database employees_kill',
  );
  return {
    settings: { Store: { Client: 'postgres', Connection: 'env:LOCKSTEP_STORE' } },
    environment: { LOCKSTEP_STORE: urlOf('employees_kill') },
    save: () => copy('employees_kill', 'employees_kill_start'),
    restore: () => copy('employees_kill_start', 'employees_kill'),
    dump: () => dumpPostgresStore(urlOf('employees_kill')),
  };
}
