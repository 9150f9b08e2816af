/** What ever happened to a resource: values, links, and what it was given, each change with its run and its source. */
import type { Model } from '../../../config/index.ts';
import {
  type EntityTable,
  findCounterparts,
  findFormerIds,
  findRuns,
  listLinkTimes,
  listLinkVersions,
  listResourceVersions,
  type ResourceVersion,
  type RunRow,
  readPurgeMark,
  readTableMap,
  type Store,
  type StoreTransaction,
  type TableMap,
} from '../../store/index.ts';
import { type AssignmentChange, listAssignmentChanges } from './history-assignment-changes.ts';
import { nameOf, namesOf } from './history-names.ts';
import { ResourceError, type ResourceReference, scalarsOf } from './resources.ts';

export interface ResourceHistory extends ResourceReference {
  readonly key: string;
  readonly displayName: string;
  readonly isThere: boolean;
  /** Newest first. */
  readonly events: readonly HistoryEvent[];
  /** There are older events: ask for those before this time. */
  readonly nextBefore: string | null;
  /** Versions that ended before this time were purged. */
  readonly purgedBefore: string | null;
}

export interface HistoryEvent {
  readonly at: string;
  /** Of the resource whose event it is: one key may have had several lives. */
  readonly id: number;
  /** `known`: the oldest state that is kept; what came before was purged. */
  readonly kind: 'created' | 'known' | 'changed' | 'removed';
  /** `kind` and `subject` are `null` where the record of the run is not kept any more. */
  readonly run: {
    readonly id: number;
    readonly kind: string | null;
    readonly subject: string | null;
  } | null;
  /** The row of the exported file that the values came from. */
  readonly source: { readonly table: string; readonly row: number | null } | null;
  readonly properties: readonly PropertyChange[];
  readonly links: readonly LinkChange[];
  readonly assignments: readonly AssignmentChange[];
  readonly note: string | null;
}

export interface PropertyChange {
  readonly property: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface LinkChange {
  readonly property: string;
  readonly change: 'gained' | 'lost';
  readonly entityType: string;
  readonly key: string;
  readonly name: string;
  readonly source: { readonly table: string; readonly row: number | null } | null;
}

export interface HistoryPage {
  readonly limit: number;
  /** Only what happened before this time. */
  readonly before: string | null;
}

/** Links of one property that one page shows; of a link file with more rows at one time the first are shown. */
const maxLinks = 2_000;

/** Throws `RESOURCE_UNKNOWN` when history knows nothing of it either. */
export async function readResourceHistory(
  store: Store,
  model: Model,
  reference: ResourceReference,
  page: HistoryPage,
): Promise<ResourceHistory> {
  return store.read(async (t) => {
    const tables = await readTableMap(t);
    const entity = tables.entities.get(reference.entityType);
    const own = entity === undefined ? [] : await listResourceVersions(t, entity, [reference.id]);
    const last = own.at(-1);
    if (entity === undefined || last === undefined)
      throw new ResourceError(
        'RESOURCE_UNKNOWN',
        `${reference.entityType} ${reference.id} is not in the store, nor in its history.`,
        { hint: 'Its history may have been purged.' },
      );
    const lives = await findFormerIds(t, entity, last.mapping_key);
    const ids = [...new Set([...lives, reference.id])].sort((a, b) => a - b);
    const collector = new Collector(t, model, tables, entity, ids, await readPurgeMark(t));
    const { key, name } = nameOf(model.entityModel, entity, last);
    const { events, nextBefore } = await collector.collect(page);
    return {
      ...reference,
      key,
      displayName: name,
      isThere: last.valid_to === null,
      events,
      nextBefore,
      purgedBefore: collector.purgedBefore,
    };
  });
}

type Draft = Omit<
  { -readonly [K in keyof HistoryEvent]: HistoryEvent[K] },
  'links' | 'assignments'
> & { links: LinkChange[]; assignments: AssignmentChange[]; runId: number | null };

class Collector {
  readonly purgedBefore: string | null;
  readonly #t: StoreTransaction;
  readonly #model: Model;
  readonly #tables: TableMap;
  readonly #entity: EntityTable;
  readonly #ids: readonly number[];
  readonly #drafts = new Map<string, Draft>();

  constructor(
    t: StoreTransaction,
    model: Model,
    tables: TableMap,
    entity: EntityTable,
    ids: readonly number[],
    purgedBefore: string | null,
  ) {
    this.#t = t;
    this.#model = model;
    this.#tables = tables;
    this.#entity = entity;
    this.#ids = ids;
    this.purgedBefore = purgedBefore;
  }

