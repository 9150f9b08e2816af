/** A provisioning order as people read it. */
import type { Ticket } from '../engine/index.ts';
import type { Palette } from './palette.ts';
import { type Cell, formatFields, formatTable } from './table.ts';

export type Order = Ticket['order'];
type Change = Order['changes'][number];
type Linked = Extract<Change, { readonly kind: 'add' }>['value'];

const operations: Readonly<Record<Order['changeType'], string>> = {
  added: 'create',
  modified: 'change',
  deleted: 'delete',
};

/** What is done, to what, for whom; then current and proposed values, or what the object holds that is to go. */
export function formatOrder(order: Order, palette: Palette): string {
  const { resourceType, owner } = order;
  const head = formatFields([
    ['Order', order.id],
    [
      'Operation',
      order.passwordReset === undefined
        ? `${operations[order.changeType]} a ${resourceType.targetEntityType}`
        : `reset the password of a ${resourceType.targetEntityType}${order.passwordReset.mustChange ? ', to be changed at the first login' : ''}`,
    ],
    ['Resource type', resourceType.identifier],
    ['Owner', `${owner.displayName} (${owner.identifier})`],
  ]);
  const changed = new Set(order.changes.map((change) => change.property));
  const untouched = Object.entries(order.resource?.values ?? {}).filter(
    ([property, value]) => value !== null && !changed.has(property),
  );
  const rows = order.changes.map((change) => describeChange(change, order));
  const parts = [head];
  if (rows.length > 0) {
    parts.push(formatTable(['PROPERTY', 'CURRENT VALUE', 'PROPOSED VALUE'], rows, palette));
  }
  if (untouched.length > 0)
    parts.push(
      formatTable(
        ['PROPERTY', order.changeType === 'deleted' ? 'CURRENT VALUE' : 'STAYS'],
        untouched,
        palette,
      ),
    );
  const values = Object.entries(order.arguments ?? {});
  if (values.length > 0) parts.push(formatTable(['ARGUMENT', 'VALUE'], values, palette));
  return parts.join('\n\n');
}

function describeChange(change: Change, order: Order): readonly Cell[] {
  switch (change.kind) {
    case 'set': {
      const current = order.resource?.values[change.property] ?? change.expected ?? null;
      return [change.property, current, change.value ?? '(empty)'];
    }
    case 'link':
      return [
        change.property,
        change.expected ? describeLinked(change.expected) : null,
        change.value === null ? '(empty)' : describeLinked(change.value),
      ];
    case 'add':
      return [change.property, null, `add ${describeLinked(change.value)}`];
    case 'remove':
      return [change.property, describeLinked(change.value), 'remove'];
  }
}

function describeLinked({ id, entityType, values }: Linked): string {
  const shown = Object.entries(values).filter(([, value]) => value !== null);
  if (shown.length === 0) return `${entityType} ${id}`;
  return shown.map(([property, value]) => `${property} = ${value}`).join(', ');
}
