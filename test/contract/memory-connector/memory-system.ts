/** A small system in memory: people and groups, a log of changes, and what tests do to it. */
import { ConnectorError } from '../../../connectors/index.ts';
import type { ContractRow, SourceChange } from '../../../connectors/spi/contract/subject.ts';

export interface MemoryObject {
  readonly key: string;
  readonly name: string | null;
  readonly note: string | null;
  readonly values: readonly string[];
  readonly groups: readonly string[];
  readonly place: string;
}

export interface MemoryChange {
  readonly position: number;
  readonly key: string;
  /** The row was not there before. */
  readonly isNew: boolean;
}

/** What the system answers while it is upset. */
type Mood = 'well' | 'throttled' | 'stalled';

export class MemorySystem {
  readonly id: string;
  readonly password: string;
  readonly objects = new Map<string, MemoryObject>();
  readonly groups = new Set<string>();
  changes: MemoryChange[] = [];
  position = 0;
  /** Changes up to here are forgotten. */
  forgotten = 0;
  opened = 0;
  served = 0;
  breaksAfter = Number.POSITIVE_INFINITY;
  mood: Mood = 'well';
  #sorted: readonly MemoryObject[] | undefined;

  constructor(id: string, password: string) {
    this.id = id;
    this.password = password;
  }

  put(row: ContractRow): void {
    const known = this.objects.get(row.key);
    this.write({
      key: row.key,
      name: row.name,
      note: row.note,
      values: row.values ?? [],
      groups: known?.groups ?? [],
      place: 'first',
    });
  }

  write(object: MemoryObject): void {
    const isNew = !this.objects.has(object.key);
    this.objects.set(object.key, object);
    this.#log(object.key, isNew);
  }

  remove(key: string): void {
    if (this.objects.delete(key)) this.#log(key, false);
  }

  apply(changes: readonly SourceChange[]): void {
    for (const change of changes) {
      if (change.kind === 'put') this.put(change.row);
      else this.remove(change.key);
    }
  }

  #log(key: string, isNew: boolean): void {
    this.#sorted = undefined;
    this.position += 1;
    this.changes.push({ position: this.position, key, isNew });
  }

  /** Objects in order of their keys. */
  list(): readonly MemoryObject[] {
    this.#sorted ??= [...this.objects.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return this.#sorted;
  }

  /** What a request meets before it is answered. */
  async answer(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.mood === 'throttled') {
      throw new ConnectorError('rate-limited', 'The system is asked too often.', {
        hint: 'Wait a moment.',
      });
    }
    if (this.mood === 'stalled') await this.#stall(timeoutMs, signal);
  }

  #stall(timeoutMs: number, signal: AbortSignal | undefined): Promise<never> {
    return new Promise((_, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        reject(
          new ConnectorError('timeout', 'The system does not answer.', {
            hint: 'Look whether it is running, or raise TimeoutMs.',
          }),
        );
      }, timeoutMs);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}
