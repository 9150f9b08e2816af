/** The people of the badge office: they read tickets, change the file of the badge system by hand, and confirm. */
import { join } from 'node:path';
import type { Ticket } from '../../engine/index.ts';
import type { Stage } from './stage.ts';
import { changeRow, editTable, type TableRow } from './table-file.ts';

type Change = Ticket['order']['changes'][number];

/** Columns of the file, by the properties that tickets speak of. */
const columns: Readonly<Record<string, string>> = { HrNumber: 'hr_number', Holder: 'holder' };

export async function readTickets(stage: Stage): Promise<readonly Ticket[]> {
  return stage.engine.listTickets(stage.workspace.store);
}

/** Does what the tickets ask for, then confirms them. */
export async function workThroughTickets(stage: Stage, tickets: readonly Ticket[]): Promise<void> {
  const { engine, workspace, folder } = stage;
  await editTable(join(folder, 'data', 'badges', 'cards.csv'), (rows) =>
    tickets.reduce<readonly TableRow[]>((cards, ticket) => carryOut(cards, ticket.order), rows),
  );
  await engine.answerTickets(workspace, {
    orderIds: tickets.map(({ orderId }) => orderId),
    answer: 'confirm',
    person: 'badge office',
    comment: 'Done by hand.',
    isDryRun: false,
  });
}

/** What a ticket asks for, in the words of the file. */
export function describeTicket({ order }: Ticket): string {
  const { owner, changeType } = order;
  const card = order.resource?.values['CardNumber'] ?? 'new card';
  switch (changeType) {
    case 'added':
      return `a new card for ${owner.displayName}: ${describeCells(order.changes)}`;
    case 'modified':
      return `card ${card} of ${owner.displayName}: ${describeCells(order.changes)}`;
    case 'deleted':
      return `card ${card} of ${owner.displayName} is withdrawn`;
  }
}

function describeCells(changes: readonly Change[]): string {
  return Object.entries(toCells(changes))
    .map(([column, value]) => `${column} ${value}`)
    .join(', ');
}

function carryOut(cards: readonly TableRow[], order: Ticket['order']): readonly TableRow[] {
  const cells = toCells(order.changes);
  const card = order.resource?.values['CardNumber'] ?? '';
  switch (order.changeType) {
    case 'added': {
      const next = Math.max(0, ...cards.map((row) => Number(row['card']))) + 1;
      return [...cards, { card: String(next), ...cells }];
    }
    case 'modified':
      return changeRow(cards, ['card', card], cells);
    case 'deleted':
      return cards.filter((row) => row['card'] !== card);
  }
}

/** The printer knows capitals only. */
function toCells(changes: readonly Change[]): TableRow {
  const cells: Record<string, string> = {};
  for (const change of changes) {
    if (change.kind === 'link') cells['zone'] = change.value?.values['Code'] ?? '';
    const column = change.kind === 'set' ? columns[change.property] : undefined;
    if (change.kind === 'set' && column !== undefined) {
      cells[column] = (change.value ?? '').toUpperCase();
    }
  }
  return cells;
}
