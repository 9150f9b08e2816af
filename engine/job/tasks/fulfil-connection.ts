/** Fulfil: open orders to the packages that carry them out. */
import { findDelivery, type Model } from '../../../config/index.ts';
import type { FulfilTarget } from '../../../connectors/index.ts';
import {
  type Circuit,
  describeTarget,
  type FulfilResult,
  fulfilConnection,
} from '../../fulfil/index.ts';
import {
  checkFence,
  countOpenOrders,
  finishRun,
  type Lease,
  listOpenOrders,
  readCircuit,
  startRun,
} from '../../store/index.ts';
import { accessConnection } from '../connection-access.ts';
import { JobError } from '../errors.ts';
import { passwordsOf } from '../mail/order-passwords.ts';
import { tellPeople } from '../mail/tell-people.ts';
import { noticeTickets } from '../mail/ticket-mail.ts';
import { deliveryLease, openResultFile, removeCutOffResults } from '../result-file.ts';
import { completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import { leaseTtlMs, withLease } from '../with-lease.ts';
import type { Workspace } from '../workspace.ts';

export interface FulfilOptions {
  /** One of the two. */
  readonly connector?: string;
  readonly connections: readonly string[];
  readonly isDryRun: boolean;
  /** Only orders that this run made; others wait on. */
  readonly ofRun?: number;
  /** Former states of the assignments that are carried out are not kept. */
  readonly ignoreHistorization?: boolean;
}

/** Orders a dry run names at most; it counts them all. */
const maxShown = 1_000;

export async function fulfilOrders(
  workspace: Workspace,
  options: FulfilOptions,
): Promise<TaskOutcome> {
  const identifiers = connectionsToFulfil(workspace.model, options);
  const outcomes: TaskOutcome[] = [];
  for (const identifier of identifiers) {
    const outcome = await fulfilOne(workspace, identifier, options);
    outcomes.push(outcome);
  }
  const relevant = outcomes.filter((outcome) => outcome.status !== 'nothing');
  const [first, ...others] = relevant;
  if (first === undefined) return nothingToDo('No order waits to be carried out.');
  if (others.length === 0) return first;
  const worst =
    relevant.find((outcome) => outcome.status === 'failed') ??
    relevant.find((outcome) => outcome.status === 'warning') ??
    first;
  return {
    ...worst,
    message: relevant.map((outcome) => outcome.message).join('\n'),
    summary: { connections: relevant.map((outcome) => outcome.summary) },
    producedOutput: true,
  };
}

/** Connections that resource types name for their orders. */
export function connectionsToFulfil(
  model: Model,
  options: Pick<FulfilOptions, 'connector' | 'connections'>,
): readonly string[] {
  if (options.connections.length > 0) return options.connections;
  const named = new Set<string>();
  for (const type of model.resourceTypes.values()) {
    const connection = model.connections.get(type.mapping?.connection ?? '');
    if (connection === undefined) continue;
    if (options.connector === undefined || connection.connector === options.connector)
      named.add(connection.identifier);
  }
  return [...named];
}

async function fulfilOne(
  workspace: Workspace,
  identifier: string,
  { isDryRun, ofRun, ignoreHistorization = false }: FulfilOptions,
): Promise<TaskOutcome> {
  const { store, model, effects } = workspace;
  const open = await store.transaction((t) => countOpenOrders(t, identifier, ofRun));
  if (open === 0) {
    if (!isDryRun) {
      await removeCutOffResults(workspace, identifier);
      await tellPeople(workspace, null);
    }
    return nothingToDo(`No order waits for ${identifier}.`);
  }
  if (isDryRun) {
    const shown = await store.transaction(async (t) => [
      ...(await listOpenOrders(t, identifier, { status: 'intent', after: null, limit: maxShown })),
      ...(await listOpenOrders(t, identifier, {
        status: 'generated',
        after: null,
        limit: maxShown,
      })),
    ]);
    return completed(`${open} orders would be carried out over ${identifier}.`, {
      connection: identifier,
      orders: shown.slice(0, maxShown).map((order) => order.id),
    });
  }
  const access = await accessConnection(workspace, identifier);
  const isOff =
    access.connection.deactivation === 'Fulfill' ||
    model.connectors.get(access.connection.connector)?.isDeactivated === true;
  if (isOff)
    return nothingToDo(`Fulfilment over ${identifier} is deactivated; ${open} orders wait.`);
  if (access.package.fulfiller === undefined) {
    throw new JobError(
      'FULFIL_PACKAGE_READ_ONLY',
      `${access.package.displayName}, the package of connection ${identifier}, cannot carry out orders.`,
      {
        hint: 'Name another connection in the resource type mapping: one that can, or a Usercube.Manual connection for tickets.',
        details: { connection: identifier },
      },
    );
  }
  const circuit = await store.read((t) => readCircuit(t, identifier));
  const now = new Date(effects.now()).toISOString();
  if (circuit?.state === 'open' && (circuit.retry_at ?? '') > now)
    return tellResting(circuit, open);
  const factory = await access.package.fulfiller();
  const targets = targetsOf(model, identifier);
  return withLease(workspace, deliveryLease(identifier), async (lease) => {
    const runId = await begin(workspace, identifier, lease);
    await using fulfiller = await factory.openFulfiller(
      access.settings,
      [...targets.values()],
      access.context,
    );
    await using results = await openResultFile(workspace, identifier, runId);
    const passwords = passwordsOf(workspace, identifier);
    const result = await fulfilConnection(store, {
      model,
      connection: identifier,
      fulfiller,
      targets,
      lease,
      leaseTtlMs,
      limits: findDelivery(model.deliveries, identifier),
      runId,
      ignoreHistorization,
      ...(passwords === null ? {} : { passwords }),
      onSettle: async (t, reports) => {
        await passwords?.settle(t, reports, runId);
        await noticeTickets(t, workspace, reports);
      },
      ...(ofRun === undefined ? {} : { ofRun }),
      now: effects.now,
      logger: effects.logger,
      signal: effects.signal,
      onProgress: (done, total) => effects.progress.report(`fulfil ${identifier}`, done, total),
      onReports: (reports) => results.write(reports),
    });
    await results.finish();
    const status =
      result.stoppedBy !== null ? 'failed' : effects.signal.aborted ? 'interrupted' : 'done';
    await store.transaction(async (t) => {
      await checkFence(t, lease);
      await finishRun(t, runId, {
        status,
        finishedAt: new Date(effects.now()).toISOString(),
        details: summarize(identifier, result),
      });
    });
    await tellPeople(workspace, runId);
    return describe(identifier, result);
  });
}

async function begin(
  { store, model, effects }: Workspace,
  connection: string,
  lease: Lease,
): Promise<number> {
  const startedAt = new Date(effects.now()).toISOString();
  return store.transaction(async (t) => {
    await checkFence(t, lease);
    return startRun(t, {
      kind: 'fulfil',
      subject: connection,
      configurationHash: model.hash,
      startedAt,
    });
  });
}

/** Nothing was tried. */
function tellResting(circuit: Circuit, waiting: number): TaskOutcome {
  const { connection, failures, retry_at: retryAt } = circuit;
  const error = new JobError(
    'FULFIL_CIRCUIT_OPEN',
    `${connection} is left in peace until ${retryAt}, after ${failures} ${failures === 1 ? 'failure' : 'failures in a row'} to reach it; ${waiting} orders wait. ${circuit.message ?? ''}`.trim(),
    {
      hint: `Correct the cause, then run it again after that time, or at once after "lockstep order retry --connection ${connection}".`,
      details: { connection, retryAt },
    },
  );
  return {
    status: 'failed',
    producedOutput: false,
    message: `${error.message} ${error.hint}`,
    summary: { connection, retryAt, waiting },
    error,
  };
}

function targetsOf(model: Model, connection: string): ReadonlyMap<string, FulfilTarget> {
  const targets = new Map<string, FulfilTarget>();
  for (const type of model.resourceTypes.values()) {
    const target = type.mapping?.connection === connection ? describeTarget(model, type) : null;
    if (target !== null) targets.set(type.identifier, target);
  }
  return targets;
}

function summarize(connection: string, result: FulfilResult): Readonly<Record<string, unknown>> {
  const { stoppedBy, openCircuit, ...counts } = result;
  return {
    connection,
    ...counts,
    stoppedBy: stoppedBy?.code ?? null,
    restsUntil: openCircuit?.retry_at ?? null,
  };
}

function describe(connection: string, result: FulfilResult): TaskOutcome {
  const parts = [
    result.executed > 0
      ? `${result.executed} ${result.executed === 1 ? 'order' : 'orders'} carried out`
      : '',
    result.tickets > 0
      ? `${result.tickets} ${result.tickets === 1 ? 'ticket' : 'tickets'} opened`
      : '',
    result.errored > 0 ? `${result.errored} refused by the system` : '',
    result.conflicts > 0
      ? `${result.conflicts} not written because somebody else had changed the value`
      : '',
    result.expired > 0 ? `${result.expired} that nobody waited for any more left alone` : '',
    result.left > 0 ? `${result.left} left for the next run` : '',
  ].filter((part) => part !== '');
  const next =
    result.left > 0 && result.nextAttemptAt !== null && result.stoppedBy === null
      ? ` The next attempt is due at ${result.nextAttemptAt}.`
      : '';
  const message = `${connection}: ${parts.join(', ') || 'nothing done'}.${next}`;
  const summary = summarize(connection, result);
  const { stoppedBy, openCircuit } = result;
  if (stoppedBy !== null) {
    const rest =
      openCircuit === null ? '' : ` The system is left in peace until ${openCircuit.retry_at}.`;
    return {
      status: 'failed',
      producedOutput: false,
      message: `${message} ${stoppedBy.message}${rest}`,
      summary,
      error: stoppedBy,
    };
  }
  const refused = result.errored + result.conflicts;
  if (refused > 0) {
    const status = result.errored > 0 ? 'errored' : 'conflict';
    return {
      status: 'warning',
      producedOutput: true,
      message: `${message} See "lockstep order list --status ${status}".`,
      summary,
    };
  }
  if (next !== '') return { status: 'warning', producedOutput: true, message, summary };
  return completed(message, summary);
}
