/** Writes a document as JSON with comments: element names are keys, and the order of the document is kept. */
import { type Element, findAttribute } from '../schema/element.ts';
import { findElement } from '../schema/vocabulary.ts';
import type { SourceAttribute } from '../source/element-tree.ts';
import { partsKey, schemaKey } from '../source/json-reader.ts';
import { toBlockComment, toMarkedComment } from './comment-text.ts';
import type { Content, Document, DocumentElement, Note } from './document.ts';
import { type Group, groupContent, toParts } from './group-content.ts';

const maximumWidth = 110;
const step = '  ';

/** One member of an object, or one entry of a list. */
interface Member {
  readonly notes: readonly Note[];
  readonly hasBlankLineBefore: boolean;
  /** Without indentation of the first line, with that of the others. */
  readonly lines: readonly string[];
  /** Comments on the line on which it ends. */
  readonly trailing: readonly Note[];
}

/** The whole file. Every name must be one that a key can be; `find-obstacles.ts` has seen to that. */
export function writeJson(document: Document): string {
  const members: Member[] = [];
  if (document.schema !== undefined)
    members.push(plain(`"${schemaKey}": ${JSON.stringify(document.schema)}`));
  const body = writeObject(members, document.content, new Set(), undefined, '');
  const lines = [...formatNotes(document.before, ''), ...body, ...formatNotes(document.after, '')];
  return `${lines.join('\n')}\n`;
}

/** True when the document has something to say that plain JSON cannot hold. */
export function needsComments(document: Document): boolean {
  const hasNote = (content: Content): boolean =>
    content.kind !== 'element' || content.content.some(hasNote);
  return document.before.length + document.after.length > 0 || document.content.some(hasNote);
}

function plain(line: string): Member {
  return { notes: [], hasBlankLineBefore: false, lines: [line], trailing: [] };
}

function writeObject(
  attributes: readonly Member[],
  content: readonly Content[],
  taken: ReadonlySet<string>,
  definition: Element | undefined,
  indent: string,
): readonly string[] {
  const { groups, rest } = groupContent(content);
  const parts = toParts(groups, taken);
  const inner = `${indent}${step}`;
  const members = [...attributes];
  if (parts === undefined) {
    members.push(...groups.map((group) => writeGroup(group, definition, inner)));
  } else {
    const entries = parts.map((part): Member => {
      const inside = `${inner}${step}`;
      const written = part.map((group) => writeGroup(group, definition, `${inside}${step}`));
      return { ...plain(''), lines: enclose('{', written, [], '}', inside) };
    });
    const [first = '', ...others] = enclose('[', entries, [], ']', inner);
    members.push({ ...plain(''), lines: [`"${partsKey}": ${first}`, ...others] });
  }
  return enclose('{', members, rest, '}', indent);
}

function writeGroup(group: Group, parent: Element | undefined, indent: string): Member {
  const definition = findElement(group.name, parent);
  const inner = `${indent}${step}`;
  const entries = group.entries.map(
    ({ notes, element, trailing }): Member => ({
      notes,
      hasBlankLineBefore: element.hasBlankLineBefore,
      lines: writeElement(element, definition, inner),
      trailing,
    }),
  );
  const [first = '', ...others] = enclose('[', entries, [], ']', indent);
  return {
    notes: group.notes,
    hasBlankLineBefore: group.hasBlankLineBefore,
    lines: [`${JSON.stringify(group.name)}: ${first}`, ...others],
    trailing: [],
  };
}

function writeElement(
  element: DocumentElement,
  definition: Element | undefined,
  indent: string,
): readonly string[] {
  const { attributes } = element.source;
  const written = attributes.map(
    (attribute) => `${JSON.stringify(attribute.name)}: ${formatValue(attribute, definition)}`,
  );
  if (element.content.length === 0) {
    const line = written.length === 0 ? '{}' : `{ ${written.join(', ')} }`;
    if (indent.length + line.length <= maximumWidth || written.length === 0) return [line];
  }
  const taken = new Set(attributes.map(({ name }) => name));
  return writeObject(written.map(plain), element.content, taken, definition, indent);
}

/** As boolean or number where the vocabulary says so and the text comes back the same, as text everywhere else. */
function formatValue({ name, value }: SourceAttribute, definition: Element | undefined): string {
  const type =
    definition === undefined ? undefined : findAttribute(definition, name)?.attribute.type;
  const isFlag = type?.kind === 'boolean' || type?.kind === 'flag-or-integer';
  const isBoolean = isFlag && (value === 'true' || value === 'false');
  const isCount = type?.kind === 'integer' || type?.kind === 'flag-or-integer';
  const isNumber =
    (isCount && /^-?(?:0|[1-9]\d{0,9})$/.test(value)) ||
    (type?.kind === 'number' && /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/.test(value));
  return isBoolean || isNumber ? value : JSON.stringify(value);
}

/** Members between brackets, a comma after each but the last, `rest` before the closing bracket. */
function enclose(
  open: string,
  members: readonly Member[],
  rest: readonly Note[],
  close: string,
  indent: string,
): readonly string[] {
  if (members.length === 0 && rest.length === 0) return [`${open}${close}`];
  const inner = `${indent}${step}`;
  const lines: string[] = [open];
  for (const [index, member] of members.entries()) {
    lines.push(...formatNotes(member.notes, inner));
    if (member.hasBlankLineBefore) lines.push('');
    const comma = index < members.length - 1 ? ',' : '';
    const [first = '', ...others] = member.lines;
    const written = [`${inner}${first}`, ...others];
    const last = `${written.at(-1) ?? ''}${comma}`;
    const beside = member.trailing.map((note) => formatNote(note, inner).join('\n').trim());
    lines.push(...written.slice(0, -1), [last, ...beside].join(' '));
  }
  lines.push(...formatNotes(rest, inner), `${indent}${close}`);
  return lines;
}

function formatNotes(notes: readonly Note[], indent: string): readonly string[] {
  return notes.flatMap((note) => [
    ...(note.hasBlankLineBefore ? [''] : []),
    ...formatNote(note, indent),
  ]);
}

function formatNote({ kind, lines }: Note, indent: string): readonly string[] {
  const texts = (kind === 'instruction' ? `<?${lines[0] ?? ''}?>` : lines.join('\n')).split('\n');
  const [start = '', ...more] = texts;
  const first = kind === 'instruction' ? start : toMarkedComment(start);
  if (more.length === 0) return [`${indent}//${first === '' ? '' : ` ${first}`}`];
  const middle = more.map(toBlockComment);
  const end = middle.pop() ?? '';
  const inner = `${indent}${first === '' ? step : '   '}`;
  return [
    `${indent}/*${first === '' ? '' : ` ${toBlockComment(first)}`}`,
    ...middle.map((line) => (line === '' ? '' : `${inner}${line}`)),
    end === '' ? `${indent}*/` : `${inner}${end} */`,
  ];
}
