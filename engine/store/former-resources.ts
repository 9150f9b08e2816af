/** Resources as they were within a time: every version of them, each seen with the links it had when it was first seen. */
import type { EntityModel, ReadPair, ResourceView } from '../../config/index.ts';
import { type AssociationTable, type EntityTable, readTableMap } from './entity-tables.ts';
import { StoreError } from './errors.ts';
import type { StoreTransaction } from './open-store.ts';

/** UTC ISO. A single moment where both are the same. */
interface Span {
  readonly from: string;
  readonly to: string;
}

/** A version of a resource: true from `validFrom` until just before `validTo`, which is `null` while it lasts. */
export interface FormerView extends ResourceView {
  readonly validFrom: string;
  readonly validTo: string | null;
}

/** Versions and links that are held in memory, together. */
const maxLoaded = 1_000_000;

interface Version extends Span {
  readonly id: number;
  readonly isOpen: boolean;
  readonly row: Readonly<Record<string, string | number | null>>;
}

interface Loaded {
  readonly entity: EntityTable;
  readonly versions: ReadonlyMap<number, readonly Version[]>;
  readonly links: Map<string, { readonly target: string; readonly ends: Ends }>;
}

type Ends = ReadonlyMap<number, readonly (Span & { readonly other: number })[]>;

/**
 * All versions of a type that were true at some moment of the span, by id and time. What `reads` names of them and of what
 * they lead to can be read. Throws `STORE_QUERY_TOO_LARGE` where there are more than can be held.
 */
export async function readFormerResources(
  t: StoreTransaction,
  entityModel: EntityModel,
  request: {
    readonly entityType: string;
    readonly reads: ReadonlySet<ReadPair>;
    readonly span: Span;
  },
): Promise<readonly FormerView[]> {
  const { entityType, reads, span } = request;
  const tables = await readTableMap(t);
  const loaded = new Map<string, Loaded>();
  let count = 0;
  const keep = (more: number): void => {
    count += more;
    if (count <= maxLoaded) return;
    throw new StoreError(
      'STORE_QUERY_TOO_LARGE',
      `The query looks at more than ${maxLoaded} former states of ${entityType} and what it leads to.`,
      { hint: 'Narrow the time it looks at.' },
    );
  };
  const load = async (name: string): Promise<void> => {
    const entity = tables.entities.get(name);
    const type = entityModel.entityTypes.get(name);
    if (loaded.has(name) || entity === undefined || type === undefined) return;
    const own: Loaded = { entity, versions: await readVersions(t, entity, span), links: new Map() };
    keep([...own.versions.values()].reduce((sum, versions) => sum + versions.length, 0));
    loaded.set(name, own);
    for (const property of type.properties.values()) {
      if (property.kind !== 'navigation' || !reads.has(`${name}:${property.identifier}`)) continue;
      const table = tables.associations.get(property.association);
      if (table === undefined) continue;
      const ends = await readEnds(t, table, property.side, span);
      keep([...ends.values()].reduce((sum, links) => sum + links.length, 0));
      own.links.set(property.identifier, { target: property.target, ends });
      await load(property.target);
    }
  };
  await load(entityType);
  const root = loaded.get(entityType);
  return [...(root?.versions.values() ?? [])]
    .flat()
    .map(
      (version) => new FormerResource(loaded, entityType, version, latest(version.from, span.from)),
    );
}

/** What was replaced within the moment it came was never true. */
async function readVersions(
  { tx }: StoreTransaction,
  entity: EntityTable,
  span: Span,
): Promise<ReadonlyMap<number, readonly Version[]>> {
  const columns = ['id', 'valid_from', ...entity.columns.values()];
  const former = await tx(entity.historyTable)
    .where('valid_from', '<=', span.to)
    .where('valid_to', '>', span.from)
    .whereRaw('valid_to > valid_from')
    .limit(maxLoaded + 1)
    .select([...columns, 'valid_to']);
  const present = await tx(entity.table)
    .where('valid_from', '<=', span.to)
    .limit(maxLoaded + 1)
    .select(columns);
  const versions = [...former, ...present].map(
    (row): Version => ({
      id: Number(row.id),
      from: String(row.valid_from),
      to: String(row.valid_to ?? endless),
      isOpen: row.valid_to === undefined,
      row,
    }),
  );
  return Map.groupBy(
    versions.sort((a, b) => a.id - b.id || (a.from < b.from ? -1 : 1)),
    (version) => version.id,
  );
}

async function readEnds(
  { tx }: StoreTransaction,
  { table, historyTable }: AssociationTable,
  side: 1 | 2,
  span: Span,
): Promise<Ends> {
  const [own, other] = side === 1 ? (['id1', 'id2'] as const) : (['id2', 'id1'] as const);
  const columns = { own, other, valid_from: 'valid_from' };
  const former = await tx(historyTable)
    .where('valid_from', '<=', span.to)
    .where('valid_to', '>', span.from)
    .whereRaw('valid_to > valid_from')
    .whereNotNull(own)
    .whereNotNull(other)
    .limit(maxLoaded + 1)
    .select({ ...columns, valid_to: 'valid_to' });
  const present = await tx(table)
    .where('valid_from', '<=', span.to)
    .whereNotNull(own)
    .whereNotNull(other)
    .limit(maxLoaded + 1)
    .select(columns);
  const links = [...former, ...present].map((row) => ({
    own: Number(row.own),
    other: Number(row.other),
    from: String(row.valid_from),
    to: String(row.valid_to ?? endless),
  }));
  return Map.groupBy(
    links.sort((a, b) => a.other - b.other),
    (link) => link.own,
  );
}

/** Behind every time. */
const endless = '9999-12-31T23:59:59.999Z';

function latest(a: string, b: string): string {
  return a > b ? a : b;
}

class FormerResource implements FormerView {
  readonly #loaded: ReadonlyMap<string, Loaded>;
  readonly #version: Version;
  /** When it is looked at. */
  readonly #at: string;
  readonly entityType: string;

  constructor(
    loaded: ReadonlyMap<string, Loaded>,
    entityType: string,
    version: Version,
    at: string,
  ) {
    this.#loaded = loaded;
    this.entityType = entityType;
    this.#version = version;
    this.#at = at;
  }

  get id(): number {
    return this.#version.id;
  }

  get validFrom(): string {
    return this.#version.from;
  }

  get validTo(): string | null {
    return this.#version.isOpen ? null : this.#version.to;
  }

  scalar(property: string): string | null {
    const column = this.#loaded.get(this.entityType)?.entity.columns.get(property) ?? '';
    const value = this.#version.row[column];
    return value === undefined || value === null ? null : String(value);
  }

  one(property: string): ResourceView | null {
    return this.many(property)[0] ?? null;
  }

  many(property: string): readonly ResourceView[] {
    const link = this.#loaded.get(this.entityType)?.links.get(property);
    if (link === undefined) return [];
    const holds = ({ from, to }: Span): boolean => from <= this.#at && this.#at < to;
    const ids = new Set((link.ends.get(this.id) ?? []).filter(holds).map(({ other }) => other));
    const versions = this.#loaded.get(link.target)?.versions;
    return [...ids].flatMap((id) => {
      const version = versions?.get(id)?.find(holds);
      return version === undefined
        ? []
        : [new FormerResource(this.#loaded, link.target, version, this.#at)];
    });
  }
}
