/** One configuration file as an editor holds it: read and declared by itself, and remembered while it cannot be read. */
import { createFindings } from '../diagnostics.ts';
import type { Diagnostic } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { modeOf } from '../scaffolding/consolidate.ts';
import { declareWritten } from '../scaffolding/expand.ts';
import { isScaffolding } from '../scaffolding/scaffoldings.ts';
import { type Declared, textOf } from '../schema/declare.ts';
import type { SourceElement } from '../source/element-tree.ts';
import { mayHideDimensions, quotedTexts, readSource } from '../source/read-files.ts';
import { createSourceText, type SourceText } from '../source/source-text.ts';
import { collectSymbols, type FileSymbols } from './collect-symbols.ts';
import { keyOf } from './symbol.ts';
import { findChange, type TextChange } from './text-change.ts';

export interface LiveFile {
  readonly path: string;
  readonly source: SourceText;
  /** True when the text cannot be read; elements and symbols are then those of the last text that could. */
  readonly isBroken: boolean;
  /** Findings about the file by itself, sorted. */
  readonly findings: readonly Diagnostic[];
  readonly declared: readonly Declared[];
  readonly symbols: FileSymbols;
  /** From the text that elements and symbols are about to the present one; none for a file that can be read. */
  readonly changes: readonly TextChange[];
  /** Names that may be declared where nothing could be read. */
  readonly doubtfulNames: ReadonlySet<string>;
  readonly mayHideDimensions: boolean;
  /** Equal for two states of a file that say the same about the entity model and about the sides of resource types. */
  readonly modelText: string;
  /** Equal for two states of a file that declare the same names. */
  readonly namesText: string;
}

/** Reads a text of a file; `previous` is what was known of it before. */
export function readLiveFile(file: ConfigurationFile, previous: LiveFile | undefined): LiveFile {
  const source = createSourceText(file);
  const findings = createFindings();
  const read = readSource(source);
  for (const { span, finding } of read.problems) findings.report(span, finding);
  if (read.isBroken) return rememberFile(source, findings.sorted(), previous);
  const { declared, doubtfulNames } = declareWritten(read.elements, findings);
  const symbols = collectSymbols(declared);
  return {
    path: file.path,
    source,
    isBroken: false,
    findings: findings.sorted(),
    declared,
    symbols,
    namesText: symbols.definitions.map(({ target }) => keyOf(target)).join('\n'),
    changes: [],
    doubtfulNames,
    mayHideDimensions: false,
    modelText: modelTextOf(declared),
  };
}

function rememberFile(
  source: SourceText,
  findings: readonly Diagnostic[],
  previous: LiveFile | undefined,
): LiveFile {
  return {
    path: source.path,
    source,
    isBroken: true,
    findings,
    declared: previous?.declared ?? [],
    symbols: previous?.symbols ?? collectSymbols([]),
    changes: previous === undefined ? [] : followFrom(previous, source),
    doubtfulNames: new Set(quotedTexts(source)),
    mayHideDimensions: mayHideDimensions(source),
    modelText: previous?.modelText ?? '',
    namesText: previous?.namesText ?? '',
  };
}

/** Beyond this many the changes between two states that can be read are taken for one. */
const maximumChanges = 500;

function followFrom(previous: LiveFile, source: SourceText): readonly TextChange[] {
  const [known] = previous.declared;
  if (known === undefined) return [];
  if (previous.changes.length >= maximumChanges) {
    return [findChange(known.source.source.text, source.text)];
  }
  return [...previous.changes, findChange(previous.source.text, source.text)];
}

const modelAttributes: Readonly<Record<string, readonly string[]>> = {
  EntityType: ['Identifier'],
  EntityAssociation: [
    'Identifier',
    'Property1',
    'Property2',
    'IsProperty1Collection',
    'IsProperty2Collection',
  ],
  ResourceType: ['Identifier', 'SourceEntityType', 'TargetEntityType'],
  Dimension: ['Identifier', 'ColumnMapping', 'EntityType'],
};

function modelTextOf(declared: readonly Declared[]): string {
  const lines: string[] = [];
  const add = (element: Declared, names: readonly string[]): void => {
    lines.push(JSON.stringify([...names.map((name) => textOf(element, name)), element.isSound]));
  };
  for (const element of declared) {
    const names = modelAttributes[element.definition.name];
    // What a scaffolding or a consolidated element comes to may depend on anything in it.
    if (isScaffolding(element.definition.name) || modeOf(element.source) !== undefined) {
      addWhole(lines, element.source);
    }
    if (names === undefined) continue;
    add(element, names);
    if (element.definition.name !== 'EntityType') continue;
    for (const property of element.children) add(property, ['Identifier', 'Type', 'IsKey']);
  }
  return lines.join('\n');
}

function addWhole(lines: string[], { name, attributes, children }: SourceElement): void {
  lines.push(JSON.stringify([name, ...attributes.map((each) => [each.name, each.value])]));
  for (const child of children) addWhole(lines, child);
}
