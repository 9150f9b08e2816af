/** Brings a store's own tables to what this program needs. Migrations only ever grow; a newer store is refused. */
import type { Knex } from 'knex';
import type { Dialect } from './dialect.ts';
import { StoreError } from './errors.ts';
import { up as initial } from './migrations/0001-initial.ts';
import { up as sourceRowsAndCounts } from './migrations/0002-source-rows-and-counts.ts';
import { up as jobs } from './migrations/0003-jobs.ts';
import { up as sessionSeals } from './migrations/0004-session-seals.ts';
import { up as assignmentVersions } from './migrations/0005-assignment-versions.ts';
import { up as historyByKey } from './migrations/0006-history-by-key.ts';
import { up as rolesAndRequests } from './migrations/0007-roles-and-requests.ts';
import { up as classifiedResources } from './migrations/0009-classified-resources.ts';
import { up as delivery } from './migrations/0010-delivery.ts';
import { up as decisions } from './migrations/0011-decisions.ts';
import { up as appliedPlans } from './migrations/0012-applied-plans.ts';
import { up as clockOfEvaluations } from './migrations/0013-clock-of-evaluations.ts';
import { up as identifiedRisks } from './migrations/0014-identified-risks.ts';
import { up as indirectPermissions } from './migrations/0015-indirect-permissions.ts';
import { up as requestedTypes } from './migrations/0016-requested-types.ts';
import { up as mailsAndPasswords } from './migrations/0017-mails-and-passwords.ts';
import { up as passwordResets } from './migrations/0018-password-resets.ts';

const migrations: readonly ((tx: Knex.Transaction) => Promise<void>)[] = [
  initial,
  sourceRowsAndCounts,
  jobs,
  sessionSeals,
  assignmentVersions,
  historyByKey,
  rolesAndRequests,
  classifiedResources,
  delivery,
  decisions,
  appliedPlans,
  clockOfEvaluations,
  identifiedRisks,
  indirectPermissions,
  requestedTypes,
  mailsAndPasswords,
  passwordResets,
];

/** Number of the newest migration this program knows. */
export const latestSchemaVersion = migrations.length;

/** @param wanted number of the last migration to make; an older one than the latest makes a store as it was then, for tests */
export async function migrate(
  knex: Knex,
  dialect: Dialect,
  wanted = latestSchemaVersion,
): Promise<void> {
  if (await isCurrent(knex)) return;
  await knex.transaction(async (tx) => {
    await dialect.lockSchema(tx);
    if (!(await tx.schema.hasTable('meta'))) {
      await tx.schema.createTable('meta', (t) => {
        t.text('name').primary();
        t.text('value').notNullable();
      });
      await tx('meta').insert([
        { name: 'schema_version', value: '0' },
        { name: 'next_id', value: '1' },
      ]);
    }
    const row = await tx('meta').where({ name: 'schema_version' }).first('value');
    const version = Number(row?.value ?? 0);
    if (version > latestSchemaVersion) {
      throw new StoreError(
        'STORE_NEWER_THAN_PROGRAM',
        `The store was written by a newer version of Lockstep (schema ${version}; this program knows ${latestSchemaVersion}).`,
        { hint: 'Update Lockstep on this machine. The store has not been touched.' },
      );
    }
    if (version >= wanted) return;
    for (const up of migrations.slice(version, wanted)) await up(tx);
    await tx('meta')
      .where({ name: 'schema_version' })
      .update({ value: String(wanted) });
  });
}

/** Looks without waiting for anybody who writes: nearly always there is nothing to do. */
async function isCurrent(knex: Knex): Promise<boolean> {
  if (!(await knex.schema.hasTable('meta'))) return false;
  const row = await knex('meta').where({ name: 'schema_version' }).first('value');
  return Number(row?.value ?? 0) === latestSchemaVersion;
}
