/** Keys and other unique values that a row of the table has already. */
import type { Database } from '../spi/database/database.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { CellChange } from './fulfil-changes.ts';
import type { TargetPlan } from './fulfil-plan.ts';
import { assign, selectWhere } from './fulfil-statements.ts';
import { type MappedColumn, toBound, toInternal } from './stored-values.ts';

/** Throws `already-exists` when there is a row of this key. */
export async function refuseExisting(
  database: Database,
  plan: TargetPlan,
  key: string,
): Promise<void> {
  const found = await findByValue(database, plan, plan.key, key);
  if (found !== null) throw alreadyExists(plan, found);
}

/** Key of a row that holds `value` by the database's own idea of equality: what a unique index would find. */
async function findByValue(
  database: Database,
  plan: TargetPlan,
  mapped: MappedColumn,
  value: string,
): Promise<string | null> {
  const { dialect } = database;
  const bound = toBound(mapped, value, dialect);
  const statement = selectWhere(
    dialect,
    plan.table,
    [plan.key],
    [{ ...assign(mapped, bound), kind: 'other' as const }],
    false,
  );
  return toInternal(plan.key, (await database.select(statement)).rows[0]?.[0] ?? null);
}

function alreadyExists(plan: TargetPlan, key: string): ConnectorError {
  return new ConnectorError(
    'already-exists',
    `The table ${plan.table.name} has a row of this key.`,
    {
      hint: 'Synchronize the system, so that the row is correlated instead of added.',
      details: { key, property: plan.key.property, table: plan.table.name },
    },
  );
}

/** Says which unique value was taken: the key, or a property. Other errors pass as they are. */
export async function explainDuplicate(
  database: Database,
  plan: TargetPlan,
  cells: readonly CellChange[],
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof ConnectorError) || error.details['isDuplicate'] !== true) return error;
  for (const { mapped, value } of cells) {
    const isUnique = mapped === plan.key || plan.uniqueColumns.includes(mapped);
    if (!isUnique || value === null) continue;
    const found = await findByValue(database, plan, mapped, value);
    if (found === null) continue;
    if (mapped === plan.key) return alreadyExists(plan, found);
    return new ConnectorError(
      'invalid-value',
      `Another row of the table ${plan.table.name} has the same value of "${mapped.property}", which must be unique.`,
      {
        hint: 'Correct the rule that computes the property, or the other row.',
        cause: error.cause,
        details: { property: mapped.property },
      },
    );
  }
  return error;
}
