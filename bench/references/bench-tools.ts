/** Where `scripts/install-bench.sh` puts what speed is compared with. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The Python that has DuckDB. Throws when it is not installed. */
export function findPython(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = process.env['LOCKSTEP_BENCH_TOOLS'] ?? join(cache, 'lockstep-bench-tools');
  const python = join(folder, 'bin', 'python3');
  if (existsSync(python)) return python;
  throw new Error(`DuckDB is not installed in ${folder}: run scripts/install-bench.sh.`);
}

/** The script of DuckDB's side. */
export const duckdbScript: string = join(import.meta.dirname, 'run_duckdb.py');
