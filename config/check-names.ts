/** Finds every declared name, and names declared twice or spelled in a way the vocabulary refuses. */
import type { Findings } from './diagnostics.ts';
import { type Declared, describeElement, textOf } from './schema/declare.ts';
import { type SourceAttribute, spanOfName, spanOfValue } from './source/element-tree.ts';
import { placeAt } from './source/source-text.ts';

export interface Names {
  /** The element a reference of this scope means. */
  find(scope: string, identifier: string): Declared | undefined;
  identifiersOf(scope: string): readonly string[];
  /** Top-level elements of this name, in order. */
  all(elementName: string): readonly Declared[];
  /** True for names that may well be declared where nothing could be read: no finding is worth making about them. */
  isDoubtful(name: string): boolean;
}

/** Reserved as identifiers of entity types and properties, in any letter case. */
const reservedWords: ReadonlySet<string> = new Set(
  (
    'id if for while return break else continue ref out class interface struct foreach do char byte string int long ' +
    'null public private protected static const abstract try catch sealed void true false finally throw exception ' +
    'override readonly enum delegate'
  ).split(' '),
);
const maximumIdentifierLength = 442;
const connectionPattern = /^[A-Za-z][A-Za-z0-9.-]*$/;
const codePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function collectNames(
  declared: readonly Declared[],
  doubtfulNames: ReadonlySet<string>,
  findings: Findings,
): Names {
  const byScope = new Map<string, Map<string, Declared>>();
  const byElement = new Map<string, Declared[]>();
  for (const element of declared) {
    const list = byElement.get(element.definition.name) ?? [];
    list.push(element);
    byElement.set(element.definition.name, list);
    register(byScope, element, findings);
    if (element.definition.name === 'Job') {
      for (const child of element.children) {
        if (child.definition.scope === 'Task') register(byScope, child, findings);
      }
    }
    checkChildNames(element, findings);
  }
  checkDifferingOnlyByCase(byElement.get('EntityType') ?? [], findings);
  checkLanguageNumbers(byElement.get('Language') ?? [], findings);
  return {
    find: (scope, identifier) => byScope.get(scope)?.get(identifier),
    identifiersOf: (scope) => [...(byScope.get(scope)?.keys() ?? [])],
    all: (elementName) => byElement.get(elementName) ?? [],
    isDoubtful: (name) => doubtfulNames.has(name),
  };
}

function register(
  byScope: Map<string, Map<string, Declared>>,
  element: Declared,
  findings: Findings,
): void {
  const { definition } = element;
  const [keyAttribute] = definition.key;
  if (keyAttribute !== 'Identifier' && keyAttribute !== 'Code') return;
  const identifier = textOf(element, keyAttribute);
  if (identifier === undefined || identifier === '') return;
  checkSpelling(element, identifier, findings);
  const scope = byScope.get(definition.scope) ?? new Map<string, Declared>();
  byScope.set(definition.scope, scope);
  const first = scope.get(identifier) ?? findIgnoringCase(byScope, element, identifier);
  if (first === undefined) scope.set(identifier, element);
  else reportDuplicate(element, first, identifier, findings);
}

/** The first element of a name that differs in letter case, where that is not enough; remembers this one. */
function findIgnoringCase(
  byScope: Map<string, Map<string, Declared>>,
  element: Declared,
  identifier: string,
): Declared | undefined {
  if (!element.definition.isIdentifierCaseInsensitive) return undefined;
  // Beside the scope itself, under a name that none has: looking through all names again is quadratic.
  const scope = `${element.definition.scope}\u0000`;
  const names = byScope.get(scope) ?? new Map<string, Declared>();
  byScope.set(scope, names);
  const lower = identifier.toLowerCase();
  const first = names.get(lower);
  if (first === undefined) names.set(lower, element);
  return first;
}

/** Properties and the like: unique inside their element, and not told apart by letter case alone. */
function checkChildNames(element: Declared, findings: Findings): void {
  const seen = new Map<string, Declared>();
  for (const child of element.children) {
    if (child.definition.name !== 'Property' || child.definition.isOpen) continue;
    const name = textOf(child, child.definition.key[0] ?? 'Identifier');
    if (name === undefined || name === '') continue;
    if (element.definition.name === 'EntityType') {
      checkSpelling(child, name, findings);
      checkDisplayName(child, findings);
    }
    const first = seen.get(name.toLowerCase());
    if (first === undefined) seen.set(name.toLowerCase(), child);
    else reportDuplicate(child, first, name, findings);
  }
}

function checkDifferingOnlyByCase(entityTypes: readonly Declared[], findings: Findings): void {
  const seen = new Map<string, Declared>();
  for (const entityType of entityTypes) {
    const name = textOf(entityType, 'Identifier') ?? '';
    const first = seen.get(name.toLowerCase());
    if (first === undefined) seen.set(name.toLowerCase(), entityType);
    else if (textOf(first, 'Identifier') !== name) {
      reportDuplicate(entityType, first, name, findings);
    }
  }
}