  async collect({
    limit,
    before,
  }: HistoryPage): Promise<Pick<ResourceHistory, 'events' | 'nextBefore'>> {
    const isWanted = (at: string): boolean => before === null || at < before;
    const versions = await listResourceVersions(this.#t, this.#entity, this.#ids);
    const assigned = await listAssignmentChanges(
      this.#t,
      this.#model,
      this.#entity.entityType,
      this.#ids,
    );
    const times = new Set<string>();
    for (const version of versions) times.add(version.valid_from).add(version.valid_to ?? '');
    for (const { at } of assigned) times.add(at);
    for (const { table, side } of this.#associations())
      for (const at of await listLinkTimes(this.#t, table, side, this.#ids, {
        before,
        limit: limit + 1,
      }))
        times.add(at);
    const newest = [...times].filter((at) => at !== '' && isWanted(at)).sort();
    const shown = newest.slice(-limit);
    const from = shown[0];
    if (from === undefined) return { events: [], nextBefore: null };
    const isShown = (at: string): boolean => at >= from && isWanted(at);

    this.#addVersions(versions, isShown);
    for (const { at, id, runId, change } of assigned)
      if (isShown(at)) this.#draft(at, id, runId).assignments.push(change);
    await this.#addLinks({ from, before }, isShown);
    const events = await this.#finish();
    return { events, nextBefore: newest.length > shown.length ? from : null };
  }

  *#associations() {
    const type = this.#model.entityModel.entityTypes.get(this.#entity.entityType);
    for (const property of type?.properties.values() ?? []) {
      if (property.kind !== 'navigation') continue;
      const table = this.#tables.associations.get(property.association);
      if (table !== undefined) yield { property, table, side: property.side };
    }
  }

  #draft(at: string, id: number, runId: number | null): Draft {
    const name = `${at} ${id}`;
    const known = this.#drafts.get(name);
    // What a run ends it ends in its own name, unless something else of the same moment says whose it is.
    if (known !== undefined) {
      known.runId ??= runId;
      return known;
    }
    const draft: Draft = {
      ...{ at, id, kind: 'changed', run: null, source: null, note: null, runId },
      ...{ properties: [], links: [], assignments: [] },
    };
    this.#drafts.set(name, draft);
    return draft;
  }

