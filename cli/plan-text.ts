/** A plan as people read it: what it comes to first, then its orders. */
import type { Plan, PlannedChange, PlannedOrder, WaitingItem } from '../engine/index.ts';
import type { Palette } from './palette.ts';
import { toPrintableLine } from './printable-text.ts';
import { formatTable } from './table.ts';

const kinds = { added: 'create', modified: 'change', deleted: 'delete' } as const;
/** Resource types and properties that are told for each system. */
const toldTypes = 10;
const toldProperties = 5;

export interface OrderPage {
  readonly offset: number;
  readonly orders: readonly PlannedOrder[];
  readonly waiting: readonly WaitingItem[];
}

export function formatPlan({ head, tail }: Plan, page: OrderPage, palette: Palette): string {
  const { count } = tail.orders;
  const title =
    head.kind === 'undo'
      ? `Taking back run ${head.undoes}: ${countOrders(count)}.`
      : `${countOrders(count)} would be made.`;
  const parts = [title];
  if (tail.unusual.length > 0)
    parts.push(
      [
        'Unusual:',
        ...tail.unusual.map(({ connector, message }) =>
          toPrintableLine(`  ! ${connector === '' ? '' : `${connector}: `}${message}`),
        ),
      ].join('\n'),
    );
  if (tail.systems.length > 0) parts.push(formatSystems(tail.systems, palette));
  const properties = tail.systems.flatMap((system) => system.properties.slice(0, toldProperties));
  if (properties.length > 0)
    parts.push(
      formatTable(
        ['CHANGED PROPERTY', 'RESOURCE TYPE', 'ORDERS'],
        properties.map(({ property, resourceType, count: orders }) => [
          property,
          resourceType,
          orders,
        ]),
        palette,
      ),
    );
  if (tail.notes.length > 0) parts.push(tail.notes.map(toPrintableLine).join('\n'));
  if (page.orders.length > 0) parts.push(formatOrders(page, count, palette));
  if (page.waiting.length > 0) parts.push(formatWaiting(page, tail.waiting, palette));
  if (page.offset > 0 && page.orders.length === 0 && page.waiting.length === 0)
    parts.push('This page is empty: the plan ends before it.');
  return parts.join('\n\n');
}

/** Who made a saved plan, when, and of what. */
export function describeOrigin({ createdAt, createdBy, scope, supposed }: Plan['head']): string {
  const { connector, entityTypes } = scope;
  const { configurationFolder, dataFolder } = supposed ?? {};
  const parts = [
    `Made at ${createdAt} by ${createdBy}.`,
    ...(connector === undefined ? [] : [`Only orders to ${connector}.`]),
    ...(entityTypes.length === 0 ? [] : [`Only owners of ${entityTypes.join(', ')}.`]),
    ...(configurationFolder === undefined
      ? []
      : [`Supposed was the configuration of ${configurationFolder}.`]),
    ...(dataFolder === undefined ? [] : [`Supposed were the data of ${dataFolder}.`]),
  ];
  return toPrintableLine(parts.join(' '));
}

function countOrders(count: number): string {
  return count === 1 ? '1 order' : `${count} orders`;
}

function formatSystems(systems: Plan['tail']['systems'], palette: Palette): string {
  const rows = systems.flatMap((system) => [
    [system.connector, '', system.added, system.modified, system.deleted],
    ...system.resourceTypes
      .slice(0, toldTypes)
      .map((type) => ['', type.resourceType, type.added, type.modified, type.deleted]),
  ]);
  return formatTable(['SYSTEM', 'RESOURCE TYPE', 'CREATE', 'CHANGE', 'DELETE'], rows, palette);
}

function formatOrders(
  { offset, orders }: Pick<OrderPage, 'offset' | 'orders'>,
  count: number,
  palette: Palette,
): string {
  const rows = orders.flatMap((order, index) => {
    const head = [
      offset + index + 1,
      kinds[order.changeType],
      order.resourceType,
      order.owner,
      order.resource,
    ];
    const values = order.changeType === 'deleted' ? heldValues(order) : order.changes.map(describe);
    const [first = '', ...others] = values;
    return [[...head, first], ...others.map((value) => ['', '', '', '', '', value])];
  });
  const last = offset + orders.length;
  const table = formatTable(
    ['NO', 'ORDER', 'RESOURCE TYPE', 'OWNER', 'RESOURCE', 'VALUES'],
    rows,
    palette,
  );
  return last < count ? `${table}\n\nOrders ${offset + 1} to ${last} of ${count}.` : table;
}

const waits = {
  new: 'would wait for review',
  changed: 'waits, would ask for this',
  gone: 'would not wait any more',
} as const;

function formatWaiting(
  { offset, waiting }: OrderPage,
  counts: Plan['tail']['waiting'],
  palette: Palette,
): string {
  const rows = waiting.flatMap((item) => {
    const { change, kind, resourceType, owner, resource } = item;
    const head = [waits[change], kind, resourceType, owner, resource];
    const [first = '', ...others] = item.values.map(describeWanted);
    return [[...head, first], ...others.map((value) => ['', '', '', '', '', value])];
  });
  const table = formatTable(
    ['REVIEW', 'ASKS FOR', 'RESOURCE TYPE', 'OWNER', 'RESOURCE', 'VALUES'],
    rows,
    palette,
  );
  const count = counts.new + counts.changed + counts.gone;
  const last = offset + waiting.length;
  return last < count ? `${table}\n\n${offset + 1} to ${last} of ${count}.` : table;
}

function describeWanted({ property, proposed, current }: WaitingItem['values'][number]): string {
  return `${property}: ${current === null ? '' : `${current} → `}${proposed ?? '(empty)'}`;
}

function describe({ kind, property, value, expected }: PlannedChange): string {
  if (kind === 'add') return `${property} + ${value}`;
  if (kind === 'remove') return `${property} - ${value}`;
  const before = expected === undefined || expected === null ? '' : `${expected} → `;
  return `${property}: ${before}${value ?? '(empty)'}`;
}

function heldValues({ held }: PlannedOrder): readonly string[] {
  return Object.entries(held)
    .filter(([, value]) => value !== null)
    .map(([property, value]) => `${property}: ${value}`);
}
