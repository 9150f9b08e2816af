/** What an editor shows about the thing under the pointer, as Markdown. */
import { isCode } from '../expression/form.ts';
import { inspectCode } from '../expression/inspect.ts';
import { textOf } from '../schema/declare.ts';
import { findAttribute } from '../schema/element.ts';
import { findElement } from '../schema/vocabulary.ts';
import { placeAt } from '../source/source-text.ts';
import type { Cursor, CursorValue, Stretch } from './cursor.ts';
import { definitionOf } from './definition-of.ts';
import { describeAttribute, describeElementType } from './describe-vocabulary.ts';
import { requestOf } from './expression-root.ts';
import { findCursor } from './find-cursor.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import { entityTypeOf, type Scene } from './scene.ts';
import { describeTarget, type SymbolTarget } from './symbol.ts';
import type { SymbolIndex } from './symbol-index.ts';

export interface Hover {
  readonly markdown: string;
  readonly stretch: Stretch;
}

export function hoverAt(
  live: LiveConfiguration,
  index: SymbolIndex,
  path: string,
  offset: number,
): Hover | undefined {
  const file = live.file(path);
  if (file === undefined) return undefined;
  const cursor = findCursor(path, file.source.text, offset);
  switch (cursor.kind) {
    case 'element':
      return hoverElement(cursor, file.source.text);
    case 'attribute':
      return hoverName(cursor, live.scene(), file.source.text);
    case 'value':
      return hoverValue(cursor, live, index, path, offset);
    case 'closing':
    case 'none':
      return undefined;
  }
}

function hoverElement(
  { parent, name, isOpened }: Extract<Cursor, { kind: 'element' }>,
  text: string,
): Hover | undefined {
  if (!isOpened || parent === undefined) return undefined;
  const written = text.slice(name.offset, name.offset + name.length);
  const local = written.includes(':') ? `ls:${written.slice(written.indexOf(':') + 1)}` : written;
  const definition = findElement(local, definitionOf(parent));
  return definition === undefined
    ? undefined
    : { markdown: describeElementType(definition), stretch: name };
}

function hoverName(
  { element, name }: Extract<Cursor, { kind: 'attribute' }>,
  scene: Scene,
  text: string,
): Hover | undefined {
  const written = text.slice(name.offset, name.offset + name.length).replaceAll('"', '');
  const definition = definitionOf(element);
  const child = findElement(written, definition);
  if (child !== undefined && (definition !== undefined || element?.name === '')) {
    return { markdown: describeElementType(child), stretch: name };
  }
  const found = definition === undefined ? undefined : findAttribute(definition, written);
  if (found === undefined) return undefined;
  const lines = [`**${found.canonicalName}**`, describeAttribute(found.attribute)];
  const dimension = found.slot === undefined ? undefined : scene.slots.get(found.slot);
  if (dimension !== undefined) {
    lines.push(`Slot of Dimension \`${textOf(dimension, 'Identifier') ?? ''}\`.`);
  }
  return { markdown: lines.join('\n\n'), stretch: name };
}

function hoverValue(
  cursor: CursorValue,
  live: LiveConfiguration,
  index: SymbolIndex,
  path: string,
  offset: number,
): Hover | undefined {
  const definition = definitionOf(cursor.element);
  const found = definition === undefined ? undefined : findAttribute(definition, cursor.attribute);
  if (found === undefined) return undefined;
  const symbol = index.symbolAt(path, offset);
  if (symbol !== undefined) {
    const markdown = describeSymbol(symbol.target, live.scene(), index);
    if (markdown !== undefined) return { markdown, stretch: symbol.span };
  }
  const type = typeInCode(cursor, found.attribute.name, live.scene());
  const lines = [
    ...(type === undefined ? [] : [`\`${type}\``]),
    `**${found.canonicalName}**`,
    describeAttribute(found.attribute),
  ];
  return { markdown: lines.join('\n\n'), stretch: cursor.toFile(0, cursor.text.length) };
}

function typeInCode(
  { element, text, at }: CursorValue,
  name: string,
  scene: Scene,
): string | undefined {
  const request = isCode(text) ? requestOf(element, name, text, scene) : undefined;
  return request === undefined ? undefined : inspectCode(request, at).typeAt;
}

function describeSymbol(
  target: SymbolTarget,
  scene: Scene,
  index: SymbolIndex,
): string | undefined {
  const [first] = index.definitionsOf(target);
  if (first === undefined) return undefined;
  const { definition, span } = first;
  const { element } = definition;
  const shown = textOf(element, 'DisplayName_L1');
  const { line } = placeAt(span.source, span.offset);
  const lines = [
    `**${describeTarget(target)}**${shown === undefined ? '' : ` “${shown}”`}`,
    describeProperty(target, scene) ?? element.definition.doc,
    `Declared at ${span.source.path}:${line}.`,
  ];
  return lines.join('\n\n');
}

function describeProperty(target: SymbolTarget, scene: Scene): string | undefined {
  if (target.kind !== 'property') return undefined;
  const property = entityTypeOf(scene, target.entityType)?.properties.get(target.identifier);
  if (property === undefined) return undefined;
  if (property.kind === 'scalar') {
    return `Scalar property of type ${property.type}${property.isKey ? ', a key' : ''}.`;
  }
  const many = property.isCollection ? 'many resources' : 'one resource';
  return `Navigation property: ${many} of ${property.target}, by EntityAssociation ${property.association}.`;
}
