/** Completion inside an attribute's value. */
import type { EntityType, Property } from '../entity-model.ts';
import { isCode, readForm } from '../expression/form.ts';
import { inspectCode } from '../expression/inspect.ts';
import { listPredefined } from '../expression/predefined.ts';
import type { AttributeType } from '../schema/attribute.ts';
import { type Declared, textOf } from '../schema/declare.ts';
import { findAttribute } from '../schema/element.ts';
import type { CursorValue } from './cursor.ts';
import { definitionOf } from './definition-of.ts';
import { ownerOfProperty, requestOf, rootOf } from './expression-root.ts';
import { escapeValue, type Proposal, type ProposalKind } from './proposal.ts';
import { entityTypeOf, type Scene } from './scene.ts';
import { walkBinding } from './walk-binding.ts';

interface Choice {
  readonly kind: ProposalKind;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly doc?: string | undefined;
  readonly text?: string;
  readonly rank?: number;
}

/** A stretch of the value that is replaced, and what may come in its place. */
interface Choices {
  readonly from: number;
  readonly to: number;
  readonly choices: readonly Choice[];
}

export function proposeValues(
  cursor: CursorValue,
  scene: Scene,
  isJson: boolean,
): readonly Proposal[] {
  const definition = definitionOf(cursor.element);
  const found = definition === undefined ? undefined : findAttribute(definition, cursor.attribute);
  if (found === undefined) return [];
  const { type } = found.attribute;
  const { from, to, choices } = choose(cursor, type, found.attribute.name, scene);
  const replaced = cursor.toFile(from, to - from);
  // A word or number in JSON stands without quotation marks; a text that is not there yet brings its own.
  const isPlain = type.kind === 'boolean';
  const isBare = isJson && !cursor.isQuoted;
  return choices.map(({ kind, label, detail, doc, text = label, rank = 0 }) => {
    const value = escapeValue(text, isJson);
    return {
      kind,
      label,
      ...(detail === undefined || detail === '' ? {} : { detail }),
      ...(doc === undefined ? {} : { doc }),
      insert: isBare && !isPlain ? `"${value}"` : value,
      replaced,
      rank,
    };
  });
}

function choose(cursor: CursorValue, type: AttributeType, name: string, scene: Scene): Choices {
  const whole = { from: 0, to: cursor.text.length };
  switch (type.kind) {
    case 'boolean':
    case 'flag-or-integer':
      return { ...whole, choices: ['true', 'false'].map((label) => ({ kind: 'value', label })) };
    case 'choice':
      return { ...whole, choices: type.members.map(([label]) => ({ kind: 'value', label })) };
    case 'reference':
      return { ...whole, choices: chooseIdentifiers(type.scope, scene) };
    case 'property': {
      const owner = entityTypeOf(scene, ownerOfProperty(cursor.element, type.owner, scene));
      return { ...whole, choices: chooseProperties(owner, type.holds, scene) };
    }
    case 'type-property':
      return chooseTypeProperty(cursor, type.holds, scene);
    case 'binding':
      return isCode(cursor.text)
        ? chooseMembers(cursor, name, scene)
        : chooseStep(cursor, name, scene);
    case 'expression':
      return isCode(cursor.text.slice(0, cursor.at))
        ? chooseMembers(cursor, name, scene)
        : { ...whole, choices: chooseForms() };
    case 'text':
    case 'integer':
    case 'number':
    case 'resource-key':
      return { ...whole, choices: [] };
  }
}

function chooseIdentifiers(scope: string, scene: Scene): readonly Choice[] {
  return scene.names.identifiersOf(scope).map((label) => {
    const element = scene.names.find(scope, label);
    return {
      kind: scope === 'EntityType' ? 'entity-type' : 'identifier',
      label,
      detail: element === undefined ? undefined : displayName(element),
    };
  });
}

function displayName(element: Declared): string | undefined {
  return textOf(element, 'DisplayName_L1');
}

function chooseProperties(
  owner: EntityType | undefined,
  holds: 'scalar' | 'navigation' | 'any',
  scene: Scene,
): readonly Choice[] {
  const properties = owner === undefined ? [] : [...owner.properties.values()];
  return properties
    .filter(({ kind }) => holds === 'any' || kind === holds)
    .map((property) => toChoice(property, owner, scene));
}

