/** What an order changes: cells of the row, and rows of link tables. */
import { ConnectorError } from '../spi/errors.ts';
import type { LinkedResource, PropertyChange, ProvisioningOrder } from '../spi/order.ts';
import { linkedValueOf } from './fulfil-links.ts';
import type { ColumnLink, TableLink, TargetPlan } from './fulfil-plan.ts';
import type { MappedColumn } from './stored-values.ts';

/** A cell an order writes; `expected` is absent where the order does not care. */
export interface CellChange {
  readonly mapped: MappedColumn;
  readonly value: string | null;
  readonly expected?: string | null;
}
/** A row of a link table that an order adds, removes or replaces. */
export interface LinkChange {
  readonly link: TableLink;
  readonly change: Exclude<PropertyChange, { kind: 'set' }>;
}

/** Sorts an order's changes into cells of the row and rows of link tables; refuses what has no place. */
export function splitChanges(
  plan: TargetPlan,
  order: ProvisioningOrder,
): { readonly cells: readonly CellChange[]; readonly links: readonly LinkChange[] } {
  const cells: CellChange[] = [];
  const links: LinkChange[] = [];
  for (const change of order.changes) {
    if (change.kind === 'set') {
      const mapped = plan.columnByProperty.get(change.property);
      if (mapped === undefined) throw noPlace(change.property, 'column', 'entity type mapping');
      const { value, expected } = change;
      cells.push({ mapped, value, ...(expected === undefined ? {} : { expected }) });
      continue;
    }
    const link = plan.linkByProperty.get(change.property);
    if (link === undefined) throw noPlace(change.property, 'link table', 'resource type mapping');
    if (link.kind === 'table') links.push({ link, change });
    else cells.push(toCell(link, change));
  }
  return { cells, links };
}

function toCell(link: ColumnLink, change: Exclude<PropertyChange, { kind: 'set' }>): CellChange {
  const nameLinked = (linked: LinkedResource | null): string | null =>
    linked === null ? null : linkedValueOf(link, linked);
  const mapped = link.linked;
  switch (change.kind) {
    case 'link':
      return {
        mapped,
        value: nameLinked(change.value),
        ...(change.expected === undefined ? {} : { expected: nameLinked(change.expected) }),
      };
    case 'add':
      return { mapped, value: nameLinked(change.value) };
    case 'remove':
      return { mapped, value: null, expected: nameLinked(change.value) };
  }
}

function noPlace(property: string, what: string, where: string): ConnectorError {
  return new ConnectorError('unsupported', `The property "${property}" has no ${what}.`, {
    hint:
      what === 'column'
        ? `Give it a ConnectionColumn in the ${where}.`
        : 'Add <ls:Link Property="…" Table="…" Column="…" LinkedColumn="…"/> to the ls:SqlResourceTypeMapping.',
    details: { property },
  });
}
