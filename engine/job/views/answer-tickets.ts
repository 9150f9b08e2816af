import type { Values } from '../../../connectors/index.ts';
import {
  closeTickets,
  FulfilError,
  listTicketPage,
  readTicket,
  type Ticket,
  type TicketPage,
  type TicketSelection,
  toTicketFilter,
} from '../../fulfil/index.ts';
import { type ItemFilter, ownerConditions } from '../../provision/index.ts';
import {
  finishRun,
  listTicketRows,
  readOrders,
  readTableMap,
  type StoreTransaction,
  startRun,
  type TicketFilter,
  writeTaken,
} from '../../store/index.ts';
import { findForTicket } from '../mail/ticket-people.ts';
import type { Workspace } from '../workspace.ts';

/** What tickets are narrowed by. */
export interface TicketsFilter extends Pick<ItemFilter, 'resourceType' | 'owner' | 'since'> {
  readonly takenBy?: string;
  readonly isFree?: boolean;
  readonly isOverdue?: boolean;
}

export interface TicketAnswers {
  /** With a filter, an empty list stands for everything it lets through. */
  readonly orderIds: readonly number[];
  readonly filter?: TicketsFilter;
  readonly answer: 'confirm' | 'fail' | 'take' | 'release';
  readonly person: string;
  readonly comment: string | null;
  readonly isDryRun: boolean;
  /** What the operator wrote instead of what was ordered; of one ticket only. */
  readonly corrections?: Values;
}

/** Tickets in memory at a time. */
const pageSize = 500;