  #addVersions(versions: readonly ResourceVersion[], isShown: (at: string) => boolean): void {
    const type = this.#model.entityModel.entityTypes.get(this.#entity.entityType);
    if (type === undefined) return;
    const { columns } = this.#entity;
    const lasting = versions.filter((v) => v.valid_to === null || v.valid_from < v.valid_to);
    for (const [index, version] of lasting.entries()) {
      const previous = lasting[index - 1];
      const next = lasting[index + 1];
      const { id } = version;
      const isFirst = previous?.id !== id || previous.valid_to !== version.valid_from;
      if (isShown(version.valid_from)) {
        const draft = this.#draft(version.valid_from, id, version.run_id);
        const before = isFirst ? [] : scalarsOf(type, columns, previous);
        const former = new Map(before.map(({ property, value }) => [property, value]));
        draft.properties = scalarsOf(type, columns, version)
          .map(({ property, value }) => ({
            property,
            from: former.get(property) ?? null,
            to: value,
          }))
          .filter((change) => change.from !== change.to);
        draft.source = this.#sourceOf(version);
        if (isFirst) draft.kind = this.#isUnsure(version.valid_from) ? 'known' : 'created';
      }
      const end = version.valid_to;
      const goesOn = next?.id === id && next.valid_from === end;
      if (end !== null && !goesOn && isShown(end)) this.#draft(end, id, null).kind = 'removed';
    }
  }

  /** A state older than the last purge may have had others before it. */
  #isUnsure(at: string): boolean {
    return this.purgedBefore !== null && at < this.purgedBefore;
  }

  #sourceOf(version: ResourceVersion): HistoryEvent['source'] {
    const mapping = this.#model.entityTypeMappings.get(this.#entity.entityType);
    if (mapping === undefined) return null;
    return { table: mapping.connectionTable, row: version.source_row ?? null };
  }

  async #addLinks(
    window: { readonly from: string; readonly before: string | null },
    isShown: (at: string) => boolean,
  ): Promise<void> {
    for (const { property, table, side } of this.#associations()) {
      const rows = await listLinkVersions(this.#t, table, side, this.#ids, {
        ...window,
        limit: maxLinks,
      });
      const mapping = this.#model.associationMappings.get(property.association);
      const changes = new Map<
        string,
        { at: string; own: number; other: number; by: number; row: number | null }
      >();
      const note = (
        sign: '+' | '-',
        at: string,
        own: number,
        other: number,
        by: number,
        row: number | null,
      ) => {
        // Taken up again at the moment it was given up: nothing happened to whoever is linked.
        const opposite = `${sign === '+' ? '-' : '+'} ${at} ${own} ${other}`;
        if (!changes.delete(opposite))
          changes.set(`${sign} ${at} ${own} ${other}`, { at, own, other, by, row });
      };
      for (const row of rows) {
        const [own, other] = side === 1 ? [row.id1, row.id2] : [row.id2, row.id1];
        if (own === null || other === null || row.valid_from === row.valid_to) continue;
        const line = row.source_row ?? null;
        if (isShown(row.valid_from)) note('+', row.valid_from, own, other, row.run_id, line);
        if (row.valid_to !== null && isShown(row.valid_to))
          note('-', row.valid_to, own, other, 0, line);
      }
      for (const [at, moved] of Map.groupBy(changes, ([, change]) => change.at)) {
        const others = moved.map(([, { other }]) => other);
        const names = await this.#namesAround(property.target, others, at);
        for (const [name, { own, other, by, row }] of moved) {
          const isGained = name.startsWith('+');
          const draft = this.#draft(at, own, isGained ? by : null);
          const named = names.get(other);
          const link: LinkChange = {
            property: property.identifier,
            change: isGained ? 'gained' : 'lost',
            entityType: property.target,
            key: named?.key ?? `#${other}`,
            name: named?.name ?? '',
            source: mapping === undefined ? null : { table: mapping.connectionTable, row },
          };
          draft.links.push(link);
        }
      }
    }
  }

  /** As they were called then; who went at that moment, as it was called just before. */
  async #namesAround(entityType: string, ids: readonly number[], at: string) {
    const { entityModel } = this.#model;
    const then = await namesOf(this.#t, entityModel, at)(entityType, ids);
    const justBefore = new Date(Date.parse(at) - 1).toISOString();
    const before = await namesOf(this.#t, entityModel, justBefore)(entityType, ids);
    return new Map(
      [...then].map(([id, name]) => [id, name.key === `#${id}` ? (before.get(id) ?? name) : name]),
    );
  }

  async #finish(): Promise<readonly HistoryEvent[]> {
    const drafts = [...this.#drafts.values()];
    const runs = await findRuns(this.#t, {
      ids: drafts.flatMap(({ runId }) => runId ?? []),
      startedAt: drafts.filter(({ runId }) => runId === null).map(({ at }) => at),
    });
    const events: HistoryEvent[] = [];
    for (const draft of drafts) {
      const { runId, ...event } = draft;
      const run = this.#runOf(runs, draft);
      // What was computed has no row.
      const isRead = run === null || run.kind === null || run.kind === 'synchronize';
      events.push({
        ...event,
        source: isRead ? event.source : null,
        links: event.links.sort(compareLinks),
        run,
        note: await this.#counterpartOf(draft),
      });
    }
    return events.sort((a, b) => (a.at === b.at ? b.id - a.id : a.at < b.at ? 1 : -1));
  }

  #runOf(runs: readonly RunRow[], { runId, at }: Draft): HistoryEvent['run'] {
    if (runId !== null) {
      const run = runs.find(({ id }) => id === runId);
      return { id: runId, kind: run?.kind ?? null, subject: run?.subject ?? null };
    }
    const connector = this.#model.entityTypeMappings.get(this.#entity.entityType)?.connector;
    const ofThen = runs.filter((run) => run.started_at === at);
    const run = ofThen.find(({ subject }) => subject === connector) ?? ofThen[0];
    return run === undefined ? null : { id: run.id, kind: run.kind, subject: run.subject };
  }

  /** A changed key is a removal and a creation; who looks at one is told of the other. */
  async #counterpartOf({ at, id, kind }: Draft): Promise<string | null> {
    if (kind !== 'created' && kind !== 'removed') return null;
    const { entityModel } = this.#model;
    const column = this.#entity.columns.get(
      entityModel.entityTypes.get(this.#entity.entityType)?.displayProperty ?? '',
    );
    if (column === undefined) return null;
    const versions = await listResourceVersions(this.#t, this.#entity, [id]);
    const own = versions.find((v) => (kind === 'created' ? v.valid_from : v.valid_to) === at);
    const value = own?.[column];
    if (own === undefined || typeof value !== 'string') return null;
    const others = await findCounterparts(
      this.#t,
      this.#entity,
      at,
      { column, value },
      kind === 'created' ? 'removed' : 'created',
    );
    const [other, ...more] = others.filter((row) => row.id !== id);
    if (other === undefined || more.length > 0) return null;
    const happened = kind === 'created' ? 'removed' : 'created';
    const name = `${this.#entity.entityType}:${nameOf(entityModel, this.#entity, other).key}`;
    return other.mapping_key === own.mapping_key
      ? `${name} was ${happened} at the same moment.`
      : `${name}, of the same name, was ${happened} at the same moment: a changed key is a removal and a creation.`;
  }
}

/** What was lost before what was gained instead; by property and key. */
function compareLinks(a: LinkChange, b: LinkChange): number {
  if (a.property !== b.property) return a.property < b.property ? -1 : 1;
  if (a.change !== b.change) return a.change === 'lost' ? -1 : 1;
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
