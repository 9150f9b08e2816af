/** The second day: a few things change, and only what they touch is computed, ordered and told. */
import { join } from 'node:path';
import type { ExplainedEntry } from '../../engine/index.ts';
import { describeTicket, readTickets, workThroughTickets } from './badge-office.ts';
import { callHelpdesk, formatDay } from './build-company.ts';
import { expectSettled, tellOrders } from './first-day.ts';
import {
  countEvaluated,
  describeReading,
  readNewOrders,
  readOrders,
  runJob,
  type Stage,
} from './stage.ts';
import { changeRow, editTable } from './table-file.ts';

const joiner = { number: '1035', first_name: 'Marisol', last_name: 'Ortega', manager: '1020' };
const mover = { number: '1011', contract: '1011-1', login: 'mei.tanakaroth' };
const leaver = { number: '1015', contract: '1015-1' };
const renamed = { number: '1032', lastName: 'Castellane' };
const handMade = { login: 'temp.auditor', name: 'Temporary auditor' };

/** What one system is told: by person, the kind of its only order. */
const expectedOrders: Readonly<Record<string, string>> = {
  [joiner.number]: 'added',
  [mover.number]: 'modified',
  [leaver.number]: 'deleted',
  [renamed.number]: 'modified',
};

async function changeTheWorld({ folder, context, narrator }: Stage): Promise<void> {
  narrator.step('The second day: things change');
  const today = formatDay(context.now());
  const yesterday = formatDay(context.now(), -1);
  const file = (name: string): string => join(folder, 'data', 'hr', name);
  await editTable(file('people.csv'), (rows) =>
    changeRow(
      changeRow([...rows, joiner], ['number', renamed.number], { last_name: renamed.lastName }),
      ['number', mover.number],
      { manager: '1020' },
    ),
  );
  const laboratory = { start: today, end: '', department: 'LAB', site: 'MILL', main: 'true' };
  await editTable(file('contracts.csv'), (rows) => [
    ...changeRow(
      changeRow(rows, ['id', leaver.contract], { end: yesterday }),
      ['id', mover.contract],
      { end: yesterday, main: 'false' },
    ),
    ...[joiner.number, mover.number].map((person) => ({
      ...laboratory,
      id: `${person}-${today}`,
      person,
      kind: 'permanent',
      job: 'Calibration engineer',
    })),
  ]);
  await callHelpdesk(folder, ['add', handMade.login, handMade.name]);
  narrator.say(
    'HR writes new files: Marisol Ortega joins the laboratory today.',
    'Mei Tanaka-Roth moves from customer care in Lindby to the laboratory in Karsted.',
    'Jonas Ahlgren had his last day yesterday. Imogen Thatcher is now Imogen Castellane.',
    `And somebody makes an account "${handMade.login}" in the helpdesk by hand, past HR and Lockstep.`,
  );
}

/** The incremental job: files against the last reading, people against what their evaluation read. */
async function runChanges(stage: Stage): Promise<void> {
  const { narrator, targets } = stage;
  narrator.step('Run the incremental job: four people changed, four orders for each system');
  const before = await readOrders(stage);
  const result = await runJob(stage, 'Changes');
  narrator.say(...describeReading(result));
  narrator.expect('the number of people computed again', countEvaluated(result), 4);
  narrator.say('4 of 35 people were computed again: those who can be concerned by what was read.');
  const orders = await readNewOrders(stage, before);
  tellOrders(stage, orders);
  for (const connector of targets) {
    const own = orders.filter((order) => order.connector === connector);
    narrator.expect(
      `the orders for ${connector}`,
      Object.fromEntries(own.map((order) => [readOwner(order.payload), order.change_type])),
      expectedOrders,
    );
    narrator.expect(`the number of orders for ${connector}`, own.length, 4);
  }
}

/** Payloads are written by the engine from orders of this shape. */
function readOwner(payload: string): string {
  const { owner } = JSON.parse(payload) as { readonly owner: { readonly identifier: string } };
  return owner.identifier;
}

