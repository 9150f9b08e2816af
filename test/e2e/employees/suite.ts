/** What both test files on the sample need: skips with reasons, folders, orders as texts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { isRequired } from '../../servers/servers.ts';
import { findDirectoryObstacle } from './directory.ts';
import { findDataFolder, type Project } from './project.ts';

/** A `describe` that is skipped, with the reason in its title, where the data or slapd are missing. */
export function describeCompany(title: string, body: (dataFolder: string) => void): void {
  const folder = findDataFolder();
  const obstacle =
    findDirectoryObstacle() ??
    (folder === undefined
      ? 'the employees data are not here; LOCKSTEP_EMPLOYEES names them'
      : undefined);
  if (obstacle === undefined && folder !== undefined) {
    describe(title, () => body(folder));
    return;
  }
  if (isRequired('ldap')) {
    describe(title, () => {
      it('has its data and its directory', () => {
        throw new Error(`REQUIRE_SERVERS names ldap, but ${obstacle}`);
      });
    });
    return;
  }
  describe.skip(`${title} (skipped: ${obstacle})`, () => body(''));
}

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

export async function makeTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'lockstep-employees-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Today as the engine sees it: the date in UTC. */
export function readToday(): string {
  return new Date().toISOString().slice(0, 10);
}

interface ListedOrder {
  readonly changeType: string;
  readonly status: string;
  readonly generatedAt: string;
  readonly order: {
    readonly owner: { readonly identifier: string };
    readonly changes: readonly { readonly property: string }[];
  };
}

/** The orders made at or after an instant, as `expectOrders` writes them; every one must have been carried out. */
export async function listOrdersSince(project: Project, since: string): Promise<readonly string[]> {
  const { stdout } = await project.run('--json', 'order', 'list', '--limit', '10000');
  // The shape that docs/reference promises for this command.
  const { orders } = JSON.parse(stdout) as { readonly orders: readonly ListedOrder[] };
  return orders
    .filter(({ generatedAt }) => generatedAt >= since)
    .map(({ changeType, status, order }) => {
      if (status !== 'executed') return `${changeType} ${order.owner.identifier} is ${status}`;
      if (changeType !== 'modified') return `${changeType} ${order.owner.identifier}`;
      const properties = [...new Set(order.changes.map(({ property }) => property))].sort();
      return `modified ${order.owner.identifier} ${properties.join(' ')}`;
    })
    .sort();
}
