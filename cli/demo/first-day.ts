/** The first day: everything is read, people look, orders leave, and the next reading proves them. */
import type { Project, ProvisioningOrderRow, Workspace } from '../../engine/index.ts';
import type { Engine } from '../command-context.ts';
import { CliError } from '../errors.ts';
import { describeTicket, readTickets, workThroughTickets } from './badge-office.ts';
import type { Narrator } from './narrator.ts';
import { countWith, describeStates, readOrders, readReview, runJob, type Stage } from './stage.ts';

/** People of the sample, by what the story says of them. */
const people = 34;
const administrators = 2;
const cardsToMake = 6;

/** Gives the workspace that all scenes work on. */
export async function deploy(
  project: Project,
  engine: Engine,
  narrator: Narrator,
): Promise<Workspace> {
  narrator.step('Deploy the configuration');
  const outcome = await engine.deployProject(project, { isDryRun: false });
  narrator.expect('the number of findings', outcome.diagnostics.length, 0);
  narrator.expect('the deployment', outcome.status, 'deployed');
  if (outcome.status !== 'invalid') {
    narrator.say(
      `${outcome.files.length} files with ${outcome.items.length} elements, no finding; ${outcome.migration.length} tables were made in the store.`,
    );
  }
  return engine.openWorkspace(project);
}

async function load(stage: Stage): Promise<void> {
  const { narrator, engine, workspace, targets } = stage;
  narrator.step('Read everything for the first time, and compute the policy');
  if (targets.includes('Directory')) await runJob(stage, 'Directory_FirstLoad');
  await runJob(stage, 'FirstLoad');
  const status = await engine.readStatus(workspace);
  for (const { identifier, entityTypes } of status.connectors) {
    const counts = entityTypes.map((type) => `${type.resources} ${type.identifier}`).join(', ');
    narrator.say(`${identifier}: ${counts}`);
  }
  narrator.expect('the number of people', await countOf(stage, 'HR_Person'), people);
  const states = await describeStates(stage);
  narrator.table(states.headers, states.rows);
  narrator.say(
    'Verified: is as the rules say already. Pending: an order will be made. Nothing has been written anywhere yet.',
  );
}

async function review(stage: Stage): Promise<void> {
  const { narrator, engine, workspace, context } = stage;
  narrator.step('Review what must not leave by itself');
  const items = await readReview(stage);
  narrator.expect('the number of orders to review', items.length, administrators);
  narrator.table(
    ['ID', 'ORDER', 'RESOURCE TYPE', 'FOR', 'LOGIN'],
    items.map((item) => [
      item.assignmentId,
      item.kind,
      item.resourceType,
      item.owner.name,
      item.values.find(({ property }) => property === 'Login')?.proposed,
    ]),
  );
  const { changed } = await engine.decideReview(workspace.store, workspace.model, {
    decision: 'approve',
    assignmentIds: items.map(({ assignmentId }) => assignmentId),
    person: context.person,
    comment: 'Approved in the demonstration.',
    at: new Date(context.now()).toISOString(),
    isDryRun: false,
  });
  narrator.expect('the number of approvals', changed, administrators);
  narrator.say(
    'Administrators of the helpdesk are reviewed (BlockProvisioning). Both are approved now, under your name.',
  );
}

async function deliver(stage: Stage): Promise<void> {
  const { narrator } = stage;
  narrator.step('Make orders, and carry them out');
  for (const connector of stage.targets) await runJob(stage, `${connector}_Deliver`);
  const orders = await readOrders(stage);
  tellOrders(stage, orders);
  narrator.expect('the number of tickets', countWith(orders, ['ticket']), cardsToMake);
  narrator.expect(
    'the number of orders without result',
    countWith(orders, ['generated', 'intent', 'errored']),
    0,
  );
  narrator.say(
    'The helpdesk was written to directly. The badge system takes nothing from a program, so its orders are tickets.',
  );
}