/** `DisplayName_L2` must mean one language. */
function checkLanguageNumbers(languages: readonly Declared[], findings: Findings): void {
  const codes = new Map<string, string>();
  for (const language of languages) {
    const number = textOf(language, 'IndicatorNumber');
    const attribute = language.written.get('IndicatorNumber');
    if (number === undefined || attribute === undefined) continue;
    const code = codes.get(number);
    if (code === undefined) codes.set(number, textOf(language, 'Code') ?? '');
    else {
      findings.report(spanOfValue(attribute), {
        code: 'CONFIG_IDENTIFIER_DUPLICATE',
        // Only texts of the default language are shown here.
        severity: 'warning',
        message: `The number ${number} already belongs to Language "${code}".`,
        hint: 'Give each language a number of its own; texts of the default language end in _L1.',
      });
    }
  }
}

function reportDuplicate(
  element: Declared,
  first: Declared,
  identifier: string,
  findings: Findings,
): void {
  const { source } = first.source;
  const { line, column } = placeAt(
    source,
    nameAttribute(first)?.valueOffset ?? first.source.offset,
  );
  const firstName = textOf(first, first.definition.key[0] ?? 'Identifier') ?? '';
  const difference =
    firstName === identifier ? '' : ` as "${firstName}", which differs only in letter case`;
  const what =
    element.definition.name === first.definition.name
      ? element.definition.name
      : `${element.definition.name} (a ${element.definition.scope})`;
  findings.report(spanOfIdentifier(element), {
    code: 'CONFIG_IDENTIFIER_DUPLICATE',
    // Two of a kind that has no effect cannot make a configuration invalid.
    severity: [element, first].some(({ definition }) => definition.status === 'used')
      ? 'error'
      : 'warning',
    message: `${what} "${identifier}" is already declared at ${source.path}:${line}:${column}${difference}.`,
    hint: 'Rename or remove one of the two.',
  });
}

function nameAttribute(element: Declared): SourceAttribute | undefined {
  return element.written.get(element.definition.key[0] ?? 'Identifier');
}

function spanOfIdentifier(element: Declared) {
  const attribute = nameAttribute(element);
  return attribute === undefined ? spanOfName(element.source) : spanOfValue(attribute);
}

function checkSpelling(element: Declared, identifier: string, findings: Findings): void {
  const problem = findSpellingProblem(element, identifier);
  if (problem === undefined) return;
  findings.report(spanOfIdentifier(element), {
    code: 'CONFIG_IDENTIFIER_INVALID',
    message: `${describeElement(element.source)} has an identifier that ${problem.what}.`,
    hint: problem.hint,
  });
}

/** Every resource has a property that is shown as `Id`. */
function checkDisplayName(property: Declared, findings: Findings): void {
  for (const [name, attribute] of property.written) {
    if (!name.startsWith('DisplayName_L') || attribute.value.trim() !== 'Id') continue;
    findings.report(spanOfValue(attribute), {
      code: 'CONFIG_VALUE_INVALID',
      message: `${describeElement(property.source)} is shown as "Id", which is the name of a property that every resource has.`,
      hint: 'Choose another name, such as one with a noun before it.',
    });
  }
}

/** Why an element may not have this identifier, as the end of a sentence that begins with the element. */
export function findSpellingProblem(
  element: Declared,
  identifier: string,
): { readonly what: string; readonly hint: string } | undefined {
  if (identifier.length > maximumIdentifierLength) {
    return {
      what: `has ${identifier.length} characters`,
      hint: `At most ${maximumIdentifierLength} are allowed.`,
    };
  }
  const { name } = element.definition;
  if (name === 'Connection' && !connectionPattern.test(identifier)) {
    return {
      what: 'is none for a connection',
      hint: 'Start with a letter; then letters, digits, "." and "-" are allowed (not "_", which separates connection and table in file names).',
    };
  }
  const isProperty = name === 'Property' && element.parent?.definition.name === 'EntityType';
  if (name === 'EntityType' || isProperty) {
    if (reservedWords.has(identifier.toLowerCase())) {
      return {
        what: 'is a reserved word',
        hint: 'Choose another name, such as one with a noun before it.',
      };
    }
    if (!codePattern.test(identifier)) {
      return {
        what: 'is none for an entity type or property',
        hint: 'Use letters without accents, digits and "_", not starting with a digit.',
      };
    }
  }
  if (/\p{Cc}/u.test(identifier) || identifier.trim() !== identifier) {
    return {
      what: 'starts or ends with white space, or holds line breaks',
      hint: 'Remove them: nobody sees them, and nothing would match.',
    };
  }
  return undefined;
}
