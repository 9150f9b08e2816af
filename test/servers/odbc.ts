/** Whether ODBC drivers are there to be tested with: unixODBC's library and its drivers for PostgreSQL, MariaDB and SQLite. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const wanted = ['PostgreSQL Unicode', 'MariaDB Unicode', 'SQLite3', 'FreeTDS'];

/** What is missing; `undefined` when nothing is. */
export function findOdbcObstacle(): string | undefined {
  try {
    createRequire(import.meta.url).resolve('odbc');
  } catch {
    return 'the package odbc is not installed';
  }
  let listed: string;
  try {
    listed = execFileSync('odbcinst', ['-q', '-d'], { encoding: 'utf8' });
  } catch {
    return 'unixODBC is not installed';
  }
  const missing = wanted.filter((name) => !listed.includes(`[${name}]`));
  return missing.length === 0 ? undefined : `there is no ODBC driver for ${missing.join(', ')}`;
}

/** Whether `REQUIRE_SERVERS=odbc` makes missing drivers a failure instead of a skip. */
export function isOdbcRequired(): boolean {
  return (process.env['REQUIRE_SERVERS'] ?? '').split(/[\s,]+/).includes('odbc');
}
