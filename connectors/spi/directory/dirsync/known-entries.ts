/**
 * What the last export told of one base: which entries, their names, and whom they name. Active Directory does not say that
 * a name changed because something above it was renamed, nor that a link ended because its target was deleted; with this
 * both are known, and the rows to take back as well.
 */
import type { NamedObject } from './extended-names.ts';

const noLinks: readonly number[] = [];

/**
 * Holds about 150 bytes per entry and 4 to 8 per link in memory. Changes are noted from `startUpdate` on, so that what was
 * and what is can be compared.
 */
export class KnownEntries {
  readonly #idByGuid = new Map<string, number>();
  readonly #guids: string[] = [];
  readonly #dns: string[] = [];
  readonly #isExported: boolean[] = [];
  readonly #links = new Map<string, Map<number, readonly number[]>>();
  readonly #formerDns = new Map<number, string>();
  readonly #formerExported = new Map<number, boolean>();
  readonly #formerLinks = new Map<string, Map<number, readonly number[]>>();
  #isUpdating = false;

  startUpdate(): void {
    this.#isUpdating = true;
  }

  find(guid: string): number | undefined {
    return this.#idByGuid.get(guid);
  }

  /** Its number; a name that differs from the one known replaces it. */
  note({ guid, dn }: { readonly guid: string; readonly dn: string }): number {
    const known = this.#idByGuid.get(guid);
    if (known === undefined) {
      const id = this.#guids.length;
      this.#idByGuid.set(guid, id);
      this.#guids.push(guid);
      this.#dns.push(dn);
      this.#isExported.push(false);
      return id;
    }
    const before = this.dn(known);
    if (before !== dn) {
      if (this.#isUpdating && !this.#formerDns.has(known)) this.#formerDns.set(known, before);
      this.#dns[known] = dn;
    }
    return known;
  }

  guid(id: number): string {
    return this.#guids[id] ?? '';
  }

  dn(id: number): string {
    return this.#dns[id] ?? '';
  }

  formerDn(id: number): string {
    return this.#formerDns.get(id) ?? this.dn(id);
  }

  isExported(id: number): boolean {
    return this.#isExported[id] === true;
  }

  wasExported(id: number): boolean {
    return this.#formerExported.get(id) ?? this.isExported(id);
  }

  setExported(id: number, isExported: boolean): void {
    const before = this.isExported(id);
    if (before === isExported) return;
    if (this.#isUpdating && !this.#formerExported.has(id)) this.#formerExported.set(id, before);
    this.#isExported[id] = isExported;
  }

  links(attribute: string, owner: number): readonly number[] {
    return this.#links.get(attribute)?.get(owner) ?? noLinks;
  }

  formerLinks(attribute: string, owner: number): readonly number[] {
    return this.#formerLinks.get(attribute)?.get(owner) ?? this.links(attribute, owner);
  }

  setLinks(attribute: string, owner: number, targets: readonly number[]): void {
    const before = this.links(attribute, owner);
    if (before.length === 0 && targets.length === 0) return;
    if (this.#isUpdating) {
      const former = this.#formerLinks.get(attribute) ?? new Map<number, readonly number[]>();
      this.#formerLinks.set(attribute, former);
      if (!former.has(owner)) former.set(owner, before);
    }
    const all = this.#links.get(attribute) ?? new Map<number, readonly number[]>();
    this.#links.set(attribute, all);
    if (targets.length === 0) all.delete(owner);
    else all.set(owner, targets);
  }

  /** Numbers of targets; those without a GUID are known by their name alone, and never followed. */
  noteTargets(targets: readonly NamedObject[]): readonly number[] {
    return targets.map(({ guid, dn }) => this.note({ guid: guid ?? `dn:${dn}`, dn }));
  }

  attributes(): readonly string[] {
    return [...this.#links.keys()];
  }

  owners(attribute: string): ReadonlyMap<number, readonly number[]> {
    return this.#links.get(attribute) ?? new Map();
  }

  /** Owners that name one of the targets; looks at every link once. */
  ownersOf(attribute: string, targets: ReadonlySet<number>): readonly number[] {
    const owners: number[] = [];
    if (targets.size === 0) return owners;
    for (const [owner, links] of this.owners(attribute)) {
      if (links.some((target) => targets.has(target))) owners.push(owner);
    }
    return owners;
  }

  /** What was deleted: no longer exported, without links, and no longer the target of any. */
  forget(ids: ReadonlySet<number>): void {
    if (ids.size === 0) return;
    for (const attribute of this.attributes()) {
      for (const owner of this.ownersOf(attribute, ids)) {
        const left = this.links(attribute, owner).filter((target) => !ids.has(target));
        this.setLinks(attribute, owner, left);
      }
      for (const id of ids) this.setLinks(attribute, id, noLinks);
    }
    for (const id of ids) this.setExported(id, false);
  }

  exportedIds(): number[] {
    return this.#guids.flatMap((_, id) => (this.isExported(id) ? [id] : []));
  }

  /** Entries whose name, place among the exported, or own links differ from before. */
  changedNames(): ReadonlyMap<number, string> {
    return this.#formerDns;
  }

  changedExports(): ReadonlyMap<number, boolean> {
    return this.#formerExported;
  }

  changedLinks(attribute: string): ReadonlyMap<number, readonly number[]> {
    return this.#formerLinks.get(attribute) ?? new Map();
  }
}
