/**
 * Reads an XML file into elements. fast-xml-parser builds the structure; `xml-guard.ts` has refused everything hostile
 * before and contributes the attributes with their places, which the parser does not report.
 */
import { XMLParser } from 'fast-xml-parser';
import { suggest } from '../nearest-name.ts';
import type { SourceAttribute, SourceElement } from './element-tree.ts';
import { maximumDepth } from './limits.ts';
import { findTextProblem, type SourceProblem } from './source-problem.ts';
import type { SourceText } from './source-text.ts';
import { guardXml } from './xml-guard.ts';
import type { RawAttribute, StartTag, XmlProblem } from './xml-start-tag.ts';

/** Namespace of the vocabulary, and the one of our additions to it. */
export const configurationNamespace = 'urn:schemas-usercube-com:configuration';
export const lockstepNamespace = 'urn:lockstep:configuration';
export const rootElement = 'ConfigurationFile';

export interface ReadSource {
  /** Top-level elements; empty when the file could not be read. */
  readonly elements: readonly SourceElement[];
  readonly problems: readonly SourceProblem[];
  /** True when the file's content is unknown: names it may declare must not count as missing. */
  readonly isBroken: boolean;
}

/** What fast-xml-parser gives with `preserveOrder`: one key with the children, and the place under a symbol. */
type ParsedNode = Readonly<Record<string | symbol, unknown>>;
type Prefixes = ReadonlyMap<string, string>;

interface Reading {
  readonly source: SourceText;
  readonly tags: ReadonlyMap<number, StartTag>;
  readonly parents: ReadonlyMap<number, number>;
  readonly problems: SourceProblem[];
}

export function readXml(source: SourceText): ReadSource {
  const textProblem = findTextProblem(source);
  if (textProblem !== undefined) return broken(textProblem);
  const guarded = guardXml(source.text);
  if (guarded.status === 'refused') {
    const code = guarded.reason === 'dtd' ? 'CONFIG_XML_DTD_REFUSED' : 'CONFIG_XML_MALFORMED';
    return broken(toProblem(source, code, guarded.problem));
  }
  const reading: Reading = { source, tags: guarded.tags, parents: guarded.parents, problems: [] };
  for (const { offset, length } of guarded.strayTexts) {
    reading.problems.push({
      span: { source, offset, length },
      finding: {
        code: 'CONFIG_TEXT_UNEXPECTED',
        message: 'Text stands between elements, where it means nothing.',
        hint: 'Remove it, or make it a comment: <!-- … -->.',
      },
    });
  }
  const nodes = parse(source.text);
  if ('refusal' in nodes) {
    const problem = `The XML parser refuses the file: ${nodes.refusal}`;
    return broken(toProblem(source, 'CONFIG_XML_MALFORMED', { problem, offset: 0, length: 1 }));
  }
  return readRoot(reading, nodes);
}

function broken(problem: SourceProblem): ReadSource {
  return { elements: [], problems: [problem], isBroken: true };
}

function toProblem(
  source: SourceText,
  code: 'CONFIG_XML_MALFORMED' | 'CONFIG_XML_DTD_REFUSED',
  problem: XmlProblem,
): SourceProblem {
  const { offset, length } = problem;
  return {
    span: { source, offset, length },
    finding: { code, message: problem.problem, hint: problem.hint },
  };
}

