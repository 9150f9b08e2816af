/** Objects with their rights as rows of the three tables. Holds up to 1,000 rows per table, and every identifier once. */
import type { AccessRights } from '../spi/acl/access-rights.ts';
import { nameRights } from '../spi/acl/file-rights.ts';
import type { TableBatch } from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import type { FoundObject } from './scan.ts';

const batchSize = 1_000;

export const tableColumns = {
  ACE: ['key', 'Path', 'Right', 'AllowOrDeny', 'OwnerSID'],
  PathInformations: ['Path', 'ParentPath', 'BlockInheritance', 'Hierarchy'],
  SID: ['SID'],
} as const;

/** One more column of `SID`, where a mapping uses it. */
export const nameColumn = 'Name';

export interface RightsTableNames {
  readonly ace: string;
  readonly paths: string;
}

export class RightsTables {
  readonly #names: RightsTableNames;
  readonly #avoided: ReadonlySet<string>;
  readonly #sids = new Set<string>();
  #aces: Row[] = [];
  #paths: Row[] = [];
  #aceCount = 0;
  #pathCount = 0;

  constructor(names: RightsTableNames, avoidedSids: readonly string[]) {
    this.#names = names;
    this.#avoided = new Set(avoidedSids.map((sid) => sid.trim().toUpperCase()));
  }

  get aceRows(): number {
    return this.#aceCount;
  }

  get pathRows(): number {
    return this.#pathCount;
  }

  /** All identifiers with rights, in order. */
  get sids(): readonly string[] {
    return [...this.#sids].sort();
  }

  /** Gives the batches that have become full. */
  *take(objects: readonly FoundObject[]): Generator<TableBatch, void, undefined> {
    for (const object of objects) {
      this.#paths.push({
        Path: object.path,
        ParentPath: object.parentPath,
        BlockInheritance: object.rights.blocksInheritance ? 'true' : 'false',
        Hierarchy: String(object.level),
      });
      this.#takeRights(object, object.rights);
      yield* this.#flush(batchSize);
    }
  }

  /** What is left, at least the columns of each table. */
  *finish(): Generator<TableBatch, void, undefined> {
    yield* this.#flush(batchSize);
    yield this.#cutPaths();
    yield this.#cutAces();
  }

  *#flush(size: number): Generator<TableBatch, void, undefined> {
    while (this.#paths.length >= size) yield this.#cutPaths();
    while (this.#aces.length >= size) yield this.#cutAces();
  }

  /** Entries of one identifier are taken together, those that allow and those that deny apart. */
  #takeRights({ path, isFolder }: FoundObject, { entries }: AccessRights): void {
    const allowed = new Map<string, number>();
    const denied = new Map<string, number>();
    for (const { sid, isDenied, mask } of entries) {
      if (this.#avoided.has(sid.toUpperCase())) continue;
      const masks = isDenied ? denied : allowed;
      masks.set(sid, (masks.get(sid) ?? 0) | mask);
    }
    const keys = new Set<string>();
    for (const [masks, flag] of [
      [allowed, '0'],
      [denied, '1'],
    ] as const) {
      for (const [sid, mask] of masks) {
        for (const right of nameRights(mask, isFolder)) {
          this.#sids.add(sid);
          this.#addAce({ key: `${right}${path}${sid}`, path, right, flag, sid }, keys);
        }
      }
    }
  }

  /** The key does not say whether a right is denied: where it is given, too, the denial's key says so at its end. */
  #addAce(
    ace: Readonly<Record<'key' | 'path' | 'right' | 'flag' | 'sid', string>>,
    keys: Set<string>,
  ): void {
    const key = keys.has(ace.key) ? `${ace.key}${ace.flag}` : ace.key;
    keys.add(key);
    this.#aces.push({
      key,
      Path: ace.path,
      Right: ace.right,
      AllowOrDeny: ace.flag,
      OwnerSID: ace.sid,
    });
  }

  #cutPaths(): TableBatch {
    const rows = this.#paths.slice(0, batchSize);
    this.#paths = this.#paths.slice(batchSize);
    this.#pathCount += rows.length;
    return { kind: 'rows', table: this.#names.paths, columns: tableColumns.PathInformations, rows };
  }

  #cutAces(): TableBatch {
    const rows = this.#aces.slice(0, batchSize);
    this.#aces = this.#aces.slice(batchSize);
    this.#aceCount += rows.length;
    return { kind: 'rows', table: this.#names.ace, columns: tableColumns.ACE, rows };
  }
}
