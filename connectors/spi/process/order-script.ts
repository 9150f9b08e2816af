/** Runs a script that takes a folder of orders and writes a results file: the way of PowerShell and Robot Framework. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFileError } from '../file-access.ts';
import { writeFileAtomically } from '../file-writing.ts';
import type { ProvisioningOrder } from '../order.ts';
import { formatOrders, parseOrders } from '../order-json.ts';
import type { ConnectorContext } from '../package.ts';
import { judgeOrders } from './judge-orders.ts';
import type { Fates } from './order-batches.ts';
import { ProgramLog } from './program-log.ts';
import { createRedaction } from './redaction.ts';
import { readResultFile } from './result-file.ts';
import { type ProgramRequest, startProgram } from './start-program.ts';

/** Where things lie in the folder of a run. */
export interface OrderScriptPlaces {
  readonly folder: string;
  readonly orders: string;
  readonly results: string;
}

export function placesBelow(folder: string): OrderScriptPlaces {
  return {
    folder,
    orders: join(folder, 'orders'),
    results: join(folder, 'results.csv'),
  };
}

/** All orders of the run, for whoever finds its folder after an interruption. */
const handedOverFile = 'handed-over.json';

/** Writes a file per order, for our account alone: scripts read one small file at a time. */
export async function writeOrderPlaces(
  places: OrderScriptPlaces,
  orders: readonly ProvisioningOrder[],
): Promise<void> {
  try {
    await mkdir(places.orders, { mode: 0o700 });
    for (const [index, order] of orders.entries()) {
      const name = `order_${String(index + 1).padStart(6, '0')}.json`;
      await writeFile(join(places.orders, name), formatOrders([order]), { mode: 0o600 });
    }
  } catch (error) {
    throw describeFileError(error, places.folder, 'write');
  }
  await writeHandedOver(places, orders);
}

/** Notes which orders the run is about to get. Durable when it resolves. */
export async function writeHandedOver(
  places: OrderScriptPlaces,
  orders: readonly ProvisioningOrder[],
): Promise<void> {
  await writeFileAtomically(join(places.folder, handedOverFile), formatOrders(orders, 0), 0o600);
}

/** Files of ours that scripts load, in a folder that stays where it is. */
export async function writeRuntimeFiles(
  workFolder: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = join(workFolder, 'runtime');
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      const before = await readFile(path, 'utf8').catch(() => undefined);
      if (before !== text) await writeFileAtomically(path, text);
    }
    return folder;
  } catch (error) {
    throw describeFileError(error, folder, 'write');
  }
}

export interface OrderScript
  extends Pick<ProgramRequest, 'program' | 'args' | 'environment' | 'input' | 'marker'> {
  readonly secrets: readonly string[];
  readonly isRepeatable: boolean;
  /** Most milliseconds between two results. */
  readonly timeoutMs: number;
  /** How errors and logs name it. */
  readonly name: string;
}

/** Runs it once. Throws a `ConnectorError` only when it cannot be started. */
export async function runOrderScript(
  script: OrderScript,
  orders: readonly ProvisioningOrder[],
  places: OrderScriptPlaces,
  run: { readonly context: ConnectorContext; readonly signal: AbortSignal },
): Promise<Fates> {
  const { context, signal } = run;
  const fields = { connection: context.connection };
  const log = new ProgramLog(context.logger, fields);
  const { name, timeoutMs, isRepeatable, secrets } = script;
  await using running = await startProgram({
    program: script.program,
    args: script.args,
    environment: script.environment,
    ...(script.input === undefined ? {} : { input: script.input }),
    ...(script.marker === undefined ? {} : { marker: script.marker }),
    folder: places.folder,
    secrets,
    signal,
    // Time runs between results: a run of many orders is not late because there are many.
    timeoutMs: 0,
    onLine: log.take,
  });
  using _watch = watchResults(places.results, timeoutMs, () => void running.stop('timeout'));
  const end = await running.end;
  const results = await readResultFile(places.results, orders);
  for (const oddity of results.oddities) {
    context.logger.warn({ ...fields, oddity }, 'The results file of the script is odd.');
  }
  if (end.leftBehind > 0) {
    context.logger.warn(
      { ...fields, processes: end.leftBehind },
      'The script left programs running; they were ended.',
    );
  }
  context.logger.info(
    { ...fields, rows: orders.length, durationMs: end.durationMs, exitCode: end.exitCode },
    'The script has ended.',
  );
  const redact = createRedaction(secrets);
  return judgeOrders(orders, results, {
    program: name,
    timeoutMs,
    isRepeatable,
    end,
    quote: log.quote(),
    redact,
  });
}

/** What a run that was interrupted with us left in its folder. */
export async function readOrderLeftover(
  path: string,
  script: Pick<OrderScript, 'name' | 'isRepeatable' | 'secrets'> & {
    /** The script wrote the file itself, up to its own end; else what it did after ours is not in it. */
    readonly writesResults: boolean;
  },
): Promise<{ readonly orders: readonly ProvisioningOrder[]; readonly fates: Fates } | undefined> {
  const places = placesBelow(path);
  const text = await readFile(join(path, handedOverFile), 'utf8').catch(() => undefined);
  // Written last, and whole: without it the script had not been started.
  if (text === undefined) return undefined;
  const orders = parseOrders(text, handedOverFile);
  const read = await readResultFile(places.results, orders);
  const results = { ...read, tellsStarts: read.tellsStarts && script.writesResults };
  const fates = judgeOrders(orders, results, {
    program: script.name,
    timeoutMs: 0,
    isRepeatable: script.isRepeatable,
    end: undefined,
    quote: '',
    redact: createRedaction(script.secrets),
  });
  return { orders, fates };
}

/** Calls once when the file has not grown for so long. */
function watchResults(path: string, timeoutMs: number, onStall: () => void): Disposable {
  let grewAt = performance.now();
  let size = 0;
  const timer = setInterval(
    async () => {
      const now = await stat(path).then(
        (facts) => facts.size,
        () => 0,
      );
      if (now !== size) {
        size = now;
        grewAt = performance.now();
      } else if (performance.now() - grewAt > timeoutMs) {
        clearInterval(timer);
        onStall();
      }
    },
    Math.min(250, timeoutMs / 4),
  );
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
