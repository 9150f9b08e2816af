/** Rows that are told last: what is gone, and links as they were and are. */
import type { KnownEntries } from './known-entries.ts';
import type { ReplicatedTable } from './replicated-tables.ts';

/** What is told once all bases have been read: of a move between two of them, only that the entry is in the second. */
export interface LateRows {
  readonly gone: { readonly guid: string; readonly dn: string }[];
  readonly links: Map<ReplicatedTable, { readonly removed: LinkRow[]; readonly added: LinkRow[] }>;
}

export interface LinkRow {
  readonly guid: string;
  readonly dn: string;
  readonly linked: string;
}

/** Entries whose links read otherwise now: their own lists, or names in them, or their own name changed. */
export function ownersConcerned(known: KnownEntries, attribute: string): ReadonlySet<number> {
  const renamed = new Set(known.changedNames().keys());
  return new Set([
    ...known.changedLinks(attribute).keys(),
    ...known.ownersOf(attribute, renamed),
    ...[...renamed, ...known.changedExports().keys()].filter(
      (id) => known.links(attribute, id).length + known.formerLinks(attribute, id).length > 0,
    ),
  ]);
}

/** Links of one owner as rows, then and now. */
export function compareLinks(
  known: KnownEntries,
  attribute: string,
  owner: number,
  rows: { readonly removed: LinkRow[]; readonly added: LinkRow[] },
): void {
  const guid = known.guid(owner);
  const formerDn = known.formerDn(owner);
  const dn = known.dn(owner);
  const former = known.wasExported(owner) ? known.formerLinks(attribute, owner) : [];
  const now = known.isExported(owner) ? known.links(attribute, owner) : [];
  const hasSameName = formerDn === dn;
  const formerTexts = new Set(former.map((target) => known.formerDn(target)));
  const texts = new Set(now.map((target) => known.dn(target)));
  for (const linked of formerTexts) {
    if (!hasSameName || !texts.has(linked)) rows.removed.push({ guid, dn: formerDn, linked });
  }
  for (const linked of texts) {
    if (!hasSameName || !formerTexts.has(linked)) rows.added.push({ guid, dn, linked });
  }
}