async function settleSecondDay(stage: Stage): Promise<void> {
  const { narrator } = stage;
  narrator.step('Tickets again, and the nightly reading');
  const tickets = await readTickets(stage);
  narrator.expect('the number of tickets', tickets.length, 4);
  for (const ticket of tickets) narrator.say(`Ticket ${ticket.orderId}: ${describeTicket(ticket)}`);
  await workThroughTickets(stage, tickets);
  const { length } = await readOrders(stage);
  await runJob(stage, 'Daily');
  await expectSettled(stage, length);
}

async function showFound(stage: Stage): Promise<void> {
  const { narrator, engine, workspace } = stage;
  narrator.step('What exists, and no rule explains');
  const gaps = await engine.listGaps(workspace.store, workspace.model);
  narrator.table(
    ['KIND', 'WHERE', 'WHAT', 'OF', 'IS', 'RULES SAY'],
    gaps.map((gap) => [
      gap.kind,
      gap.entityType,
      gap.property === null ? gap.target.key : `${gap.target.key}, ${gap.property}`,
      gap.owner?.name ?? 'nobody',
      gap.current,
      gap.proposed,
    ]),
  );
  narrator.expect(
    'what was found',
    gaps.map(({ kind, target }) => `${kind} ${target.key}`).sort(),
    [`orphan ${handMade.login}`, 'property elias.brandvold', 'unauthorized-account 5082'],
  );
  narrator.say(
    'The account made by hand, an address typed by hand, and the card of Greta Holub, who left before we came.',
    'Nothing found in a system is overwritten or deleted without a decision (lockstep reconcile).',
  );
}

async function explain(stage: Stage): Promise<void> {
  const { narrator, engine, workspace } = stage;
  narrator.step('Why is Mei Tanaka-Roth in these teams of the helpdesk?');
  const account = await engine.findResource(
    workspace.store,
    workspace.model,
    `Helpdesk_Account:${mover.login}`,
  );
  const { entries } = await engine.explainResource(workspace, account, { property: 'Teams' });
  for (const entry of entries) narrator.say(...describeEntry(engine, entry));
  narrator.expect('the teams', entries.flatMap(({ value }) => value?.split(', ') ?? []).sort(), [
    'everyone',
    'returns',
  ]);
}

/** Rule, role, context, and the row of the contract that gives the context. */
function describeEntry({ showInstant }: Stage['engine'], entry: ExplainedEntry): readonly string[] {
  const { rule, context, inputs } = entry;
  const lines = [`${entry.value}: ${rule.element} at conf/${rule.file}:${rule.line}`];
  if (entry.singleRole !== null) lines.push(`  because of the role "${entry.singleRole}"`);
  if (context === null) return lines;
  const dimensions = Object.entries(context.dimensions).map(([name, value]) => `${name} ${value}`);
  const from = context.startDate === null ? null : showInstant(context.startDate);
  const start = inputs.find(({ property, value }) => property === 'Start' && value === from);
  const row =
    start?.source?.row == null
      ? ''
      : `, as row ${start.source.row} of ${start.source.table} says (contract ${start.key})`;
  return [...lines, `  with ${dimensions.join(', ')}${row}`];
}

async function runOnceMore(stage: Stage): Promise<void> {
  const { narrator } = stage;
  narrator.step('Once more: nothing changed, nothing happens');
  const before = await readOrders(stage);
  const result = await runJob(stage, 'Changes');
  narrator.expect('what was read anew', describeReading(result), []);
  narrator.expect('the number of people computed again', countEvaluated(result), 0);
  narrator.expect('the number of new orders', (await readNewOrders(stage, before)).length, 0);
  narrator.say('Nothing was written, nobody was computed again, no order was made.');
}

/** In order. */
export const secondDay = [
  changeTheWorld,
  runChanges,
  settleSecondDay,
  showFound,
  explain,
  runOnceMore,
] as const;