function parse(text: string): readonly ParsedNode[] | { readonly refusal: string } {
  const parser = new XMLParser({
    preserveOrder: true,
    captureMetaData: true,
    ignoreAttributes: true,
    ignoreDeclaration: true,
    ignorePiTags: true,
    processEntities: false,
    parseTagValue: false,
    jPath: false,
    // Names are read from the text; as keys of the parser's objects some of them would be refused or renamed.
    transformTagName: (name) => (name.endsWith('/') ? 'element/' : 'element'),
    maxNestedTags: maximumDepth + 1,
  });
  let parsed: unknown;
  try {
    parsed = parser.parse(text);
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
  return isNodeList(parsed) ? parsed : [];
}

function isNodeList(value: unknown): value is readonly ParsedNode[] {
  return Array.isArray(value) && value.every((node) => typeof node === 'object' && node !== null);
}

function readRoot(reading: Reading, nodes: readonly ParsedNode[]): ReadSource {
  const { source, problems } = reading;
  const root = nodes.find((node) => offsetOf(node) !== undefined);
  const tag = root === undefined ? undefined : reading.tags.get(offsetOf(root) ?? -1);
  if (root === undefined || tag === undefined) {
    return broken(
      toProblem(source, 'CONFIG_XML_MALFORMED', {
        problem: 'The file holds no element that can be read.',
        offset: 0,
        length: 1,
      }),
    );
  }
  const prefixes = declarePrefixes(new Map([['xml', 'xml']]), tag);
  const name = resolveName(tag.name, prefixes, true);
  if (name !== rootElement) {
    return broken({
      span: { source, offset: tag.nameOffset, length: tag.name.length },
      finding: {
        code: 'CONFIG_ROOT_UNKNOWN',
        message: `The root element is <${tag.name}>${describeNamespace(tag, prefixes)}; a configuration file has <${rootElement}> in the namespace ${configurationNamespace}.`,
        hint: 'Correct the root element, or move the file out of the configuration folder.',
      },
    });
  }
  let read = 1;
  const readChildren = (
    nodesInside: readonly ParsedNode[],
    parent: number,
    scope: Prefixes,
  ): readonly SourceElement[] => {
    const elements: SourceElement[] = [];
    for (const node of nodesInside) {
      const childTag = reading.tags.get(offsetOf(node) ?? -1);
      if (childTag === undefined) continue;
      if (reading.parents.get(childTag.offset) === parent) read += 1;
      const inner = declarePrefixes(scope, childTag);
      const children = readChildren(childrenOf(node), childTag.offset, inner);
      elements.push(toElement(reading, childTag, inner, children));
    }
    return elements;
  };
  const elements = readChildren(childrenOf(root), tag.offset, prefixes);
  if (read !== reading.tags.size) {
    // Two independent readings of the text disagree: nothing in it can be trusted.
    return broken(
      toProblem(source, 'CONFIG_XML_MALFORMED', {
        problem: `The structure of the file is ambiguous: ${reading.tags.size} tags, ${read} elements.`,
        offset: 0,
        length: 1,
      }),
    );
  }
  return { elements, problems, isBroken: false };
}

function offsetOf(node: ParsedNode): number | undefined {
  // The library's typings say `Symbol`; what it returns is a symbol.
  const metadata = node[XMLParser.getMetaDataSymbol() as unknown as symbol];
  if (typeof metadata !== 'object' || metadata === null || !('startIndex' in metadata))
    return undefined;
  return typeof metadata.startIndex === 'number' ? metadata.startIndex : undefined;
}

function childrenOf(node: ParsedNode): readonly ParsedNode[] {
  const key = Object.keys(node).find((name) => name !== ':@');
  const children = key === undefined ? undefined : node[key];
  return isNodeList(children) ? children : [];
}

function declarePrefixes(outer: Prefixes, tag: StartTag): Prefixes {
  const declared = tag.attributes.filter(
    ({ name }) => name === 'xmlns' || name.startsWith('xmlns:'),
  );
  if (declared.length === 0) return outer;
  const inner = new Map(outer);
  for (const { name, value } of declared) inner.set(name.slice('xmlns:'.length), value);
  return inner;
}

/** The vocabulary's spelling of a name, or `undefined` when its namespace is none of ours. */
function resolveName(name: string, prefixes: Prefixes, isElement: boolean): string | undefined {
  const colon = name.indexOf(':');
  const prefix = colon < 0 ? '' : name.slice(0, colon);
  const local = name.slice(colon + 1);
  // An attribute without prefix belongs to its element, whatever the default namespace is.
  if (colon < 0 && !isElement) return local;
  const namespace = prefixes.get(prefix);
  if (namespace === lockstepNamespace) return `ls:${local}`;
  if (namespace === configurationNamespace) return local;
  return colon < 0 && (namespace === undefined || namespace === '') ? local : undefined;
}

function describeNamespace(tag: StartTag, prefixes: Prefixes): string {
  const colon = tag.name.indexOf(':');
  const namespace = prefixes.get(colon < 0 ? '' : tag.name.slice(0, colon));
  return namespace === undefined ? '' : ` in the namespace ${namespace}`;
}

function toElement(
  reading: Reading,
  tag: StartTag,
  prefixes: Prefixes,
  children: readonly SourceElement[],
): SourceElement {
  const { source } = reading;
  const name =
    resolveName(tag.name, prefixes, true) ?? reportNamespace(reading, tag, tag.name, prefixes);
  const attributes: SourceAttribute[] = [];
  for (const raw of tag.attributes) {
    const attribute = toAttribute(reading, raw, prefixes);
    if (attribute !== undefined) attributes.push(attribute);
  }
  return {
    name,
    source,
    offset: tag.offset,
    nameOffset: tag.nameOffset,
    nameLength: tag.name.length,
    attributes,
    children,
  };
}

/** `undefined` for what is not the vocabulary's: namespace declarations, schema hints, `xml:space` and the like. */
function toAttribute(
  reading: Reading,
  raw: RawAttribute,
  prefixes: Prefixes,
): SourceAttribute | undefined {
  if (raw.name === 'xmlns' || /^(xmlns|xml):/.test(raw.name)) return undefined;
  const prefix = raw.name.slice(0, Math.max(0, raw.name.indexOf(':')));
  if (prefixes.get(prefix) === 'http://www.w3.org/2001/XMLSchema-instance') return undefined;
  const name =
    resolveName(raw.name, prefixes, false) ?? reportNamespace(reading, raw, raw.name, prefixes);
  return {
    name,
    value: raw.value,
    source: reading.source,
    nameOffset: raw.nameOffset,
    nameLength: raw.name.length,
    valueOffset: raw.valueOffset,
    valueEnd: raw.valueEnd,
    steps: raw.steps,
  };
}

/** Reports a foreign or missing namespace and gives the name as if it were right, so that one slip is one finding. */
function reportNamespace(
  reading: Reading,
  at: { readonly nameOffset: number },
  written: string,
  prefixes: Prefixes,
): string {
  const colon = written.indexOf(':');
  const prefix = colon < 0 ? '' : written.slice(0, colon);
  const namespace = prefixes.get(prefix);
  const known = [configurationNamespace, lockstepNamespace];
  reading.problems.push({
    span: { source: reading.source, offset: at.nameOffset, length: written.length },
    finding: {
      code: 'CONFIG_NAMESPACE_UNKNOWN',
      message:
        namespace === undefined
          ? `The prefix "${prefix}" of ${written} is not declared.`
          : `${written} is in the namespace ${namespace}, which is no configuration.`,
      hint:
        namespace === undefined
          ? `Declare it on the root element: xmlns:${prefix}="${prefix === 'ls' ? lockstepNamespace : '…'}".`
          : (suggest(namespace, known) ?? `Known are ${known.join(' and ')}.`),
    },
  });
  return prefix === 'ls' ? written : written.slice(colon + 1);
}