async function answerTickets(stage: Stage): Promise<void> {
  const { narrator } = stage;
  narrator.step('Work through the tickets by hand');
  const tickets = await readTickets(stage);
  for (const ticket of tickets) narrator.say(`Ticket ${ticket.orderId}: ${describeTicket(ticket)}`);
  await workThroughTickets(stage, tickets);
  narrator.expect('the number of open tickets', (await readTickets(stage)).length, 0);
  narrator.say(
    'Played by this program: the badge office changed data/badges/cards.csv and confirmed each ticket.',
    'A confirmation is a claim. It counts when the next reading shows the card.',
  );
}

/** Two readings: the administrators' accounts depend on ordinary ones, which must have been seen first. */
async function verify(stage: Stage): Promise<void> {
  const { narrator } = stage;
  narrator.step('Read again: every order is proved, or it is not done');
  const before = await readOrders(stage);
  await runJob(stage, 'Daily');
  const dependent = (await readOrders(stage)).slice(before.length);
  narrator.expect('the number of orders that had to wait', dependent.length, administrators);
  narrator.say(
    `${dependent.length} orders for administrators had waited until the ordinary accounts were seen (DependsOn), and left now.`,
  );
  await runJob(stage, 'Daily');
  await expectSettled(stage, before.length + dependent.length);
}

/** All orders executed and seen in the target; nothing pending but what begins on a later day. */
export async function expectSettled(stage: Stage, orders: number): Promise<void> {
  const { narrator, engine, workspace } = stage;
  const all = await readOrders(stage);
  narrator.expect('the number of orders', all.length, orders);
  narrator.expect('the number of executed orders', countWith(all, ['executed']), orders);
  const { resourceTypes } = await engine.readStatus(workspace);
  for (const { identifier, byState } of resourceTypes) {
    const { Verified: verified = 0, None: _left, Pending: planned = 0, ...others } = byState;
    narrator.expect(`what is on its way for ${identifier}`, others, {});
    const isForAdministrators = identifier === 'Helpdesk_Account_Administrator';
    narrator.expect(`what is planned for ${identifier}`, planned, isForAdministrators ? 0 : 1);
    narrator.expect(
      `what is verified for ${identifier}`,
      verified,
      isForAdministrators ? administrators : people - 2,
    );
  }
  const states = await describeStates(stage);
  narrator.table(states.headers, states.rows);
  narrator.say(
    `All ${orders} orders are verified: the systems, read again, show what was ordered.`,
    'Pending is Aino Virtala, whose contract begins in four weeks. Her orders leave on that day, without a new file.',
  );
}

export function tellOrders(stage: Stage, orders: readonly ProvisioningOrderRow[]): void {
  const rows = [...Map.groupBy(orders, (order) => order.resource_type)].map(([type, own]) => {
    const count = (change: ProvisioningOrderRow['change_type']): number =>
      own.filter((order) => order.change_type === change).length;
    return [
      type,
      count('added'),
      count('modified'),
      count('deleted'),
      countWith(own, ['executed']),
      countWith(own, ['ticket']),
    ];
  });
  stage.narrator.table(
    ['ORDERS FOR', 'TO ADD', 'TO CHANGE', 'TO REMOVE', 'CARRIED OUT', 'TICKETS'],
    rows,
  );
}

async function countOf(stage: Stage, entityType: string): Promise<number> {
  const { connectors } = await stage.engine.readStatus(stage.workspace);
  const found = connectors
    .flatMap((connector) => connector.entityTypes)
    .find(({ identifier }) => identifier === entityType);
  if (found !== undefined) return found.resources;
  throw new CliError('DEMO_STEP_UNEXPECTED', `There is no entity type ${entityType}.`, {
    hint: 'The sample company was changed; install it again.',
  });
}

/** In order. */
export const firstDay = [load, review, deliver, answerTickets, verify] as const;
