/** Renaming: every place that names a thing at once, or the reason why not. */
import { findSpellingProblem } from '../check-names.ts';
import { type Declared, textOf } from '../schema/declare.ts';
import type { SourceAttribute, Span } from '../source/element-tree.ts';
import { isJsonName } from '../source/read-files.ts';
import type { Stretch } from './cursor.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import { escapeValue } from './proposal.ts';
import type { Scene } from './scene.ts';
import { type Definition, describeTarget, type SymbolTarget } from './symbol.ts';
import type { FoundOccurrence, SymbolIndex } from './symbol-index.ts';

export interface TextEdit {
  readonly path: string;
  readonly stretch: Stretch;
  readonly text: string;
}

export interface Refused {
  readonly status: 'refused';
  /** A full sentence. */
  readonly reason: string;
}

export type PreparedRename =
  | { readonly status: 'possible'; readonly target: SymbolTarget; readonly span: Span }
  | Refused;

export type RenamePlan =
  | {
      readonly status: 'possible';
      readonly edits: readonly TextEdit[];
      /** What stays to do by hand, as a full sentence. */
      readonly note?: string;
    }
  | Refused;

export function prepareRename(
  live: LiveConfiguration,
  index: SymbolIndex,
  path: string,
  offset: number,
): PreparedRename {
  const broken = live.files().find((file) => file.isBroken);
  if (broken !== undefined) {
    return refuse(`${broken.path} cannot be read just now, so that names in it would be missed.`);
  }
  const found = index.symbolAt(path, offset);
  if (found === undefined) return refuse('Nothing that has a name of its own stands here.');
  const { target, span } = found;
  const definitions = index.definitionsOf(target);
  if (definitions.length === 0) {
    const isGenerated = index.generatedBy(target) !== undefined;
    const why = isGenerated ? 'comes from a scaffolding, which names it' : 'is declared nowhere';
    return refuse(`${describeTarget(target)} ${why}.`);
  }
  if (definitions.length > 1) {
    return refuse(`${describeTarget(target)} is declared ${definitions.length} times.`);
  }
  return { status: 'possible', target, span };
}

/** All edits that give the thing at the place another name. */
export function planRename(
  live: LiveConfiguration,
  index: SymbolIndex,
  at: { readonly path: string; readonly offset: number },
  newName: string,
): RenamePlan {
  const prepared = prepareRename(live, index, at.path, at.offset);
  if (prepared.status === 'refused') return prepared;
  const { target } = prepared;
  const [declared] = index.definitionsOf(target);
  if (declared === undefined) return refuse(`${describeTarget(target)} is declared nowhere.`);
  if (newName === target.identifier) return { status: 'possible', edits: [] };
  const reason = findObstacle(declared.definition, target, newName, live.scene());
  if (reason !== undefined) return refuse(reason);
  const edits = new Map<string, TextEdit>();
  for (const occurrence of index.occurrencesOf(target)) {
    for (const edit of editsOf(occurrence, target, newName)) {
      edits.set(`${edit.path}\u0000${edit.stretch.offset}`, edit);
    }
  }
  const isConnection = target.kind === 'element' && target.scope === 'Connection';
  return {
    status: 'possible',
    edits: [...edits.values()],
    ...(isConnection
      ? {
          note: `The settings of the connection are found by its name: rename "${target.identifier}" in appsettings.agent.json as well.`,
        }
      : {}),
  };
}

function refuse(reason: string): Refused {
  return { status: 'refused', reason };
}

function findObstacle(
  { element, attribute }: Definition,
  target: SymbolTarget,
  newName: string,
  scene: Scene,
): string | undefined {
  if (newName === '') return 'A name has at least one character.';
  const problem = findSpellingProblem(element, newName);
  if (problem !== undefined) return `"${newName}" ${problem.what}. ${problem.hint}`;
  const taken = namesBeside(element, target, scene).find(
    (name) => name !== attribute.value && isSame(name, newName, element),
  );
  if (taken === undefined) return undefined;
  const kind = target.kind === 'property' ? `property of ${target.entityType}` : target.scope;
  return `"${taken}" is the name of another ${kind}.`;
}

function namesBeside(element: Declared, target: SymbolTarget, scene: Scene): readonly string[] {
  if (target.kind === 'element') return scene.names.identifiersOf(target.scope);
  return element.parent?.children.map((child) => textOf(child, 'Identifier') ?? '') ?? [];
}

/** Entity types, their properties and connections are not told apart by letter case alone. */
function isSame(left: string, right: string, { definition, parent }: Declared): boolean {
  const ignoresCase =
    definition.isIdentifierCaseInsensitive ||
    definition.name === 'EntityType' ||
    parent?.definition.name === 'EntityType';
  return ignoresCase ? left.toLowerCase() === right.toLowerCase() : left === right;
}

function editsOf(
  { occurrence, span }: FoundOccurrence,
  target: SymbolTarget,
  newName: string,
): readonly TextEdit[] {
  const { path, text } = span.source;
  const isJson = isJsonName(path);
  const { offset, length } = span;
  const value = escapeValue(newName, isJson);
  // A number in JSON has no quotation marks, which the new name needs.
  const isBare = isJson && text[occurrence.attribute.valueOffset - 1] !== '"';
  const edit = { path, stretch: { offset, length }, text: isBare ? `"${value}"` : value };
  const kept = keepColumn(occurrence.element, occurrence.attribute, target);
  if (kept === undefined) return [edit];
  const old = escapeValue(target.identifier, isJson);
  const added = isJson ? `, "${kept}": "${old}"` : ` ${kept}="${old}"`;
  const end = occurrence.attribute.valueEnd + (isBare ? 0 : 1);
  return [edit, { path, stretch: { offset: end, length: 0 }, text: added }];
}

/**
 * A mapping that names no table or column takes the identifier for it. What the managed system calls them does not change
 * with a new name here, so that it must be written down now.
 */
function keepColumn(
  element: Declared,
  attribute: SourceAttribute,
  target: SymbolTarget,
): 'ConnectionTable' | 'ConnectionColumn' | undefined {
  const { definition, parent, written } = element;
  if (written.get('Identifier') !== attribute) return undefined;
  const isTypeMapping =
    definition.name === 'EntityTypeMapping' || definition.name === 'EntityAssociationMapping';
  if (isTypeMapping && target.kind === 'element') {
    return written.has('ConnectionTable') ? undefined : 'ConnectionTable';
  }
  const isColumn = parent?.definition.name === 'EntityTypeMapping' && target.kind === 'property';
  return isColumn && !written.has('ConnectionColumn') ? 'ConnectionColumn' : undefined;
}
