/**
 * From what a directory says has changed to rows of changes. Every entry concerned is read again, so that rows are whole;
 * what the directory does not say - names below a renamed container, entries that left the filter, links to what was deleted
 * - is found with what is known from before. A row is taken back only for what was proven gone.
 */
import type { TableBatch } from '../../package.ts';
import { addRows, batchSize, readRow, takeBatches } from '../entries/table-rows.ts';
import { decodeEntry } from '../session/protocol.ts';
import type { LdapSession } from '../session/session.ts';
import { ConcernedEntries } from './concerned-entries.ts';
import { type NamedObject, readExtendedName } from './extended-names.ts';
import type { KnownEntries } from './known-entries.ts';
import { compareLinks, type LateRows, ownersConcerned } from './late-rows.ts';
import { findAnywhere, readAgain } from './read-again.ts';
import type { Changes } from './read-changes.ts';
import { type BasePlace, EntryReader, findEntries, noteEntry } from './read-everything.ts';
import {
  commandRows,
  namingRow,
  type ReplicatedTable,
  takeWithCommands,
} from './replicated-tables.ts';

export class ChangeWriter {
  readonly #place: BasePlace;
  readonly #known: KnownEntries;
  readonly #changes: Changes;
  readonly #namingContext: string;
  readonly #isListed: boolean;
  readonly #reader: EntryReader;
  readonly #entries: readonly ReplicatedTable[];
  readonly #linkTables: readonly ReplicatedTable[];
  readonly #done = new Set<string>();
  readonly #concerned: ConcernedEntries;
  readonly #outOfSight: string[] = [];

  /** `isListed`: deletions and renames are not told by all of the directories; a list of what is there says the same. */
  constructor(
    place: BasePlace,
    known: KnownEntries,
    told: {
      readonly changes: Changes;
      readonly namingContext: string;
      readonly isListed: boolean;
    },
  ) {
    this.#place = place;
    this.#known = known;
    this.#changes = told.changes;
    this.#namingContext = told.namingContext;
    this.#isListed = told.isListed;
    this.#reader = new EntryReader(place);
    this.#entries = place.tables.all.filter(({ isEntries }) => isEntries);
    this.#linkTables = place.tables.all.filter(({ isEntries }) => !isEntries);
    const { changes, isListed } = told;
    this.#concerned = new ConcernedEntries(place, known, { changes, isListed, done: this.#done });
    known.startUpdate();
  }

