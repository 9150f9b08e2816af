/** Which entries the changes of a directory concern: those it names, and those it does not. */
import { PresenceFilter } from 'ldapts';
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
import type { Changes, ObjectChange } from './read-changes.ts';
import type { BasePlace } from './read-everything.ts';
import { forwardOf } from './replicated-tables.ts';

/** Entries that must be read again, by their GUIDs: those already known in full, and those of which nothing is. */
export interface Pending {
  readonly known: readonly string[];
  readonly whole: readonly string[];
}

const anything = new PresenceFilter({ attribute: 'objectClass' });

export class ConcernedEntries {
  readonly #place: BasePlace;
  readonly #known: KnownEntries;
  readonly #changes: Changes;
  readonly #isListed: boolean;
  /** Have been read again. */
  readonly #done: ReadonlySet<string>;
  readonly #pendingKnown = new Set<string>();
  readonly #pendingWhole = new Set<string>();
  /** Renamed, and those who name them are on the list. */
  readonly #followedUp = new Set<number>();
  #restored: NamedObject[] = [];

  constructor(
    place: BasePlace,
    known: KnownEntries,
    told: {
      readonly changes: Changes;
      readonly isListed: boolean;
      readonly done: ReadonlySet<string>;
    },
  ) {
    this.#place = place;
    this.#known = known;
    this.#changes = told.changes;
    this.#isListed = told.isListed;
    this.#done = told.done;
  }

  get isEmpty(): boolean {
    return this.#pendingKnown.size + this.#pendingWhole.size === 0;
  }

  /** What is on the list, which is empty then. */
  take(): Pending {
    const whole = [...this.#pendingWhole];
    const known = [...this.#pendingKnown].filter((guid) => !this.#pendingWhole.has(guid));
    this.#pendingWhole.clear();
    this.#pendingKnown.clear();
    return { known, whole };
  }

  addWhole(guid: string): void {
    this.#pendingWhole.add(guid);
  }

  /** Is gone: there is nothing to be read. */
  drop(guid: string): void {
    this.#pendingKnown.delete(guid);
  }

  #add(guid: string, isKnown: boolean): void {
    (isKnown ? this.#pendingKnown : this.#pendingWhole).add(guid);
  }

  /** Looks at every change; what is deleted is forgotten. */
  async find(session: LdapSession): Promise<void> {
    const known = this.#known;
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
        await this.#addBelow(session, change, moved);
      }
      if (id !== undefined || this.#isBelowBase(change.dn)) this.#addChanged(change, id);
      this.#addTargets(change);
    }
    // Also where the name is known already: those who name it may have been read before it had it.
    this.addOwners(new Set([...deleted, ...moved]));
    for (const change of this.#changes.objects.values()) this.#applyLinks(change);
    known.forget(deleted);
    for (const id of deleted) this.#pendingKnown.delete(known.guid(id));
    this.addReferring();
  }

  #addChanged(change: ObjectChange, id: number | undefined): void {
    const { linkOnly } = this.#place.tables;
    const isKnown = id !== undefined && this.#known.isExported(id);
    // Without incremental values the list came whole, and without what is no longer in it.
    const isPlain = [...change.whole].some((attribute) => linkOnly.has(attribute));
    this.#add(change.guid, isKnown && !isPlain && !this.#isListed);
  }

  #isBelowBase(dn: string): boolean {
    const base = dnKey(this.#place.baseDn);
    const key = dnKey(dn);
    return key === base || key.endsWith(`,${base}`);
  }

  /** A container has another name: so have all below it, and nobody says so. */
  async #addBelow(session: LdapSession, change: ObjectChange, moved: Set<number>): Promise<void> {
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
          this.#add(guid, isKnown);
        }
      }
    } catch (error) {
      // It has been renamed once more, or deleted: the next changes say so.
      if (resultCodeOf(error) !== resultCodes.noSuchObject) throw error;
    }
  }

  /** Back-links change with the links of others. */
  #addTargets(change: ObjectChange): void {
    const { followed } = this.#place.tables;
    for (const [backLink, forward] of Object.entries(forwardOf)) {
      const links = change.links.get(forward.toLowerCase());
      const isMapped = followed.has(backLink) || this.#filterNames(backLink);
      if (links === undefined || !isMapped) continue;
      for (const { guid } of [...links.added, ...links.removed]) {
        if (guid === undefined) continue;
        const id = this.#known.find(guid);
        const isKnown = id !== undefined && this.#known.isExported(id);
        this.#add(guid, isKnown);
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
  addOwners(targets: ReadonlySet<number>): void {
    const { followed, linkOnly } = this.#place.tables;
    for (const attribute of followed) {
      if (linkOnly.has(attribute)) continue;
      for (const owner of this.#known.ownersOf(attribute, targets)) {
        const guid = this.#known.guid(owner);
        if (this.#known.isExported(owner)) this.#pendingKnown.add(guid);
      }
    }
  }

  /** Entries that name what has another name now, until there are none that have not been read. */
  addReferring(): void {
    const renamed = new Set(this.#known.changedNames().keys());
    const fresh = new Set([...renamed].filter((id) => !this.#followedUp.has(id)));
    for (const id of fresh) this.#followedUp.add(id);
    this.addOwners(fresh);
    for (const id of fresh) {
      const guid = this.#known.guid(id);
      if (this.#known.isExported(id) && !this.#done.has(guid)) this.#pendingKnown.add(guid);
    }
  }

  /** What was restored is in lists again without their owners being told. */
  async findRestoredLinks(session: LdapSession): Promise<void> {
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
            if (guid !== undefined) this.#pendingWhole.add(guid);
          }
        }
      }
    }
    this.#restored = [];
  }
}
