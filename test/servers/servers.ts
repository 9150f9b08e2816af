/** The list of servers tests may ask for. A new one is added here and nowhere else. */

import { findRedHatDirectoryObstacle, startRedHatDirectory } from './389-ds.ts';
import { findApacheDirectoryObstacle, startApacheDirectory } from './apacheds.ts';
import type { DirectoryAddress } from './directory-address.ts';
import { findMariadbObstacle, type MariadbAddress, startMariadb } from './mariadb.ts';
import { findPostgresObstacle, type PostgresAddress, startPostgres } from './postgres.ts';
import { findRobotObstacle, type RobotAddress, startRobot } from './robot.ts';
import { findSambaObstacle, type SambaAddress, startSamba } from './samba.ts';
import { findSambaShareObstacle, type SambaShareAddress, startSambaShare } from './samba-share.ts';
import { findSlapdObstacle, type SlapdAddress, startSlapd } from './slapd.ts';

/** What each server hands to tests; plain data only, as it crosses from vitest's process to its workers. */
export interface ServerAddresses {
  readonly postgres: PostgresAddress;
  readonly mariadb: MariadbAddress;
  readonly ldap: SlapdAddress;
  readonly '389ds': DirectoryAddress;
  readonly apacheds: DirectoryAddress;
  readonly robot: RobotAddress;
  readonly samba: SambaAddress;
  readonly 'samba-share': SambaShareAddress;
}
export type ServerName = keyof ServerAddresses;

interface ServerDefinition<A> {
  /** Why it cannot be started here; `undefined` when it can. */
  readonly findObstacle: () => string | undefined;
  readonly start: () => Promise<A & AsyncDisposable>;
  /** It takes long to start: done when the first test file asks, not with every run. */
  readonly isStartedOnDemand?: true;
}

export const servers: { readonly [N in ServerName]: ServerDefinition<ServerAddresses[N]> } = {
  postgres: { findObstacle: findPostgresObstacle, start: startPostgres },
  mariadb: { findObstacle: findMariadbObstacle, start: startMariadb },
  ldap: { findObstacle: findSlapdObstacle, start: startPlainSlapd },
  '389ds': {
    findObstacle: findRedHatDirectoryObstacle,
    start: startRedHatDirectory,
    isStartedOnDemand: true,
  },
  apacheds: {
    findObstacle: findApacheDirectoryObstacle,
    start: startApacheDirectory,
    isStartedOnDemand: true,
  },
  robot: { findObstacle: findRobotObstacle, start: startRobot },
  samba: { findObstacle: findSambaObstacle, start: startSamba, isStartedOnDemand: true },
  'samba-share': {
    findObstacle: findSambaShareObstacle,
    start: startSambaShare,
    isStartedOnDemand: true,
  },
};

/** Plain data and its end, as what crosses to the workers must be. */
async function startPlainSlapd(): Promise<SlapdAddress & AsyncDisposable> {
  const { restart: _restart, ...slapd } = await startSlapd();
  return slapd;
}

/** Whether `REQUIRE_SERVERS=postgres,mariadb` makes a missing server a failure instead of a skip. */
export function isRequired(name: ServerName): boolean {
  const required = process.env['REQUIRE_SERVERS'] ?? '';
  return required.split(/[\s,]+/).includes(name);
}