export async function listTicketsOf(
  { store, model, effects }: Workspace,
  filter: TicketsFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<TicketPage> {
  const now = new Date(effects.now()).toISOString();
  return store.read(async (t) => {
    const selection = await toSelection(t, { model, filter });
    return listTicketPage(t, model, { selection, page, now });
  });
}

/** `null`: there is no such open ticket. */
export async function findTicket(
  { store, model, effects }: Workspace,
  orderId: number,
): Promise<Ticket | null> {
  const now = new Date(effects.now()).toISOString();
  return store.read((t) => readTicket(t, model, orderId, now));
}

/** Answers tickets, or says who works on them: all or none. */
export async function answerTickets(
  workspace: Workspace,
  answers: TicketAnswers,
): Promise<{ readonly changed: number; readonly ids: readonly number[] }> {
  const { store, model, effects } = workspace;
  const at = new Date(effects.now()).toISOString();
  const ids: number[] = [];
  const work = store.transaction(async (t) => {
    const runId = await startRun(t, {
      kind: 'decision',
      subject: `ticket ${answers.answer}`,
      configurationHash: model.hash,
      startedAt: at,
    });
    for await (const page of pagesOf(t, workspace, answers, at)) {
      await answerPage(t, workspace, answers, { ids: page, runId, at });
      for (const id of page) ids.push(id);
    }
    await finishRun(t, runId, { status: 'done', finishedAt: at, details: { orders: ids.length } });
    if (answers.isDryRun) throw new DryRunEnd();
  });
  try {
    await work;
  } catch (error) {
    if (!(error instanceof DryRunEnd)) throw error;
  }
  return { changed: ids.length, ids };
}

async function answerPage(
  t: StoreTransaction,
  workspace: Workspace,
  answers: TicketAnswers,
  {
    ids,
    runId,
    at,
  }: { readonly ids: readonly number[]; readonly runId: number; readonly at: string },
): Promise<void> {
  const { model } = workspace;
  const { answer, person, comment, corrections } = answers;
  await refuseStrangers(t, workspace, ids, person);
  if (answer === 'confirm' || answer === 'fail') {
    if (corrections !== undefined) await checkCorrections(t, model, ids, corrections);
    await closeTickets(t, model, ids, {
      ...{ answer, person, comment, runId, at },
      ...(corrections === undefined ? {} : { corrections }),
    });
    return;
  }
  const rows = await readOrders(t, ids);
  const open = new Set(rows.filter((row) => row.status === 'ticket').map((row) => row.id));
  const closed = ids.find((id) => !open.has(id));
  if (closed !== undefined) {
    throw new FulfilError('TICKET_NOT_OPEN', `There is no open ticket ${closed}.`, {
      hint: 'Nothing was changed. List the open tickets with "lockstep ticket list".',
      details: { orderId: closed },
    });
  }
  await writeTaken(t, ids, answer === 'take' ? { by: person, at } : null);
}

/** Where the settings say who answers tickets, nobody else does. */
async function refuseStrangers(
  t: StoreTransaction,
  { model, settings }: Workspace,
  ids: readonly number[],
  person: string,
): Promise<void> {
  const { operators } = settings.manualProvisioning;
  if (operators.size === 0) return;
  const name = person.trim().toLowerCase();
  for (const row of await readOrders(t, ids)) {
    const people = findForTicket(operators, model, row);
    if (people.length === 0 || people.some((each) => each.toLowerCase() === name)) continue;
    throw new FulfilError(
      'TICKET_FORBIDDEN',
      `Ticket ${row.id} is not for ${person}: its kind is for ${people.join(', ')}.`,
      {
        hint: 'Nothing was changed. Let one of them answer it, or change ManualProvisioning.Operators of the settings.',
        details: { orderId: row.id },
      },
    );
  }
}

/** Numbers as they were given, or page by page what the filter lets through. */
async function* pagesOf(
  t: StoreTransaction,
  { model }: Workspace,
  answers: TicketAnswers,
  now: string,
): AsyncGenerator<readonly number[]> {
  const { orderIds, filter = {} } = answers;
  const selection = await toSelection(t, { model, filter });
  const narrowed = toTicketFilter(model, selection, now);
  if (orderIds.length > 0 || answers.filter === undefined) {
    const sorted = [...new Set(orderIds)].sort((a, b) => a - b);
    for (let start = 0; start < sorted.length; start += pageSize) {
      const ids = sorted.slice(start, start + pageSize);
      if (Object.keys(filter).length > 0) await refuseOthers(t, { ...narrowed, ids }, ids);
      yield ids;
    }
    return;
  }
  for (let after = 0; ; ) {
    const rows = await listTicketRows(t, narrowed, { after, limit: pageSize });
    if (rows.length === 0) return;
    const ids = rows.map((row) => row.id);
    yield ids;
    after = ids.at(-1) ?? after;
  }
}

/** Numbers that the other options do not let through. */
async function refuseOthers(
  t: StoreTransaction,
  filter: TicketFilter,
  ids: readonly number[],
): Promise<void> {
  const rows = await listTicketRows(t, filter, { after: 0, limit: ids.length });
  const found = new Set(rows.map((row) => row.id));
  const other = ids.find((id) => !found.has(id));
  if (other === undefined) return;
  throw new FulfilError('TICKET_NOT_OPEN', `Ticket ${other} is not among those the options name.`, {
    hint: 'Nothing was changed. Give numbers, or options that say which tickets are meant.',
    details: { orderId: other },
  });
}

async function toSelection(
  t: StoreTransaction,
  { model, filter }: { readonly model: Workspace['model']; readonly filter: TicketsFilter },
): Promise<TicketSelection> {
  const { owner, ...rest } = filter;
  if (owner === undefined) return rest;
  return { ...rest, owners: ownerConditions(model, await readTableMap(t), owner) };
}

/** An operator corrects what is known by name: text of the resource that the ticket is about. */
async function checkCorrections(
  t: StoreTransaction,
  model: Workspace['model'],
  ids: readonly number[],
  corrections: Values,
): Promise<void> {
  const [row] = await readOrders(t, ids);
  const refuse = (message: string, hint: string): FulfilError =>
    new FulfilError('TICKET_VALUE_INVALID', message, { hint: `Nothing was changed. ${hint}` });
  if (ids.length !== 1 || row === undefined)
    throw refuse(
      'Values were given for more than one ticket.',
      'Confirm tickets whose values differ one by one.',
    );
  if (row.change_type === 'deleted')
    throw refuse(
      `Ticket ${row.id} is about a deletion: nothing is left to hold a value.`,
      'Confirm it without --set.',
    );
  const target = model.resourceTypes.get(row.resource_type)?.targetEntityType ?? '';
  const properties = model.entityModel.entityTypes.get(target)?.properties;
  for (const property of Object.keys(corrections)) {
    if (properties?.get(property)?.kind === 'scalar') continue;
    const known = [...(properties?.values() ?? [])].filter((each) => each.kind === 'scalar');
    throw refuse(
      `${target} has no property "${property}" that holds a text.`,
      `Its properties are: ${known.map((each) => each.identifier).join(', ')}.`,
    );
  }
}

class DryRunEnd extends Error {}
