/** What the scaffoldings of a configuration stand for, for people to read. */
import type { Content, DocumentElement, Note } from '../convert/document.ts';
import { writeXml } from '../convert/write-xml.ts';
import { createFindings } from '../diagnostics.ts';
import type { Position } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { describeElement } from '../schema/declare.ts';
import { attributeOf, positionOf, type SourceElement } from '../source/element-tree.ts';
import { readFiles } from '../source/read-files.ts';
import {
  declareWritten,
  type ExpandedElement,
  type Expansion,
  expandScaffoldings,
  type Fate,
} from './expand.ts';
import { hasExpansion } from './scaffoldings.ts';
import { whyNothing } from './unpublished.ts';

export interface ScaffoldingExpansion {
  /** Element name. */
  readonly scaffolding: string;
  readonly at: Position;
  /** False when what it stands for is not published: it is kept without effect. */
  readonly isKnown: boolean;
  readonly elements: readonly {
    readonly element: string;
    readonly identifier?: string;
    readonly fate: Fate;
    /** The element written by hand that it met. */
    readonly writtenAt?: Position;
  }[];
  /** A configuration file with those elements that count, without those that another one replaces. */
  readonly xml: string;
}

export interface ConfigurationExpansion {
  readonly scaffoldings: readonly ScaffoldingExpansion[];
  /** One configuration file with everything that scaffoldings stand for, after consolidation. */
  readonly xml: string;
}

/** Expands the scaffoldings of a configuration, sound or not; what is wrong with it `loadConfiguration` says. */
export function expandConfiguration(files: readonly ConfigurationFile[]): ConfigurationExpansion {
  const findings = createFindings();
  const read = readFiles(files, findings);
  const written = declareWritten(read.elements, findings);
  const doubtful = new Set([...read.namesInBrokenFiles, ...written.doubtfulNames]);
  const { expansions } = expandScaffoldings(written.declared, doubtful, findings);
  return {
    scaffoldings: expansions.map((expansion) => {
      const { scaffolding, elements } = expansion;
      const { name } = scaffolding.definition;
      return {
        scaffolding: name,
        at: positionOf(scaffolding.source),
        isKnown: hasExpansion(name),
        elements: elements.map(describeExpanded),
        xml: write([expansion]),
      };
    }),
    xml: write(expansions),
  };
}

function describeExpanded({
  element,
  fate,
  writtenBy,
}: ExpandedElement): ScaffoldingExpansion['elements'][number] {
  const identifier = attributeOf(element, 'Identifier')?.value;
  return {
    element: element.name,
    ...(identifier === undefined ? {} : { identifier }),
    fate,
    ...(writtenBy === undefined ? {} : { writtenAt: positionOf(writtenBy) }),
  };
}

function write(expansions: readonly Expansion[]): string {
  const content = expansions.flatMap((expansion, index) => [
    headline(expansion, index > 0),
    ...expansion.elements.flatMap(toContent),
  ]);
  return writeXml({ before: [], content, after: [], lineEnd: '\n' });
}

function headline({ scaffolding, elements }: Expansion, isApart: boolean): Note {
  const { name } = scaffolding.definition;
  const { file, line } = positionOf(scaffolding.source);
  const nothing = hasExpansion(name)
    ? ': nothing'
    : `: nothing, because ${whyNothing(name)}; it is kept without effect`;
  return comment(`${name} at ${file}:${line}${elements.length === 0 ? nothing : ''}`, isApart);
}

/** An element that counts as it is; of one that does not, a comment that says what counts instead. */
function toContent(expanded: ExpandedElement): readonly Content[] {
  const { element, fate, writtenBy } = expanded;
  const place = writtenBy === undefined ? undefined : positionOf(writtenBy);
  const where = place === undefined ? '' : `${place.file}:${place.line}`;
  const what = describeElement(element);
  switch (fate) {
    case 'generated':
      return [toElement(element)];
    case 'merged':
      return [comment(`${what}: merged with the one at ${where}`), toElement(element)];
    case 'updated':
      return [comment(`${what}: attributes of the one at ${where}`), toElement(element)];
    case 'replaced':
      return [comment(`${what}: replaced by the one at ${where}`)];
    case 'deleted':
      return [comment(`${what}: deleted at ${where}`)];
    case 'repeated':
      return [
        comment(`${what}: generated above${expanded.differs ? ', with another content' : ''}`),
      ];
  }
}

function comment(line: string, hasBlankLineBefore = false): Note {
  return { kind: 'comment', lines: [line], isTrailing: false, hasBlankLineBefore };
}

function toElement(source: SourceElement): DocumentElement {
  return {
    kind: 'element',
    source,
    content: source.children.map(toElement),
    hasBlankLineBefore: false,
  };
}
