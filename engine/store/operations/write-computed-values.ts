import type { EntityTable } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import { allocateIds } from './allocate-ids.ts';
import { historyColumns } from './load-entities.ts';

/** Writes values of one computed property, with their history and an entry in `resource_changes` each. */
export async function writeComputedValues(
  transaction: StoreTransaction,
  entity: EntityTable,
  target: { readonly property: string; readonly column: string },
  changes: readonly { readonly id: number; readonly value: string | null }[],
  run: { readonly id: number; readonly at: string },
): Promise<void> {
  const { tx, dialect } = transaction;
  if (changes.length === 0) return;
  const stage = `c_${entity.table.slice(2)}`;
  await tx.raw(dialect.temporaryTable(stage, 'id bigint primary key, value text'));
  await dialect.insertRows(
    tx,
    stage,
    ['id', 'value'],
    changes.map(({ id, value }) => [id, value]),
  );
  const kept = historyColumns(entity);
  await tx.raw(
    `insert into "${entity.historyTable}" (${kept.join(', ')}, valid_to)
     select ${kept.map((column) => `r.${column}`).join(', ')}, ? from "${stage}" s cross join "${entity.table}" r where s.id = r.id`,
    [run.at],
  );
  await tx.raw(
    `update "${entity.table}" as r set "${target.column}" = s.value, run_id = ?, valid_from = ? from "${stage}" as s where s.id = r.id`,
    [run.id, run.at],
  );
  const first = await allocateIds(transaction, changes.length);
  await dialect.insertRows(
    tx,
    'resource_changes',
    ['id', 'run_id', 'entity_type', 'resource_id', 'kind', 'properties'],
    changes.map(({ id }, index) => [
      first + index,
      run.id,
      entity.entityType,
      id,
      'update',
      JSON.stringify([target.property]),
    ]),
  );
  await tx.raw(`drop table "${stage}"`);
}
