/**
 * From what a directory says has changed to rows of changes. Every entry concerned is read again, so that rows are whole;
 * what the directory does not say - names below a renamed container, entries that left the filter, links to what was deleted
 * - is found with what is known from before. A row is taken back only for what was proven gone.
 */

import { PresenceFilter } from 'ldapts';
import type { TableBatch } from '../../package.ts';
import { addRows, batchSize, readRow, takeBatches } from '../entries/table-rows.ts';
import { dnKey } from '../session/dn.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import { equals } from '../session/filter.ts';
import { planSearches, searchCompletely } from '../session/paging.ts';
import { decodeEntry } from '../session/protocol.ts';
import type { LdapSession } from '../session/session.ts';
import {
  extendedNames,
  isNameOfDeleted,
  type NamedObject,
  readExtendedName,
} from './extended-names.ts';
import type { KnownEntries } from './known-entries.ts';
import { compareLinks, type LateRows, ownersConcerned } from './late-rows.ts';
import { findAnywhere, readAgain } from './read-again.ts';
import type { Changes, ObjectChange } from './read-changes.ts';
import { type BasePlace, EntryReader, findEntries, noteEntry } from './read-everything.ts';
import {
  commandRows,
  forwardOf,
  namingRow,
  type ReplicatedTable,
  takeWithCommands,
} from './replicated-tables.ts';

/** Entries that must be read again: those already known in full, and those of which nothing is. */
interface Pending {
  readonly known: Set<string>;
  readonly whole: Set<string>;
}