  /** Rows of entries as they are read; what is gone and all links are left to `late`. Memory grows with the changes. */
  async *write(late: LateRows): AsyncGenerator<TableBatch, void, undefined> {
    const session = await this.#place.sessions.open();
    const concerned = this.#concerned;
    await concerned.find(session);
    if (this.#isListed) yield* this.#list(session);
    await concerned.findRestoredLinks(session);
    while (!concerned.isEmpty) {
      yield* this.#readPending(session);
      concerned.addReferring();
    }
    for (const { plan } of this.#entries) {
      plan.evidence.push(
        `${this.#changes.objects.size} objects changed, ${this.#done.size} read again, result success`,
      );
    }
    this.#tellOutOfSight();
    this.#collectLate(late);
  }

  /** Everything that matches, by GUID and name: what is missing has gone. Tables of links come whole. */
  async *#list(session: LdapSession): AsyncGenerator<TableBatch, void, undefined> {
    const concerned = this.#concerned;
    const known = this.#known;
    const seen = new Set<number>();
    const { linkOnly, attributes } = this.#place.tables;
    const ofLinks = attributes.filter((name) =>
      this.#linkTables.some(({ plan }) =>
        plan.columns.some((c) => c.kind === 'attribute' && c.attribute === name),
      ),
    );
    for await (const item of findEntries(this.#place, session, ofLinks)) {
      if (item.kind === 'end') {
        for (const { plan } of this.#linkTables) {
          plan.evidence.push(`${item.entries} entries in ${item.pages} pages, result success`);
        }
      }
      if (item.kind !== 'entries') continue;
      for (const entry of item.entries) {
        const { self, links } = await this.#reader.read(entry, this.#linkTables);
        if (self.guid === undefined) continue;
        const before = known.find(self.guid);
        if (before === undefined || !known.isExported(before)) concerned.addWhole(self.guid);
        else seen.add(before);
        const id = known.note({ guid: self.guid, dn: self.dn });
        for (const attribute of linkOnly) {
          known.setLinks(attribute, id, known.noteTargets(links.get(attribute) ?? []));
        }
        for (const { plan } of this.#linkTables) addRows(plan);
      }
      for (const { plan } of this.#linkTables) yield* takeBatches(plan, batchSize);
    }
    const missing = new Set(known.exportedIds().filter((id) => !seen.has(id)));
    concerned.addOwners(missing);
    known.forget(missing);
    for (const id of missing) concerned.drop(known.guid(id));
    concerned.addReferring();
  }

  async *#readPending(session: LdapSession): AsyncGenerator<TableBatch, void, undefined> {
    const { tables } = this.#place;
    const { whole, known } = this.#concerned.take();
    const ofEntries = tables.attributes.filter((name) => !tables.linkOnly.has(name.toLowerCase()));
    yield* this.#readSome(session, whole, tables.attributes, true);
    yield* this.#readSome(session, known, ofEntries, false);
  }

  async *#readSome(
    session: LdapSession,
    guids: readonly string[],
    attributes: readonly string[],
    hasLists: boolean,
  ): AsyncGenerator<TableBatch, void, undefined> {
    const missing = new Set(guids.filter((guid) => !guid.startsWith('dn:')));
    for await (const entries of readAgain(this.#place, session, [...missing], attributes)) {
      for (const entry of entries) {
        const { self, links } = await this.#reader.read(entry, this.#entries);
        if (self.guid === undefined) continue;
        missing.delete(self.guid);
        this.#writeEntry(self.guid, self.dn, links, hasLists);
      }
      for (const { plan } of this.#entries) yield* takeWithCommands(plan, batchSize);
    }
    await this.#settleMissing(session, missing);
  }

  #writeEntry(
    guid: string,
    dn: string,
    links: ReadonlyMap<string, readonly NamedObject[]>,
    hasLists: boolean,
  ): void {
    const known = this.#known;
    const { followed, linkOnly } = this.#place.tables;
    const before = known.find(guid);
    const wasExported = before !== undefined && known.wasExported(before);
    const id = noteEntry(known, { guid, dn }, new Map());
    for (const attribute of followed) {
      if (linkOnly.has(attribute) && !hasLists) continue;
      known.setLinks(attribute, id, known.noteTargets(links.get(attribute) ?? []));
    }
    const formerDn = known.formerDn(id);
    for (const { plan } of this.#entries) {
      // Links that other tables read from this row go by its name: those of the former one are taken back first.
      if (wasExported && formerDn !== dn && !this.#done.has(guid)) {
        commandRows(plan, 'delete', [namingRow(plan.columns, { guid, dn: formerDn })]);
      }
      commandRows(plan, wasExported ? 'update' : 'insert', [readRow(plan)]);
    }
    this.#done.add(guid);
  }

  /** Not below the base, or not matching: proven by finding them elsewhere. What cannot be found at all stays as it was. */
  async #settleMissing(session: LdapSession, missing: Set<string>): Promise<void> {
    const known = this.#known;
    const told = [...missing].filter((guid) => {
      const id = known.find(guid);
      return id !== undefined && known.isExported(id);
    });
    const unseen = new Set(told);
    for await (const entries of findAnywhere(this.#place, session, told, this.#namingContext)) {
      for (const { guid, dn } of entries.map((entry) => readExtendedName(decodeEntry(entry).dn))) {
        if (guid === undefined) continue;
        unseen.delete(guid);
        const id = known.note({ guid, dn });
        known.setExported(id, false);
        for (const attribute of known.attributes()) known.setLinks(attribute, id, []);
      }
    }
    this.#outOfSight.push(...unseen);
  }

  #tellOutOfSight(): void {
    if (this.#outOfSight.length === 0) return;
    this.#place.context.logger.warn(
      { rows: this.#outOfSight.length },
      'entries that changed could not be found any more, their rows stay until the directory says they are deleted',
    );
  }

  #collectLate(late: LateRows): void {
    const known = this.#known;
    for (const [id, wasExported] of known.changedExports()) {
      if (wasExported && !known.isExported(id)) {
        late.gone.push({ guid: known.guid(id), dn: known.formerDn(id) });
      }
    }
    if (this.#isListed) return;
    for (const table of this.#linkTables) {
      const rows = late.links.get(table) ?? { removed: [], added: [] };
      late.links.set(table, rows);
      for (const owner of ownersConcerned(known, table.attribute)) {
        compareLinks(known, table.attribute, owner, rows);
      }
    }
  }
}
