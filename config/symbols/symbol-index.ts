/** Answers which name stands at a place, where it is declared, and where else it is used. */
import { type Span, spanInValue, spanOfName } from '../source/element-tree.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import type { LiveFile } from './live-file.ts';
import { resolveSite } from './resolve-site.ts';
import {
  type Definition,
  type FoundSymbol,
  keyOf,
  type Occurrence,
  type OpenSite,
  type Piece,
  type SymbolTarget,
} from './symbol.ts';
import { followChanges } from './text-change.ts';

export interface FoundOccurrence {
  readonly occurrence: Omit<Occurrence, 'isDefinition'>;
  readonly isDefinition: boolean;
  readonly span: Span;
}

export interface SymbolIndex {
  symbolAt(path: string, offset: number): FoundSymbol | undefined;
  /** Most have one; several when a name is declared twice. */
  definitionsOf(
    target: SymbolTarget,
  ): readonly { readonly definition: Definition; readonly span: Span }[];
  /** The scaffolding that brings what nobody wrote. */
  generatedBy(target: SymbolTarget): Span | undefined;
  /** In order of file and place, definitions included. */
  occurrencesOf(target: SymbolTarget): readonly FoundOccurrence[];
}

interface Resolved {
  readonly version: number;
  readonly pieces: readonly Piece[];
}

export function createSymbolIndex(live: LiveConfiguration): SymbolIndex {
  const resolved = new WeakMap<OpenSite, Resolved>();

  const piecesOf = (site: OpenSite): readonly Piece[] => {
    const version = live.modelVersion();
    const known = resolved.get(site);
    if (known?.version === version) return known.pieces;
    const pieces = resolveSite(site, live.scene());
    resolved.set(site, { version, pieces });
    return pieces;
  };
  const findIn = (file: LiveFile, target: SymbolTarget): readonly FoundOccurrence[] => {
    const key = keyOf(target);
    const found: FoundOccurrence[] = [];
    const add = (occurrence: Omit<Occurrence, 'isDefinition'>, isDefinition: boolean): void => {
      const span = spanOf(file, occurrence);
      if (span !== undefined) found.push({ occurrence, isDefinition, span });
    };
    for (const each of file.symbols.occurrencesByKey.get(key) ?? []) add(each, each.isDefinition);
    for (const site of file.symbols.sitesByWord.get(target.identifier) ?? []) {
      for (const piece of piecesOf(site)) {
        if (keyOf(piece.target) === key) add({ ...site, ...piece }, false);
      }
    }
    return found.sort((a, b) => a.span.offset - b.span.offset);
  };
  return {
    symbolAt(path, offset) {
      const file = live.file(path);
      if (file === undefined) return undefined;
      const touches = (span: Span | undefined): boolean =>
        span !== undefined && span.offset <= offset && offset <= span.offset + span.length;
      const matches: FoundSymbol[] = [];
      const consider = (occurrence: Omit<Occurrence, 'isDefinition'>): void => {
        const span = spanOf(file, occurrence);
        if (span !== undefined && touches(span)) matches.push({ target: occurrence.target, span });
      };
      for (const occurrence of file.symbols.occurrences) {
        if (isNear(file, occurrence.attribute, offset)) consider(occurrence);
      }
      for (const site of file.symbols.sites) {
        if (!isNear(file, site.attribute, offset)) continue;
        for (const piece of piecesOf(site)) consider({ ...site, ...piece });
      }
      // Between two names that touch, the one that begins at the place is meant.
      return matches.at(-1);
    },
    definitionsOf(target) {
      const key = keyOf(target);
      return live.files().flatMap((file) =>
        file.symbols.definitions.flatMap((definition) => {
          if (keyOf(definition.target) !== key) return [];
          const { attribute } = definition;
          const span = spanOf(file, { attribute, offset: 0, length: attribute.value.length });
          return span === undefined ? [] : [{ definition, span }];
        }),
      );
    },
    generatedBy(target) {
      const { names } = live.scene();
      const isElement = target.kind === 'element';
      const element = isElement
        ? names.find(target.scope, target.identifier)
        : names.find('EntityType', target.entityType);
      if (element === undefined) return undefined;
      const file = live.file(element.source.source.path);
      const isWritten = file?.declared.includes(element) === true;
      if (file === undefined || isWritten) return undefined;
      return followChanges(file.changes, spanOfName(element.source), file.source);
    },
    occurrencesOf: (target) => live.files().flatMap((file) => findIn(file, target)),
  };
}

/** Where characters of an attribute's value stand in the present text of their file. */
export function spanOf(
  file: LiveFile,
  { attribute, offset, length }: Pick<Occurrence, 'attribute' | 'offset' | 'length'>,
): Span | undefined {
  return followChanges(file.changes, spanInValue(attribute, offset, length), file.source);
}

/** A quick answer that lets through everything when places have moved. */
function isNear(file: LiveFile, attribute: Occurrence['attribute'], offset: number): boolean {
  if (file.changes.length > 0) return true;
  return attribute.valueOffset <= offset && offset <= attribute.valueEnd;
}
