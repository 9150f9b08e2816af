/** Completion: what may be written at a place of a file, by the vocabulary and by what the configuration declares. */
import { textOf } from '../schema/declare.ts';
import {
  attributeNames,
  commonAttributes,
  type Element,
  findAttribute,
  slotDigits,
} from '../schema/element.ts';
import { topLevelElements } from '../schema/vocabulary.ts';
import { isJsonName } from '../source/read-files.ts';
import { configurationNamespace } from '../source/xml-reader.ts';
import type { Cursor, OpenElement, Stretch } from './cursor.ts';
import { definitionOf } from './definition-of.ts';
import { describeAttribute, requiredAttributes } from './describe-vocabulary.ts';
import { findCursor } from './find-cursor.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import { escapeSnippet, type Proposal } from './proposal.ts';
import { proposeValues } from './propose-values.ts';
import type { Scene } from './scene.ts';

/** Everything that may stand at the place, for the client to filter by what is written already. */
export function propose(
  live: LiveConfiguration,
  path: string,
  text: string,
  offset: number,
): readonly Proposal[] {
  const cursor = findCursor(path, text, offset);
  const isJson = isJsonName(path);
  switch (cursor.kind) {
    case 'element':
      return cursor.parent === undefined ? proposeRoot(cursor, text) : proposeElements(cursor);
    case 'attribute':
      return isJson
        ? proposeKeys(cursor, live.scene())
        : proposeAttributes(cursor.element, cursor, live.scene(), false);
    case 'closing':
      return proposeClosing(cursor.element, cursor.name);
    case 'value':
      return proposeValues(cursor, live.scene(), isJson);
    case 'none':
      return [];
  }
}

function isTop(parent: OpenElement | undefined): boolean {
  return parent === undefined || parent.name === '';
}

/** The root of a file that has none yet. */
function proposeRoot(
  { name, isOpened }: Extract<Cursor, { kind: 'element' }>,
  text: string,
): readonly Proposal[] {
  if (/<([\w.-]+:)?ConfigurationFile[\s>]/.test(text)) return [];
  const insert = `${isOpened ? '' : '<'}ConfigurationFile`;
  return [
    {
      kind: 'element',
      label: 'ConfigurationFile',
      doc: 'What every configuration file in XML begins with.',
      insert,
      snippet: `${insert} xmlns="${configurationNamespace}">\n\t$0\n</ConfigurationFile>`,
      replaced: name,
      rank: 0,
    },
  ];
}

function proposeElements(cursor: Extract<Cursor, { kind: 'element' }>): readonly Proposal[] {
  const { parent, name, isOpened, hasMore } = cursor;
  const start = isOpened ? '' : '<';
  const known = isTop(parent) ? topLevelElements : (definitionOf(parent)?.children ?? []);
  const proposals = known.map((element): Proposal => {
    const plain = `${start}${element.name}`;
    const snippet = hasMore ? undefined : `${escapeSnippet(plain)}${writeSnippet(element)}`;
    return {
      kind: 'element',
      label: element.name,
      doc: element.doc,
      insert: plain,
      ...(snippet === undefined ? {} : { snippet }),
      replaced: name,
      rank: element.status === 'used' ? 0 : 1,
    };
  });
  return proposals;
}

function writeSnippet(element: Element): string {
  const names = requiredAttributes(element);
  const attributes = names.map((name, index) => ` ${name}="$${index + 1}"`).join('');
  const ending = element.children.length === 0 ? '$0 />' : `>\n\t$0\n</${element.name}>`;
  return `${attributes}${ending}`;
}

function proposeClosing(element: OpenElement, name: Stretch): readonly Proposal[] {
  const label = element.name === '' ? 'ConfigurationFile' : element.name;
  return [{ kind: 'element', label, insert: `${label}>`, replaced: name, rank: 0 }];
}

interface Offered {
  readonly name: string;
  readonly detail: string;
  readonly doc: string;
  readonly isRequired: boolean;
  readonly isQuoted: boolean;
}

function proposeAttributes(
  element: OpenElement | undefined,
  at: { readonly name: Stretch; readonly hasValue: boolean },
  scene: Scene,
  isJson: boolean,
): readonly Proposal[] {
  const definition = definitionOf(element);
  if (element === undefined || definition === undefined) return [];
  return offerAttributes(definition, scene)
    .filter(({ name }) => !element.attributeNames.has(name))
    .map((offered): Proposal => {
      const value = isJson ? jsonValue(offered) : { insert: '=""', snippet: '="$1"' };
      const name = isJson ? JSON.stringify(offered.name) : offered.name;
      return {
        kind: 'attribute',
        label: offered.name,
        detail: offered.detail,
        doc: offered.doc,
        insert: at.hasValue ? name : `${name}${value.insert}`,
        ...(at.hasValue ? {} : { snippet: `${escapeSnippet(name)}${value.snippet}` }),
        replaced: at.name,
        rank: offered.isRequired ? 0 : 1,
      };
    });
}

function jsonValue({ isQuoted }: Offered): { readonly insert: string; readonly snippet: string } {
  return isQuoted ? { insert: ': ""', snippet: ': "$1"' } : { insert: ': ', snippet: ': $1' };
}

function offerAttributes(definition: Element, scene: Scene): readonly Offered[] {
  const numbered = definition.numbered.flatMap(({ letter }) =>
    [...scene.slots].map(([slot, dimension]) => ({
      name: `${letter}${slotDigits(slot)}`,
      note: `dimension ${textOf(dimension, 'Identifier') ?? ''}`,
    })),
  );
  const plain = [...attributeNames(definition), ...commonAttributes.map(({ name }) => name)];
  const required = new Set(requiredAttributes(definition));
  return [...plain.map((name) => ({ name, note: '' })), ...numbered].flatMap(({ name, note }) => {
    const found = findAttribute(definition, name)?.attribute;
    if (found === undefined) return [];
    const isRequired = required.has(name);
    const { kind } = found.type;
    return [
      {
        name,
        detail: note === '' ? (isRequired ? 'required' : '') : note,
        doc: describeAttribute(found),
        isRequired,
        isQuoted: kind !== 'boolean' && kind !== 'integer' && kind !== 'number',
      },
    ];
  });
}

/** In JSON an element's attributes and the elements inside of it are keys side by side. */
function proposeKeys(
  cursor: Extract<Cursor, { kind: 'attribute' }>,
  scene: Scene,
): readonly Proposal[] {
  const { element, name, hasValue } = cursor;
  const known = isTop(element) ? topLevelElements : (definitionOf(element)?.children ?? []);
  const elements = known
    .filter((each) => element?.attributeNames.has(each.name) !== true)
    .map((each): Proposal => {
      const key = JSON.stringify(each.name);
      return {
        kind: 'element',
        label: each.name,
        doc: each.doc,
        insert: hasValue ? key : `${key}: []`,
        ...(hasValue ? {} : { snippet: `${escapeSnippet(key)}: [{ ${jsonSnippet(each)}$0 }]` }),
        replaced: name,
        rank: each.status === 'used' ? 2 : 3,
      };
    });
  if (element?.isPart === true) return elements;
  return [...proposeAttributes(element, cursor, scene, true), ...elements];
}

function jsonSnippet(element: Element): string {
  const names = requiredAttributes(element);
  const fields = names.map((name, index) => `${JSON.stringify(name)}: "$${index + 1}"`);
  return fields.length === 0 ? '' : `${fields.join(', ')} `;
}
