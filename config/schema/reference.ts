/** Reference pages of the vocabulary, in Markdown: one page per family of elements. */
import type { Attribute, AttributeType, Effect } from './attribute.ts';
import { describeAttributeType } from './attribute-value.ts';
import { commonAttributes, type Element, firstSlotOf, slotCountOf, slotDigits } from './element.ts';
import { exampleOf } from './example.ts';
import { type ElementFamily, families } from './vocabulary.ts';

export interface ReferencePage {
  /** Below the reference folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const folder = 'configuration';

/** Which part of a run reads the elements of a family. */
const readBy: Readonly<Record<string, string>> = {
  'entity-model': 'every step: it is the shape of what the store holds',
  connectors: '`lockstep export`, `prepare`, `synchronize` and `fulfil`',
  roles: '`lockstep evaluate` and `generate`',
  'resource-types': '`lockstep synchronize` (correlation), `evaluate` and `generate`',
  contexts: '`lockstep evaluate`',
  'resource-type-mappings': '`lockstep generate` and `fulfil`',
  jobs: '`lockstep job`',
  scaffoldings: '`lockstep validate --expanded` and whatever reads what they stand for',
  'data-tests': '`lockstep synchronize`',
};

/** One page per family and one that lists them. */
export function generateReference(): readonly ReferencePage[] {
  return [{ path: `${folder}/README.md`, text: writeContents() }, ...families.map(writeFamily)];
}

/** Every element that has a place of its own in the pages, as the path of elements that leads to it. */
export function* listDocumented(): Iterable<readonly Element[]> {
  const seen = new Set<Element>();
  for (const { elements } of families) {
    for (const element of elements) yield* listBelow([element], seen);
  }
}

function* listBelow(path: readonly Element[], seen: Set<Element>): Iterable<readonly Element[]> {
  const element = path.at(-1);
  if (element === undefined || seen.has(element)) return;
  seen.add(element);
  yield path;
  for (const child of element.children) {
    if (!isListedElsewhere(child)) yield* listBelow([...path, child], seen);
  }
}

function writeContents(): string {
  const lines = [
    '# Configuration elements',
    '',
    'Elements whose page says that they have no effect are read, checked for form and kept; `lockstep validate --verbose` lists those of a configuration.',
    '',
    '| page | elements |',
    '| --- | --- |',
  ];
  for (const { page, title, elements } of families) {
    const shown = elements.slice(0, 12).map(({ name }) => `\`${name}\``);
    const more = elements.length > shown.length ? ', …' : '';
    lines.push(`| [${title}](${page}.md) | ${shown.join(', ')}${more} |`);
  }
  lines.push(
    '',
    'Any element may also have:',
    '',
    ...writeTable(commonAttributes.map(writeAttribute)),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

function writeFamily(family: ElementFamily): ReferencePage {
  const lines = [`# ${family.title}`, ''];
  const steps = readBy[family.page];
  if (steps !== undefined) lines.push(`Read by ${steps}.`, '');
  const users = collectUsers();
  const own = new Set<Element>(family.elements);
  for (const path of listDocumented()) {
    const [first] = path;
    if (first !== undefined && own.has(first)) lines.push(...writeElement(path, users));
  }
  return { path: `${folder}/${family.page}.md`, text: `${lines.join('\n').trimEnd()}\n` };
}

/** Where elements are named: scope to `Element/Attribute`. */
function collectUsers(): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const path of listDocumented()) {
    const name = path.map((element) => element.name).join(' / ');
    for (const { name: attribute, type } of path.at(-1)?.attributes ?? []) {
      if (type.kind !== 'reference') continue;
      const list = users.get(type.scope) ?? [];
      users.set(type.scope, [...list, `\`${attribute}\` of ${name}`]);
    }
  }
  return users;
}

function writeElement(
  path: readonly Element[],
  users: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const element = path.at(-1);
  if (element === undefined) return [];
  const heading = '#'.repeat(Math.min(path.length + 1, 6));
  const lines = [`${heading} ${path.map(({ name }) => name).join(' / ')}`, '', element.doc, ''];
  if (element.status === 'not-yet-used') {
    lines.push(`*Without effect in this version.* ${element.why ?? ''}`.trimEnd(), '');
  }
  lines.push(...writeAttributes(element));
  if (element.isOpen) lines.push('Further attributes and children are kept as written.', '');
  const others = element.children.filter(isListedElsewhere);
  if (others.length > 0) {
    const names = others.map((child) => `\`${child.name}\``).join(', ');
    lines.push(`Inside it may also stand: ${names}.`, '');
  }
  lines.push('```xml', exampleOf(path), '```', '');
  lines.push(...writeUsers(element, users));
  return lines;
}

const shownUsers = 12;

function writeUsers(
  element: Element,
  users: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const list = [...new Set(users.get(element.scope) ?? [])];
  // Tasks and mappings of all kinds share a scope; its first page says enough.
  if (list.length === 0 || element.key.length === 0) return [];
  const more = list.length > shownUsers ? `, and ${list.length - shownUsers} more` : '';
  return [`Where used: ${list.slice(0, shownUsers).join(', ')}${more}.`, ''];
}

function writeAttributes(element: Element): readonly string[] {
  const rows = [
    ...element.attributes.map(writeAttribute),
    ...element.localized.map(
      (text) =>
        `| \`${text.name}_L1\` … \`_L16\` | text | ${text.isRequired ? '`_L1`' : 'no'} | | ${text.doc} |`,
    ),
    ...element.numbered.map((family) => {
      const first = slotDigits(firstSlotOf(family));
      const last = slotDigits(firstSlotOf(family) + slotCountOf(family) - 1);
      return `| \`${family.letter}${first}\` … \`${family.letter}${last}\` | ${describe(family.type)} | no | | ${family.doc}${effectNote(family.effect, family.doc)} |`;
    }),
  ];
  return writeTable(rows);
}

function writeTable(rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return [];
  return [
    '| attribute | value | required | default | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

/** Tasks stand inside jobs and on their own: they are described once. */
function isListedElsewhere(element: Element): boolean {
  return element.scope === 'Task' || element.scope === 'TaskOverride';
}

function writeAttribute(attribute: Attribute): string {
  const { name, type, isRequired, defaultValue, doc, effect } = attribute;
  const shown = defaultValue === undefined ? '' : `\`${defaultValue}\``;
  return `| \`${name}\` | ${describe(type)} | ${isRequired ? 'yes' : 'no'} | ${shown} | ${escapeCell(doc)}${effectNote(effect, doc)} |`;
}

function describe(type: AttributeType): string {
  if (type.kind !== 'choice') return escapeCell(describeAttributeType(type));
  const members = type.members.map(([member, number]) =>
    type.isUnnumbered === true ? `\`${member}\`` : `${number} \`${member}\``,
  );
  const aliases = Object.keys(type.aliases).map((alias) => `also \`${alias}\``);
  const others = type.isExtensible === true ? ['and others'] : [];
  return [...members, ...aliases, ...others].join(', ');
}

/** Nothing is added to a meaning that says so itself. */
function effectNote(effect: Effect, doc: string): string {
  if (effect === 'not-yet') return ' *Without effect in this version.*';
  const isSaid = /accepted|without (meaning|effect)|never run/i.test(doc);
  return effect === 'none' && !isSaid ? ' *Has no effect here.*' : '';
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
