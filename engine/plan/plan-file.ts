/**
 * A plan in a file: one JSON document per line. The first says what the plan is about, the last what it comes to; between
 * them one line for each order, then one for each thing that would wait for a review instead. The last line seals all that stands before it, so that a damaged file is told from a stale
 * one; what an altered file says is never believed, because applying computes everything anew and compares.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import type { DataDigest } from '../store/index.ts';
import { PlanError } from './errors.ts';
import { digestOrder, type PlannedOrder } from './planned-order.ts';
import type { SystemEffect } from './summarize.ts';
import type { Unusual } from './unusual.ts';
import type { WaitingCounts, WaitingItem } from './waiting.ts';

const format = 'lockstep-plan';
const version = 2;
/** Text that is written at once. */
const chunkSize = 256 * 1024;

export interface PlanScope {
  /** Orders to this connector only. */
  readonly connector?: string;
  /** Owners of these entity types only; empty: all. */
  readonly entityTypes: readonly string[];
}

export interface PlanHead {
  readonly format: typeof format;
  readonly version: typeof version;
  readonly id: string;
  readonly kind: 'run' | 'undo';
  /** UTC ISO. */
  readonly createdAt: string;
  readonly createdBy: string;
  readonly scope: PlanScope;
  /** Of an undo: the run whose orders it takes back. */
  readonly undoes?: number;
  /** Folders of a supposed configuration or supposed data. */
  readonly supposed?: { readonly configurationFolder?: string; readonly dataFolder?: string };
}

export interface PlanTotals {
  readonly systems: readonly SystemEffect[];
  readonly unusual: readonly Unusual[];
  /** What could not be computed, what waits for a review: one sentence each. */
  readonly notes: readonly string[];
  /** What would wait for a review, and make no order. */
  readonly waiting: WaitingCounts;
}

export interface PlanTail extends PlanTotals {
  readonly configuration: string;
  /** By element and key: the beginning of its digest. */
  readonly items: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, DataDigest>>;
  readonly orders: { readonly count: number; readonly sha256: string };
  /** Of configuration, data and orders: the same for equal ones, wherever and whenever the plan was made. */
  readonly hash: string;
}

export interface Plan {
  readonly head: PlanHead;
  readonly tail: PlanTail;
}

export function startHead(head: Omit<PlanHead, 'format' | 'version'>): PlanHead {
  return { format, version, ...head };
}

/** One digest of all digests, whatever their order. */
export class OrderDigests {
  readonly #digests: string[] = [];

  add(digest: string): void {
    this.#digests.push(digest);
  }

  get count(): number {
    return this.#digests.length;
  }

