/** One start of a program for orders: its answers are noted as they come, then each order is judged by them. */
import { appendFile } from 'node:fs/promises';
import type { ConnectorErrorKind } from '../spi/errors.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { ConnectorContext } from '../spi/package.ts';
import { judgeOrders, judgeUnfinished, type RunVerdict } from '../spi/process/judge-orders.ts';
import type { Fates, OrderFate } from '../spi/process/order-batches.ts';
import type { OrderScriptPlaces } from '../spi/process/order-script.ts';
import { OutputLines } from '../spi/process/output-lines.ts';
import { ProgramLog } from '../spi/process/program-log.ts';
import { createRedaction } from '../spi/process/redaction.ts';
import { formatResultLine, type ResultFile, ResultTable } from '../spi/process/result-file.ts';
import { type ProgramRequest, startProgram } from '../spi/process/start-program.ts';
import { type ResultRecord, readOutputLines, readResultRecord } from './result-lines.ts';

export interface OrderProgram
  extends Pick<ProgramRequest, 'program' | 'args' | 'environment' | 'input' | 'marker'> {
  readonly secrets: readonly string[];
  readonly isRepeatable: boolean;
  readonly timeoutMs: number;
  readonly result: 'output' | 'exitCode';
  readonly kinds: Readonly<Record<string, ConnectorErrorKind>>;
}

const name = 'The program';

export async function runForOrders(
  program: OrderProgram,
  orders: readonly ProvisioningOrder[],
  places: OrderScriptPlaces,
  run: { readonly context: ConnectorContext; readonly signal: AbortSignal },
): Promise<Fates> {
  const { context, signal } = run;
  const { secrets, timeoutMs, isRepeatable, kinds, result } = program;
  const fields = { connection: context.connection };
  const log = new ProgramLog(context.logger, fields);
  const redact = createRedaction(secrets);
  const heard = new Answers(orders, places.results, redact);
  await using running = await startProgram({
    ...{ program: program.program, args: program.args, environment: program.environment },
    ...(program.input === undefined ? {} : { input: program.input }),
    ...(program.marker === undefined ? {} : { marker: program.marker }),
    ...{ folder: places.folder, secrets, signal, timeoutMs, takesOutput: true, onLine: log.take },
  });
  const rest = new OutputLines({
    secrets,
    maxLength: 4_000,
    onLine: (line) => log.take(line, 'stdout'),
  });
  for await (const line of readOutputLines(running.output)) {
    const record = result === 'output' ? readResultRecord(line) : undefined;
    if (record !== undefined) await heard.take(record);
    else rest.take(Buffer.from(`${line}\n`));
  }
  rest.end();
  const end = await running.end;
  for (const oddity of heard.oddities) {
    context.logger.warn({ ...fields, oddity }, 'The program said something odd of its orders.');
  }
  if (end.leftBehind > 0) {
    context.logger.warn(
      { ...fields, processes: end.leftBehind },
      'The program left others running; they were ended.',
    );
  }
  const quote = log.quote();
  const verdict = { program: name, timeoutMs, isRepeatable, end, quote, redact, kinds };
  if (result === 'exitCode') return judgeByExitCode(orders, verdict);
  return heard.withValues(judgeOrders(orders, heard.results(), verdict));
}

/** What a program has said so far; kept in the folder of the run too, for whoever finds it after an interruption. */
class Answers {
  readonly #idByOrder: ReadonlyMap<string, string>;
  readonly #path: string;
  readonly #redact: (text: string) => string;
  readonly #table: ResultTable;
  readonly #records = new Map<string, ResultRecord>();

  constructor(
    orders: readonly ProvisioningOrder[],
    path: string,
    redact: (text: string) => string,
  ) {
    this.#idByOrder = new Map(
      orders.map((order) => [order.id, order.assignedResourceTypeId] as const),
    );
    this.#path = path;
    this.#redact = redact;
    this.#table = new ResultTable(orders);
  }

  get oddities(): readonly string[] {
    return this.#table.oddities;
  }

  async take(record: ResultRecord): Promise<void> {
    const [only] = this.#idByOrder.keys();
    const id = record.orderId ?? (this.#idByOrder.size === 1 ? only : undefined);
    const assigned = this.#idByOrder.get(id ?? '') ?? '';
    const message =
      record.kind === 'unexpected' ? record.message : `[${record.kind}] ${record.message}`;
    const line = { id: assigned, state: record.state, message: this.#redact(message) };
    this.#table.take(line);
    if (id === undefined || assigned === '') return;
    if (record.state === 'executed') this.#records.set(id, record);
    await appendFile(this.#path, formatResultLine(line), { mode: 0o600 }).catch(() => {
      // The program took its folder away: what it says is still heard.
    });
  }

  results(): ResultFile {
    return this.#table.results();
  }

  withValues(fates: Fates): Fates {
    return new Map(
      [...fates].map(([id, fate]): [string, OrderFate] => {
        const values = this.#records.get(id)?.values;
        if (fate.state !== 'executed' || values === undefined) return [id, fate];
        const clean = Object.entries(values).map(
          ([property, value]) => [property, value === null ? null : this.#redact(value)] as const,
        );
        return [id, { ...fate, values: Object.fromEntries(clean) }];
      }),
    );
  }
}

function judgeByExitCode(orders: readonly ProvisioningOrder[], verdict: RunVerdict): Fates {
  return new Map(orders.map((order) => [order.id, judgeExit(verdict)]));
}

function judgeExit(verdict: RunVerdict): OrderFate {
  const { end, kinds, quote } = verdict;
  if (end === undefined || end.endedBy !== 'itself' || end.exitCode === null)
    return judgeUnfinished(verdict);
  if (end.exitCode === 0) return { state: 'executed' };
  const error = new ConnectorError(
    kinds?.[String(end.exitCode)] ?? 'unexpected',
    `${name} ended with exit code ${end.exitCode}.${quote}`,
    { hint: 'Its output is in the log of the task.' },
  );
  return { state: 'errored', error };
}
