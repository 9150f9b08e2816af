/** Configurations with one thing broken: what the tests of a configuration must notice. */
import { type ConfigurationFile, loadConfiguration, type Model } from '../../../config/index.ts';

export interface Mutant {
  /** `policy/roles.xml:14 SingleRoleRule: D0 is "mutant"`. */
  readonly name: string;
  /** Of the element that is broken. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly model: Model;
}

interface Element {
  readonly name: string;
  readonly offset: number;
  readonly text: string;
  readonly attributes: readonly Attribute[];
}

interface Attribute {
  readonly name: string;
  readonly value: string;
  /** From the white space before the name to the closing quote. */
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** One way to break an element: `text` stands from `start` to `end` of the file. */
interface Change {
  readonly what: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const rules: ReadonlySet<string> = new Set([
  'ls:AcceptedValuesTest',
  'ls:MatchesTest',
  'ls:NotNullTest',
  'ls:RelationshipTest',
  'ls:UniqueTest',
  'ContextRule',
  'EntityPropertyExpression',
  'NavigationRule',
  'QueryRule',
  'ResourceClassificationRule',
  'ResourceCorrelationRule',
  'ScalarRule',
  'SingleRoleRule',
  'TypeRule',
]);
/** Not rules, and as easily broken: what is read of which column, in which form, and how orders are held back. */
const others: ReadonlySet<string> = new Set([
  'EntityAssociationMapping',
  'Property',
  'ResourceType',
  'Transformation',
]);

/** Mutants that load: one per rule and attribute. A thorough look breaks expressions at each place, and mappings as well. */
export function* deriveMutants(
  files: readonly ConfigurationFile[],
  isThorough: boolean,
): Generator<Mutant> {
  const neighbours = findNeighbours(files);
  for (const file of files) {
    for (const element of findElements(file.text)) {
      if (!isThorough && !rules.has(element.name)) continue;
      const line = file.text.slice(0, element.offset).split('\n').length;
      const column = element.offset - file.text.lastIndexOf('\n', element.offset - 1);
      for (const alternatives of changesOf(element, neighbours, isThorough)) {
        const loaded = firstThatLoads(files, file, alternatives);
        if (loaded === undefined) continue;
        const { what, model } = loaded;
        const name = `${file.path}:${line} ${element.name}: ${what}`;
        yield { name, file: file.path, line, column, model };
      }
    }
  }
}

function firstThatLoads(
  files: readonly ConfigurationFile[],
  file: ConfigurationFile,
  alternatives: readonly Change[],
): { readonly what: string; readonly model: Model } | undefined {
  for (const { what, start, end, text } of alternatives) {
    const broken = `${file.text.slice(0, start)}${text}${file.text.slice(end)}`;
    const loaded = loadConfiguration(
      files.map((other) => (other === file ? { path: file.path, text: broken } : other)),
    );
    if (loaded.status === 'valid') return { what, model: loaded.model };
  }
  return undefined;
}

function* findElements(text: string): Generator<Element> {
  // What a comment holds breaks nothing.
  const visible = text.replace(/<!--[\s\S]*?-->/gu, (comment) => ' '.repeat(comment.length));
  const tag = /<([\w:]+)((?:\s+[\w:]+="[^"]*")*)\s*\/?>/gu;
  for (const match of visible.matchAll(tag)) {
    const [whole, name = '', list = ''] = match;
    if (!rules.has(name) && !others.has(name)) continue;
    const base = match.index + 1 + name.length;
    const attributes = [...list.matchAll(/\s+([\w:]+)="([^"]*)"/gu)].map((found) => {
      const [written, attribute = '', value = ''] = found;
      const start = base + found.index;
      const end = start + written.length;
      return {
        name: attribute,
        value,
        start,
        end,
        valueStart: end - 1 - value.length,
        valueEnd: end - 1,
      };
    });
    yield { name, offset: match.index, text: whole, attributes };
  }
}

/** By property: other properties of the same entity types, which a binding may be led astray to. */
type Neighbours = ReadonlyMap<string, readonly string[]>;

function findNeighbours(files: readonly ConfigurationFile[]): Neighbours {
  const neighbours = new Map<string, string[]>();
  for (const { text } of files) {
    for (const [, body = ''] of text.matchAll(/<EntityType [^>]*>([\s\S]*?)<\/EntityType>/gu)) {
      const own = [...body.matchAll(/<Property Identifier="(\w+)"([^>]*)/gu)].map(
        ([, name = '', rest = '']) => ({ name, isLink: rest.includes('ForeignKey') }),
      );
      for (const { name, isLink } of own) {
        const others = own.filter((other) => other.name !== name && other.isLink === isLink);
        const known = neighbours.get(name) ?? [];
        neighbours.set(name, [...known, ...others.map((other) => other.name)]);
      }
    }
  }
  return neighbours;
}

/** Each item: alternatives of which the first that loads counts. */
function changesOf(
  element: Element,
  neighbours: Neighbours,
  isThorough: boolean,
): readonly (readonly Change[])[] {
  const { name, attributes } = element;
  const isMapping = attributes.some((attribute) => attribute.name === 'ConnectionColumn');
  if (name === 'Property' && !isMapping) return [];
  const changes: (readonly Change[])[] = [];
  if (element.text.endsWith('/>')) {
    const { offset, text } = element;
    changes.push([{ what: 'gone', start: offset, end: offset + text.length, text: '' }]);
  }
  for (const attribute of attributes) {
    const own = changesOfAttribute(name, attribute, neighbours);
    const isExpression = /Expression$/u.test(attribute.name);
    changes.push(...(isExpression && !isThorough ? [own.flat()] : own));
  }
  if (name === 'TypeRule') changes.push(...addOffsets(element));
  return changes;
}

function changesOfAttribute(
  element: string,
  attribute: Attribute,
  neighbours: Neighbours,
): readonly (readonly Change[])[] {
  const { name, value, start, end, valueStart, valueEnd } = attribute;
  const leaveOut: Change = { what: `without ${name}`, start, end, text: '' };
  const replace = (text: string): Change => ({
    what: `${name}: ${describeChange(value, text)}`,
    start: valueStart,
    end: valueEnd,
    text,
  });
  if (element === 'ResourceType') {
    if (name === 'BlockProvisioning') return [[replace(value === 'true' ? 'false' : 'true')]];
    return name === 'DependsOn' ? [[leaveOut]] : [];
  }
  if (element === 'EntityAssociationMapping') return [];
  if (element.startsWith('ls:')) {
    if (name === 'Property') return [(neighbours.get(value) ?? []).map(replace)];
    return name === 'Values' || name === 'Pattern' ? [[replace(`${value}x`)]] : [];
  }
  if (/Expression$/u.test(name)) return changesOfExpression(value).map((text) => [replace(text)]);
  if (/Binding$|^B[0-9A-V]+$/u.test(name)) {
    const lead = value.slice(0, Math.max(value.lastIndexOf('.'), value.lastIndexOf(':')) + 1);
    const own = value.slice(lead.length);
    const astray = (neighbours.get(own) ?? []).map((other) => replace(lead + other));
    return element === 'ContextRule' ? [astray, [leaveOut]] : [astray];
  }
  if (/^D[0-9A-V]+$/u.test(name)) return [[replace('MUTANT')], [leaveOut]];
  if (name === 'Resource') return [[replace('mutant')]];
  if (/ConfidenceLevel$/u.test(name)) return [[replace('60')]];
  if (name === 'AddedDays') return [[replace(String(Number(value) + 1))]];
  if (/^(L[0-9A-V]+|IsMapped|ComparisonType|SingleRole|Format|IsDenied)$/u.test(name))
    return [[leaveOut]];
  return /^TimeOffset(Before|After)/u.test(name) ? [[replace(String(Number(value) + 1_440))]] : [];
}

/** A day earlier, a day longer. */
function addOffsets({ offset, text }: Element): readonly (readonly Change[])[] {
  const at = offset + text.length - 2;
  return [
    ['before', '-1440', '0'],
    ['after', '0', '1440'],
  ].map(([what = '', before = '', after = '']) => [
    {
      what: `a day more ${what}`,
      start: at,
      end: at,
      text: ` TimeOffsetReference="Around" TimeOffsetBeforeReference="${before}" TimeOffsetAfterReference="${after}"`,
    },
  ]);
}

const expressionChanges: readonly (readonly [RegExp, string])[] = [
  [/==/gu, '!='],
  [/(?<![=-])&gt;(?!=)/gu, '&lt;='],
  [/(?<=\w )&lt;=(?= \w)/gu, '&gt;'],
  [/\btrue\b/gu, 'false'],
  [/OrderByDescending/gu, 'OrderBy'],
  [/ThenByDescending/gu, 'ThenBy'],
  [/FirstOrDefault/gu, 'LastOrDefault'],
  [/\.Simplify\(\)/gu, ''],
  [/\.ToLower\(\)/gu, ''],
  [/(?<=&quot;[^&]*)(?=&quot;)/gu, 'x'],
  [/\.FirstName\b/gu, '.LastName'],
  [/\.LastName\b/gu, '.FirstName'],
  [/\.Number\b/gu, '.FirstName'],
  [/\.Code\b/gu, '.Name'],
  [/\.Name\b/gu, '.Code'],
  [/\.From\b/gu, '.Until'],
  [/\.Until\b/gu, '.From'],
  [/\.FullName\b/gu, '.LastName'],
  [/\.Login\b/gu, '.LastName'],
];

/** The expression with one occurrence of something replaced. */
function changesOfExpression(expression: string): readonly string[] {
  if (expression.startsWith('Literal:')) return [`${expression}x`];
  // Of things in no order the first and the last are as good as each other.
  const isOrdered = expression.includes('OrderBy');
  return expressionChanges
    .filter(([, text]) => isOrdered || text !== 'LastOrDefault')
    .flatMap(([pattern, text]) =>
      [...expression.matchAll(pattern)].map(
        ({ index, 0: found }) =>
          `${expression.slice(0, index)}${text}${expression.slice(index + found.length)}`,
      ),
    );
}

/** Where two texts part, with what stands around. */
function describeChange(before: string, after: string): string {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at += 1;
  const around = (text: string) =>
    text.slice(Math.max(0, at - 30), at + 20).replaceAll(/\s+/gu, ' ');
  return `"${around(before)}" becomes "${around(after)}"`;
}
