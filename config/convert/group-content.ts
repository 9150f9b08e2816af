/** Puts the elements of a document into the groups that JSON holds them in, without changing their order. */
import type { Content, DocumentElement, Note } from './document.ts';

/** Elements of one name that follow each other. */
export interface Group {
  readonly name: string;
  /** Before the key. */
  readonly notes: readonly Note[];
  readonly hasBlankLineBefore: boolean;
  readonly entries: readonly Entry[];
}

interface Entry {
  /** Before the element. */
  readonly notes: readonly Note[];
  readonly element: DocumentElement;
  /** On the line on which the element ends. */
  readonly trailing: readonly Note[];
}

export interface GroupedContent {
  readonly groups: readonly Group[];
  /** Notes after the last element. */
  readonly rest: readonly Note[];
}

interface GrowingGroup extends Omit<Group, 'entries'> {
  readonly entries: (Omit<Entry, 'trailing'> & { readonly trailing: Note[] })[];
}

export function groupContent(content: readonly Content[]): GroupedContent {
  const groups: GrowingGroup[] = [];
  let notes: Note[] = [];
  for (const each of content) {
    const group = groups.at(-1);
    if (each.kind !== 'element') {
      const entry = group?.entries.at(-1);
      // A comment to the end of the line is the last thing on its line.
      const fits = each.lines.length === 1 && notes.length === 0 && entry?.trailing.length === 0;
      if (each.isTrailing && fits) entry?.trailing.push(each);
      else notes.push(each);
      continue;
    }
    const { name } = each.source;
    const { hasBlankLineBefore } = each;
    if (group?.name === name) {
      group.entries.push({ notes, element: each, trailing: [] });
    } else {
      const element = { ...each, hasBlankLineBefore: false };
      groups.push({
        name,
        notes,
        hasBlankLineBefore,
        entries: [{ notes: [], element, trailing: [] }],
      });
    }
    notes = [];
  }
  return { groups, rest: notes };
}

/**
 * The groups in parts, in each of which every name stands once; `undefined` when one part is enough and no name is `taken`, so
 * that the groups can be members of the object itself.
 */
export function toParts(
  groups: readonly Group[],
  taken: ReadonlySet<string>,
): readonly (readonly Group[])[] | undefined {
  const parts: Group[][] = [];
  let names = new Set<string>();
  for (const group of groups) {
    const part = parts.at(-1);
    if (part === undefined || names.has(group.name)) {
      parts.push([group]);
      names = new Set([group.name]);
    } else {
      part.push(group);
      names.add(group.name);
    }
  }
  const isTaken = groups.some(({ name }) => taken.has(name));
  return parts.length > 1 || isTaken ? parts : undefined;
}
