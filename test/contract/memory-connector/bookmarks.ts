/** Bookmarks of a system in memory: its name and a position in its log of changes, with a sum over both. */
import { createHash } from 'node:crypto';
import { ConnectorError, type TableBatch } from '../../../connectors/index.ts';
import type { Faults } from './faults.ts';
import type { MemorySystem } from './memory-system.ts';

type CookieBatch = Extract<TableBatch, { kind: 'cookie' }>;

export function makeBookmark({ id, position }: Pick<MemorySystem, 'id' | 'position'>): CookieBatch {
  const text = `${id};${position}`;
  return { kind: 'cookie', cookie: Buffer.from(`${text};${sumOf(text)}`) };
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** The position to go on from; `undefined`: everything has to be read. */
export function readBookmark(
  system: MemorySystem,
  cookie: Uint8Array | undefined,
  faults: Faults,
): number | undefined {
  if (cookie === undefined) return undefined;
  const text = Buffer.from(cookie).toString('latin1');
  const [id = '', position = '', sum = ''] = text.split(';');
  const now = system.position;
  if (!/^\w+-\d+$/u.test(id) || !/^\d+$/u.test(position)) {
    if (faults.has('bookmark-garbage')) return now;
    throw refuse('is no bookmark of such a system');
  }
  if (sum !== sumOf(`${id};${position}`)) {
    if (faults.has('bookmark-truncated')) return now;
    throw refuse('was cut off or changed');
  }
  if (id !== system.id) {
    if (faults.has('bookmark-foreign')) return Number(position);
    throw refuse('is of another system');
  }
  if (Number(position) > now) {
    if (faults.has('bookmark-of-the-future')) return Number(position);
    throw refuse('is of a later time than the system knows');
  }
  if (Number(position) < system.forgotten) {
    return faults.has('bookmark-expired') ? Number(position) : undefined;
  }
  return Number(position);
}

function refuse(why: string): ConnectorError {
  return new ConnectorError('incomplete', `The bookmark ${why}.`, {
    hint: 'Export everything once.',
  });
}

export interface ToldChange {
  readonly key: string;
  readonly command: 'insert' | 'update' | 'delete';
}

/** What each key that was changed has come to, in order of the last change of each. */
export function collectChanges(
  system: MemorySystem,
  since: number,
  faults: Faults,
): readonly ToldChange[] {
  const from = faults.has('no-change-no-rows') ? since - 1 : since;
  const told = system.changes.filter(
    ({ position }) => position > from && position > system.forgotten,
  );
  const only = told.length === 1 ? told[0] : undefined;
  if (only !== undefined && isMissed(system, only, faults)) return [];
  const latest = new Map(told.map((change) => [change.key, change]));
  const changes = [...latest.values()].map(({ key, isNew }): ToldChange => {
    if (!system.objects.has(key)) return { key, command: 'delete' };
    return { key, command: isNew ? 'insert' : 'update' };
  });
  if (!faults.has('changes-equal-everything')) return changes;
  // Deletions last, as if what came again had not.
  const again = told.filter(({ key }, index) =>
    told.some((one, at) => at < index && one.key === key),
  );
  return [...changes, ...again.map(({ key }): ToldChange => ({ key, command: 'delete' }))];
}

function isMissed(
  system: MemorySystem,
  change: { readonly key: string; readonly isNew: boolean },
  faults: Faults,
): boolean {
  if (!system.objects.has(change.key)) return faults.has('deletion-told');
  return faults.has(change.isNew ? 'addition-told' : 'change-told');
}