const anything = new PresenceFilter({ attribute: 'objectClass' });

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
  /** Renamed, and those who name them are on the list. */
  readonly #followedUp = new Set<number>();
  readonly #outOfSight: string[] = [];
  #restored: NamedObject[] = [];

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
    known.startUpdate();
  }

  /** Rows of entries as they are read; what is gone and all links are left to `late`. Memory grows with the changes. */
  async *write(late: LateRows): AsyncGenerator<TableBatch, void, undefined> {
    const session = await this.#place.sessions.open();
    const pending = await this.#findConcerned(session);
    if (this.#isListed) yield* this.#list(session, pending);
    await this.#findRestoredLinks(session, pending);
    while (pending.known.size + pending.whole.size > 0) {
      yield* this.#readPending(session, pending);
      this.#addReferring(pending);
    }
    for (const { plan } of this.#entries) {
      plan.evidence.push(
        `${this.#changes.objects.size} objects changed, ${this.#done.size} read again, result success`,
      );
    }
    this.#tellOutOfSight();
    this.#collectLate(late);
  }

  async #findConcerned(session: LdapSession): Promise<Pending> {
    const known = this.#known;
    const pending: Pending = { known: new Set(), whole: new Set() };
    const deleted = new Set<number>();
    const moved = new Set<number>();
    for (const change of this.#changes.objects.values()) {
      const id = known.find(change.guid);
      if (change.isDeleted) {
        if (id !== undefined) deleted.add(id);
        continue;
      }
      if (id !== undefined) known.note({ guid: change.guid, dn: change.dn });
      if (change.isRestored) this.#restored.push({ guid: change.guid, dn: change.dn });
      if (change.isMoved && !change.isNew) {
        if (id !== undefined) moved.add(id);
        await this.#addBelow(session, change, pending, moved);
      }
      if (id !== undefined || this.#isBelowBase(change.dn)) this.#addChanged(change, id, pending);
      this.#addTargets(change, pending);
    }
    // Also where the name is known already: those who name it may have been read before it had it.
    this.#addOwners(pending, new Set([...deleted, ...moved]));
    for (const change of this.#changes.objects.values()) this.#applyLinks(change);
    known.forget(deleted);
    for (const id of deleted) pending.known.delete(known.guid(id));
    this.#addReferring(pending);
    return pending;
  }

  #addChanged(change: ObjectChange, id: number | undefined, pending: Pending): void {
    const { linkOnly } = this.#place.tables;
    const isKnown = id !== undefined && this.#known.isExported(id);
    // Without incremental values the list came whole, and without what is no longer in it.
    const isPlain = [...change.whole].some((attribute) => linkOnly.has(attribute));
    (isKnown && !isPlain && !this.#isListed ? pending.known : pending.whole).add(change.guid);
  }

  #isBelowBase(dn: string): boolean {
    const base = dnKey(this.#place.baseDn);
    const key = dnKey(dn);
    return key === base || key.endsWith(`,${base}`);
  }

  /** A container has another name: so have all below it, and nobody says so. */
  async #addBelow(
    session: LdapSession,
    change: ObjectChange,
    pending: Pending,
    moved: Set<number>,
  ): Promise<void> {
    const plan = planSearches(this.#place.directory, session);
    const spec = {
      baseDn: change.dn,
      scope: 'sub',
      filter: anything,
      attributes: [],
    } as const;
    const named = { ...plan, controls: [...plan.controls, extendedNames] };
    try {
      for await (const item of searchCompletely(session, spec, named, this.#place.context)) {
        if (item.kind !== 'entries') continue;
        for (const { guid, dn } of item.entries.map((e) => readExtendedName(decodeEntry(e).dn))) {
          if (guid === undefined || guid === change.guid) continue;
          const id = this.#known.find(guid);
          if (id !== undefined) {
            this.#known.note({ guid, dn });
            moved.add(id);
          }
          const isKnown = id !== undefined && this.#known.isExported(id);
          (isKnown ? pending.known : pending.whole).add(guid);
        }
      }
    } catch (error) {
      // It has been renamed once more, or deleted: the next changes say so.
      if (resultCodeOf(error) !== resultCodes.noSuchObject) throw error;
    }
  }

  /** Back-links change with the links of others. */
  #addTargets(change: ObjectChange, pending: Pending): void {
    const { followed } = this.#place.tables;
    for (const [backLink, forward] of Object.entries(forwardOf)) {
      const links = change.links.get(forward.toLowerCase());
      const isMapped = followed.has(backLink) || this.#filterNames(backLink);
      if (links === undefined || !isMapped) continue;
      for (const { guid } of [...links.added, ...links.removed]) {
        if (guid === undefined) continue;
        const id = this.#known.find(guid);
        const isKnown = id !== undefined && this.#known.isExported(id);
        (isKnown ? pending.known : pending.whole).add(guid);
      }
    }
  }

  #filterNames(attribute: string): boolean {
    return this.#place.filter.toLowerCase().includes(`(${attribute}`);
  }

  /** Values that came and went, for entries whose lists are known. */
  #applyLinks(change: ObjectChange): void {
    const known = this.#known;
    const id = known.find(change.guid);
    if (id === undefined || !known.isExported(id) || change.isDeleted) return;
    for (const [attribute, { added, removed }] of change.links) {
      if (!this.#place.tables.linkOnly.has(attribute)) continue;
      const targets = new Set(known.links(attribute, id));
      for (const { guid, dn } of removed) {
        const target = known.find(guid ?? `dn:${dn}`);
        if (target !== undefined) targets.delete(target);
      }
      const alive = added.filter(({ dn }) => !isNameOfDeleted(dn));
      for (const target of known.noteTargets(alive)) targets.add(target);
      known.setLinks(attribute, id, [...targets]);
    }
  }

  /** Entries that name what is gone, in a column of their own row. */
  #addOwners(pending: Pending, targets: ReadonlySet<number>): void {
    const { followed, linkOnly } = this.#place.tables;
    for (const attribute of followed) {
      if (linkOnly.has(attribute)) continue;
      for (const owner of this.#known.ownersOf(attribute, targets)) {
        const guid = this.#known.guid(owner);
        if (this.#known.isExported(owner)) pending.known.add(guid);
      }
    }
  }

  /** Entries that name what has another name now, until there are none that have not been read. */
  #addReferring(pending: Pending): void {
    const renamed = new Set(this.#known.changedNames().keys());
    const fresh = new Set([...renamed].filter((id) => !this.#followedUp.has(id)));
    for (const id of fresh) this.#followedUp.add(id);
    this.#addOwners(pending, fresh);
    for (const id of fresh) {
      const guid = this.#known.guid(id);
      if (this.#known.isExported(id) && !this.#done.has(guid)) pending.known.add(guid);
    }
  }

  /** Everything that matches, by GUID and name: what is missing has gone. Tables of links come whole. */
  async *#list(
    session: LdapSession,
    pending: Pending,
  ): AsyncGenerator<TableBatch, void, undefined> {
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
        if (before === undefined || !known.isExported(before)) pending.whole.add(self.guid);
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
    this.#addOwners(pending, missing);
    known.forget(missing);
    for (const id of missing) pending.known.delete(known.guid(id));
    this.#addReferring(pending);
  }

  async *#readPending(
    session: LdapSession,
    pending: Pending,
  ): AsyncGenerator<TableBatch, void, undefined> {
    const { tables } = this.#place;
    const whole = [...pending.whole];
    const known = [...pending.known].filter((guid) => !pending.whole.has(guid));
    pending.whole.clear();
    pending.known.clear();
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

  /** What was restored is in lists again without their owners being told. */
  async #findRestoredLinks(session: LdapSession, pending: Pending): Promise<void> {
    const { followed } = this.#place.tables;
    for (const { dn } of this.#restored) {
      for (const attribute of followed) {
        if (attribute in forwardOf) continue;
        const plan = planSearches(this.#place.directory, session);
        const spec = {
          baseDn: this.#place.baseDn,
          scope: 'sub',
          filter: equals(attribute, dn),
          attributes: [],
        } as const;
        const named = { ...plan, controls: [...plan.controls, extendedNames] };
        for await (const item of searchCompletely(session, spec, named, this.#place.context)) {
          if (item.kind !== 'entries') continue;
          for (const { guid } of item.entries.map((e) => readExtendedName(decodeEntry(e).dn))) {
            if (guid !== undefined) pending.whole.add(guid);
          }
        }
      }
    }
    this.#restored = [];
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
