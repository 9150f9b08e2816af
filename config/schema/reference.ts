/** Reference pages of the vocabulary, in Markdown: one page per family of elements. */
import type { Attribute, AttributeType, Effect } from './attribute.ts';
import { describeAttributeType } from './attribute-value.ts';
import type { Element } from './element.ts';
import { type ElementFamily, families } from './vocabulary.ts';

export interface ReferencePage {
  /** Below the reference folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const folder = 'configuration';

/** One page per family and one that lists them. */
export function generateReference(): readonly ReferencePage[] {
  return [{ path: `${folder}/README.md`, text: writeContents() }, ...families.map(writeFamily)];
}

function writeContents(): string {
  const lines = ['# Configuration elements', '', '| page | elements |', '| --- | --- |'];
  for (const { page, title, elements } of families) {
    const shown = elements.slice(0, 12).map(({ name }) => `\`${name}\``);
    const more = elements.length > shown.length ? ', …' : '';
    lines.push(`| [${title}](${page}.md) | ${shown.join(', ')}${more} |`);
  }
  return `${lines.join('\n')}\n`;
}

function writeFamily(family: ElementFamily): ReferencePage {
  const lines = [`# ${family.title}`, ''];
  const open = family.elements.filter(
    (element) => element.isOpen && element.attributes.length === 0,
  );
  for (const element of family.elements) {
    if (!open.includes(element)) lines.push(...writeElement(element, '##', ''));
  }
  if (open.length > 0) {
    lines.push('These elements are recognised and kept, and have no effect in this version:', '');
    lines.push(...open.map(({ name }) => `- \`${name}\``), '');
  }
  return { path: `${folder}/${family.page}.md`, text: `${lines.join('\n').trimEnd()}\n` };
}

function writeElement(element: Element, heading: string, path: string): readonly string[] {
  const name = `${path}${element.name}`;
  const lines = [`${heading} ${name}`, '', element.doc, ''];
  if (element.status === 'not-yet-used') {
    lines.push('*Recognised; without effect in this version.*', '');
  }
  const rows = [
    ...element.attributes.map(writeAttribute),
    ...element.localized.map(
      (text) =>
        `| \`${text.name}_L1\` … \`_L16\` | text | ${text.isRequired ? '`_L1`' : 'no'} | | ${text.doc} |`,
    ),
    ...element.numbered.map(
      (family) =>
        `| \`${family.letter}0\` … \`${family.letter}3V\` | ${describe(family.type)} | no | | ${family.doc}${effectNote(family.effect)} |`,
    ),
  ];
  if (rows.length > 0) {
    lines.push(
      '| attribute | value | required | default | meaning |',
      '| --- | --- | --- | --- | --- |',
    );
    lines.push(...rows, '');
  }
  if (element.isOpen) lines.push('Further attributes and children are kept as written.', '');
  const described = element.children.filter((child) => !isListedElsewhere(child));
  const others = element.children.filter(isListedElsewhere);
  if (others.length > 0) {
    lines.push(
      `Inside it may also stand: ${others.map((child) => `\`${child.name}\``).join(', ')}.`,
      '',
    );
  }
  for (const child of described) lines.push(...writeElement(child, `${heading}#`, `${name} / `));
  return lines;
}

/** Tasks stand inside jobs and on their own: they are described once. */
function isListedElsewhere(element: Element): boolean {
  return element.scope === 'Task' || element.scope === 'TaskOverride';
}

function writeAttribute(attribute: Attribute): string {
  const { name, type, isRequired, defaultValue, doc, effect } = attribute;
  const shown = defaultValue === undefined ? '' : `\`${defaultValue}\``;
  return `| \`${name}\` | ${describe(type)} | ${isRequired ? 'yes' : 'no'} | ${shown} | ${escapeCell(doc)}${effectNote(effect)} |`;
}

function describe(type: AttributeType): string {
  if (type.kind !== 'choice') return escapeCell(describeAttributeType(type));
  return type.members.map(([member, number]) => `${number} \`${member}\``).join(', ');
}

function effectNote(effect: Effect): string {
  return effect === 'not-yet' ? ' *Without effect in this version.*' : '';
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
