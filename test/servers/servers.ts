/** The list of servers tests may ask for. A new one is added here and nowhere else. */
import { findMariadbObstacle, type MariadbAddress, startMariadb } from './mariadb.ts';
import { findPostgresObstacle, type PostgresAddress, startPostgres } from './postgres.ts';
import { findSlapdObstacle, type SlapdAddress, startSlapd } from './slapd.ts';

/** What each server hands to tests; plain data only, as it crosses from vitest's process to its workers. */
export interface ServerAddresses {
  readonly postgres: PostgresAddress;
  readonly mariadb: MariadbAddress;
  readonly ldap: SlapdAddress;
}
export type ServerName = keyof ServerAddresses;

interface ServerDefinition<A> {
  /** Why it cannot be started here; `undefined` when it can. */
  readonly findObstacle: () => string | undefined;
  readonly start: () => Promise<A & AsyncDisposable>;
}

export const servers: { readonly [N in ServerName]: ServerDefinition<ServerAddresses[N]> } = {
  postgres: { findObstacle: findPostgresObstacle, start: startPostgres },
  mariadb: { findObstacle: findMariadbObstacle, start: startMariadb },
  ldap: { findObstacle: findSlapdObstacle, start: () => startSlapd() },
};

/** Whether `REQUIRE_SERVERS=postgres,mariadb` makes a missing server a failure instead of a skip. */
export function isRequired(name: ServerName): boolean {
  const required = process.env['REQUIRE_SERVERS'] ?? '';
  return required.split(/[\s,]+/).includes(name);
}