function toChoice(property: Property, owner: EntityType | undefined, scene: Scene): Choice {
  const shown =
    property.kind === 'scalar'
      ? property.type
      : `→ ${property.target}${property.isCollection ? ' (many)' : ''}`;
  const declared = scene.names
    .find('EntityType', owner?.identifier ?? '')
    ?.children.find((child) => textOf(child, 'Identifier') === property.identifier);
  const named = declared === undefined ? undefined : displayName(declared);
  return { kind: 'property', label: property.identifier, detail: shown, doc: named };
}

function chooseTypeProperty(
  { text, at }: CursorValue,
  holds: 'scalar' | 'navigation' | 'any',
  scene: Scene,
): Choices {
  const colon = text.indexOf(':');
  if (colon >= 0 && at > colon) {
    const owner = entityTypeOf(scene, text.slice(0, colon).trim());
    const choices = chooseProperties(owner, holds, scene);
    return { from: colon + 1, to: text.length, choices };
  }
  const to = colon < 0 ? text.length : colon;
  const types = [...scene.entities.model.entityTypes.values()];
  const choices = types.map(({ identifier, displayName: detail }): Choice => {
    const written = colon < 0 ? `${identifier}:` : identifier;
    return { kind: 'entity-type', label: identifier, detail, text: written };
  });
  return { from: 0, to, choices };
}

/** The properties that the steps before the place lead to; at the beginning also the type itself. */
function chooseStep({ text, at, element }: CursorValue, name: string, scene: Scene): Choices {
  const root = rootOf(element, name, scene);
  const start = Math.max(text.lastIndexOf('.', at - 1), text.lastIndexOf(':', at - 1)) + 1;
  const rest = /^[\p{L}\p{N}_]*/u.exec(text.slice(at))?.[0].length ?? 0;
  const stretch = { from: start, to: at + rest };
  const before = text.slice(0, start);
  if (before.endsWith('.')) {
    const { end } = walkBinding(before.slice(0, -1), root, scene);
    return { ...stretch, choices: chooseProperties(end, 'any', scene) };
  }
  const typed = before.endsWith(':') ? before.slice(0, -1).split('.').at(-1)?.trim() : undefined;
  const owner = entityTypeOf(scene, typed ?? root);
  const choices = chooseProperties(owner, 'any', scene);
  if (typed !== undefined || owner === undefined) return { ...stretch, choices };
  const label = `${owner.identifier}:`;
  const fromType: Choice = { kind: 'entity-type', label, detail: owner.displayName, rank: 1 };
  return { ...stretch, choices: [...choices, fromType] };
}

function chooseForms(): readonly Choice[] {
  const functions = listPredefined().map(
    ({ name, usage, result }): Choice => ({
      kind: 'function',
      label: name,
      detail: `${usage} → ${result}`,
      text: name,
      rank: 1,
    }),
  );
  return [
    { kind: 'value', label: 'Literal:', doc: 'A fixed value.' },
    { kind: 'value', label: 'C#:', doc: 'Statements that end in return.' },
    ...functions,
  ];
}

function chooseMembers({ text, at, element }: CursorValue, name: string, scene: Scene): Choices {
  const word = /[\p{L}_][\p{L}\p{N}_]*$/u.exec(text.slice(0, at))?.[0].length ?? 0;
  const rest = /^[\p{L}\p{N}_]*/u.exec(text.slice(at))?.[0].length ?? 0;
  const stretch = { from: at - word, to: at + rest };
  const form = readForm(text);
  const request = requestOf(element, name, text, scene);
  if (form.kind !== 'code' || at < form.offset || request === undefined) {
    return { ...stretch, choices: [] };
  }
  const { members = [] } = inspectCode(request, at);
  const choices = members.map(
    (member): Choice => ({
      kind: 'member',
      label: member.name,
      detail: member.type,
      doc: member.doc === '' ? undefined : member.doc,
    }),
  );
  return { ...stretch, choices };
}