  /** Memory: 43 characters for each order. */
  finish(): string {
    const hash = createHash('sha256');
    for (const digest of this.#digests.sort()) hash.update(digest);
    return hash.digest('hex');
  }
}

export function hashPlan(
  { kind, scope, undoes }: Pick<PlanHead, 'kind' | 'scope' | 'undoes'>,
  { configuration, data, orders }: Pick<PlanTail, 'configuration' | 'data' | 'orders'>,
): string {
  const sorted = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [
    format,
    version,
    kind,
    scope.connector ?? null,
    scope.entityTypes.toSorted(),
    undoes ?? null,
    configuration,
    sorted.map(([name, { rows, sha256 }]) => [name, rows, sha256]),
    orders.count,
    orders.sha256,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Writes a plan beside its place and puts it there when it is whole; closing it before leaves nothing. */
export class PlanWriter implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #text = '';
  #isFinished = false;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async open(path: string, head: PlanHead): Promise<PlanWriter> {
    const found = await stat(path).catch(() => null);
    if (found !== null && !found.isFile())
      throw new PlanError('PLAN_FILE_UNWRITABLE', `${path} is no file that a plan could be in.`, {
        hint: 'Name a file in a folder that exists and that you may write to. Nothing was changed.',
      });
    // People's values are in it.
    const file = await open(`${path}.part`, 'w', 0o600).catch((cause: unknown) => {
      throw new PlanError('PLAN_FILE_UNWRITABLE', `The plan cannot be written to ${path}.`, {
        hint: 'Name a file in a folder that exists and that you may write to. Nothing was changed.',
        cause,
      });
    });
    const writer = new PlanWriter(path, file);
    await writer.#line(head);
    return writer;
  }

  async write(order: PlannedOrder): Promise<void> {
    await this.#line(order);
  }

  /** After all orders. */
  async writeWaiting(waiting: WaitingItem): Promise<void> {
    await this.#line({ waiting });
  }

  async finish(tail: PlanTail): Promise<void> {
    await this.#flush();
    const seal = this.#hash.digest('hex');
    const text = JSON.stringify(tail);
    const own = createHash('sha256').update(seal).update(text).digest('hex');
    await this.#file.writeFile(toLine({ seal: own, tail }));
    await this.#file.sync();
    await this.#file.close();
    await rename(`${this.#path}.part`, this.#path);
    this.#isFinished = true;
  }

  async #line(value: unknown): Promise<void> {
    this.#text += toLine(value);
    if (this.#text.length >= chunkSize) await this.#flush();
  }

  async #flush(): Promise<void> {
    this.#hash.update(this.#text);
    await this.#file.writeFile(this.#text);
    this.#text = '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isFinished) return;
    await this.#file.close();
    await rm(`${this.#path}.part`, { force: true });
  }
}

/**
 * Reads a plan and shows every order with its position, in the order in which they are carried out, and what would wait for
 * a review. Throws `PLAN_FILE_MISSING`, `PLAN_FILE_ALTERED` for one that is not as it was written.
 */
export async function readPlan(
  path: string,
  see: (order: PlannedOrder, index: number) => void = () => undefined,
  seeWaiting: (item: WaitingItem, index: number) => void = () => undefined,
): Promise<Plan> {
  // Before anything in it is shown: who altered a plan may have broken its lines in any way.
  const plan = await checkSeal(path);
  const orders = new OrderDigests();
  let line = 0;
  let waiting = 0;
  for await (const text of linesOf(path)) {
    line += 1;
    if (line === 1 || line === plan.lines) continue;
    // Sealed, and written by `PlanWriter`.
    const body = parse(path, text) as PlannedOrder | { readonly waiting: WaitingItem };
    if ('waiting' in body) {
      seeWaiting(body.waiting, waiting);
      waiting += 1;
    } else {
      see(body, orders.count);
      orders.add(digestOrder(body));
    }
  }
  const { head, tail } = plan;
  const isWhole =
    tail.orders.count === orders.count &&
    tail.orders.sha256 === orders.finish() &&
    tail.hash === hashPlan(head, tail);
  if (!isWhole) throw describeAltered(path);
  return { head, tail };
}

async function checkSeal(path: string): Promise<Plan & { readonly lines: number }> {
  const hash = createHash('sha256');
  let head: PlanHead | undefined;
  let last: string | undefined;
  let lines = 0;
  for await (const line of linesOf(path)) {
    if (last !== undefined) {
      hash.update(`${last}\n`);
      head ??= parseHead(path, last);
    }
    last = line;
    lines += 1;
  }
  if (head === undefined || last === undefined) throw describeAltered(path);
  const end = parse(path, last) as { readonly seal?: string; readonly tail?: PlanTail } | null;
  const own = createHash('sha256')
    .update(hash.digest('hex'))
    .update(JSON.stringify(end?.tail) ?? '');
  if (end?.tail === undefined || own.digest('hex') !== end.seal) throw describeAltered(path);
  return { head, tail: end.tail, lines };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  let file: FileHandle;
  const refuse = (cause?: unknown): PlanError =>
    new PlanError('PLAN_FILE_MISSING', `The plan ${path} cannot be read.`, {
      hint: 'Name a file that "lockstep plan --out" or "lockstep undo --out" has written.',
      cause,
    });
  try {
    file = await open(path);
  } catch (cause) {
    throw refuse(cause);
  }
  try {
    // Folders can be opened, and not read.
    if (!(await file.stat()).isFile()) throw refuse();
    yield* file.readLines({ encoding: 'utf8' });
  } finally {
    await file.close();
  }
}

/** Readers of lines end one at these characters too, which JSON leaves as they are. */
function toLine(value: unknown): string {
  const text = JSON.stringify(value);
  return `${text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`;
}

function parse(path: string, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw describeAltered(path);
  }
}

function parseHead(path: string, line: string): PlanHead {
  const head = parse(path, line) as Partial<PlanHead> | null;
  if (head?.format !== format) throw describeAltered(path);
  if (head.version !== version)
    throw new PlanError('PLAN_FILE_NEWER', `The plan ${path} was made by another version.`, {
      hint: 'Make it again with this one.',
    });
  // Sealed, and written by `PlanWriter`.
  return head as PlanHead;
}

function describeAltered(path: string): PlanError {
  return new PlanError('PLAN_FILE_ALTERED', `The plan ${path} is not as it was written.`, {
    hint: 'Somebody edited, cut or damaged it. Make the plan again and look at it; nothing was changed.',
  });
}
