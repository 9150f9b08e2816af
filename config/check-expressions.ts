/** Compiles every binding and expression, and turns the compiler's problems into findings at their very place. */
import type { DimensionSlots } from './check-criteria.ts';
import { type CheckedEntityModel, propertyPart } from './check-entity-model.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { displayBindingOf } from './display-name.ts';
import type { NavigationProperty, Property } from './entity-model.ts';
import { compileExpression } from './expression/compile.ts';
import type { ExpectedValue, ExpressionProblem } from './expression/compile-request.ts';
import type { CompiledExpression, ReadPair } from './expression/values.ts';
import { passwordBindings } from './password-reset.ts';
import { dataTestElements } from './schema/data-test-elements.ts';
import { childrenNamed, type Declared, textOf } from './schema/declare.ts';
import { slotDigits } from './schema/element.ts';
import { protectedResources } from './schema/invariant-elements.ts';
import { resourceTypeMappingElements } from './schema/resource-type-mapping-elements.ts';
import {
  positionOf,
  positionOfValue,
  type SourceAttribute,
  spanInValue,
} from './source/element-tree.ts';

/** The compiled expressions of elements, by element and by what they compute. */
export interface CompiledExpressions {
  find(element: Declared, part: string): CompiledExpression | undefined;
  /** Entity type of the records of a context rule. */
  recordTypeOf(contextRule: Declared): string | undefined;
}

interface Context {
  readonly names: Names;
  readonly entities: CheckedEntityModel;
  readonly findings: Findings;
  readonly compiled: Map<Declared, Map<string, CompiledExpression>>;
  readonly recordTypes: Map<Declared, string>;
  readonly compileText: typeof compileExpression;
}

interface Part {
  readonly name: string;
  readonly binding?: string;
  readonly expression?: string;
  readonly root: string | undefined;
  readonly expected: ExpectedValue | undefined;
  readonly isLiteralAllowed?: boolean;
  /** Where the attributes stand, when not on the element itself. */
  readonly from?: Declared;
  /** What a binding may begin with without going anywhere. */
  readonly start?: RegExp;
}

/** `compileText` may remember what it was asked before; it must give what `compileExpression` gives. */
export function checkExpressions(
  names: Names,
  entities: CheckedEntityModel,
  slots: DimensionSlots,
  findings: Findings,
  compileText: typeof compileExpression = compileExpression,
): CompiledExpressions {
  const compiled = new Map<Declared, Map<string, CompiledExpression>>();
  const recordTypes = new Map<Declared, string>();
  const context: Context = { names, entities, findings, compiled, recordTypes, compileText };
  for (const each of names.all('EntityPropertyExpression')) checkPropertyExpression(context, each);
  for (const each of names.all('ResourceType')) checkResourceType(context, each);
  for (const each of names.all('ResourceCorrelationRule')) checkCorrelation(context, each);
  for (const each of names.all('ResourceClassificationRule')) checkClassification(context, each);
  for (const each of names.all('IndirectResourceRule')) checkIndirectRule(context, each);
  for (const { name } of resourceTypeMappingElements) {
    for (const each of names.all(name)) checkPasswordReset(context, each);
  }
  for (const each of names.all('ContextRule')) checkContextRule(context, each, slots);
  for (const each of names.all('RecordSection')) checkRecordSection(context, each);
  for (const { name } of dataTestElements) {
    for (const each of names.all(name)) checkDataTest(context, each);
  }
  for (const each of names.all(protectedResources.name)) checkProtected(context, each);
  return {
    find: (element, part) => compiled.get(element)?.get(part),
    recordTypeOf: (contextRule) => recordTypes.get(contextRule),
  };
}

function checkPropertyExpression(context: Context, declared: Declared): void {
  const entityType = textOf(declared, 'EntityType');
  const name = propertyPart(textOf(declared, 'Property') ?? '');
  const property = propertyOf(context, entityType, name);
  const isDisplayName = /^InternalDisplayName(_L\d+)?$/.test(name) && property === undefined;
  const isComputedName = isDisplayName && displayBindingOf(declared) === undefined;
  if (isComputedName || property?.kind === 'navigation') {
    context.findings.report(spanOf(declared, 'Property'), {
      code: 'CONFIG_ATTRIBUTE_NOT_YET_USED',
      severity: 'warning',
      message: isDisplayName
        ? 'Computing InternalDisplayName has no effect in this version; only a property of its own is taken over by a binding.'
        : `Computing the navigation property "${name}" has no effect in this version; only scalar properties are computed.`,
      hint: isDisplayName
        ? 'Compute a property of your own, such as FullName, and bind InternalDisplayName to it.'
        : 'Use the same expression where the property is needed, in rules and bindings.',
    });
  }
  compile(context, declared, {
    name: 'value',
    binding: 'Binding',
    expression: 'Expression',
    root: entityType,
    expected: isDisplayName
      ? { kind: 'scalar', type: 'String' }
      : expectedOf(context, property, name),
    isLiteralAllowed: true,
  });
  refuseQueryOfItself(context, declared, `${entityType ?? ''}:${name}`);
}

/** A value that is found by looking at values of the same property would differ with every computation. */
function refuseQueryOfItself(context: Context, declared: Declared, pair: ReadPair): void {
  const queried = context.compiled.get(declared)?.get('value')?.queried;
  if (queried === undefined || !queried.has(pair)) return;
  context.findings.report(spanOf(declared, 'Expression'), {
    code: 'CONFIG_EXPRESSION_INVALID',
    severity: 'error',
    message: `This computes ${pair} with a query that reads ${pair}, so it would depend on its own earlier result.`,
    hint: 'Let the query read other properties only.',
  });
}

function checkResourceType(context: Context, declared: Declared): void {
  const source = textOf(declared, 'SourceEntityType');
  const target = textOf(declared, 'TargetEntityType');
  compile(context, declared, {
    name: 'arguments',
    expression: 'ArgumentsExpression',
    root: source,
    expected: { kind: 'arguments', ...(target === undefined ? {} : { orderOf: target }) },
  });
  for (const rule of childrenNamed(declared, 'ScalarRule')) {
    const name = propertyPart(textOf(rule, 'Property') ?? '');
    const property = propertyOf(context, target, name);
    compile(context, rule, {
      name: 'value',
      binding: 'Binding',
      expression: 'Expression',
      root: source,
      // A navigation property here is a finding of its own.
      expected: property?.kind === 'scalar' ? expectedOf(context, property, name) : undefined,
      isLiteralAllowed: true,
    });
  }
  for (const rule of childrenNamed(declared, 'BinaryRule')) {
    compile(context, rule, {
      name: 'value',
      binding: 'Binding',
      root: source,
      expected: { kind: 'scalar', type: 'Binary' },
    });
  }
  for (const rule of childrenNamed(declared, 'QueryRule')) {
    const name = propertyPart(textOf(rule, 'Property') ?? '');
    const property = propertyOf(context, target, name);
    compilePair(context, rule, {
      source,
      target: property?.kind === 'navigation' ? property.target : undefined,
      isLiteralAllowed: true,
    });
  }
}

function checkCorrelation(context: Context, rule: Declared): void {
  const resourceType = context.names.find('ResourceType', textOf(rule, 'ResourceType') ?? '');
  if (resourceType === undefined) return;
  compilePair(context, rule, {
    source: textOf(resourceType, 'SourceEntityType'),
    target: textOf(resourceType, 'TargetEntityType'),
    isLiteralAllowed: false,
  });
}

function compilePair(
  context: Context,
  rule: Declared,
  sides: {
    readonly source: string | undefined;
    readonly target: string | undefined;
    readonly isLiteralAllowed: boolean;
  },
): void {
  const expected: ExpectedValue = { kind: 'key' };
  compile(context, rule, {
    name: 'source',
    binding: 'SourceBinding',
    expression: 'SourceExpression',
    root: sides.source,
    expected,
    isLiteralAllowed: sides.isLiteralAllowed,
  });
  compile(context, rule, {
    name: 'target',
    binding: 'TargetBinding',
    expression: 'TargetExpression',
    root: sides.target,
    expected,
  });
}

function checkClassification(context: Context, rule: Declared): void {
  const resourceType = context.names.find('ResourceType', textOf(rule, 'ResourceType') ?? '');
  if (resourceType === undefined) return;
  compile(context, rule, {
    name: 'target',
    expression: 'TargetExpression',
    root: textOf(resourceType, 'TargetEntityType'),
    expected: { kind: 'boolean' },
  });
}

/** From a group to groups. */
function checkIndirectRule(context: Context, rule: Declared): void {
  const resourceType = context.names.find('ResourceType', textOf(rule, 'ResourceType') ?? '');
  if (resourceType === undefined) return;
  const target = textOf(resourceType, 'TargetEntityType');
  const name = propertyPart(textOf(rule, 'Property') ?? '');
  const property = propertyOf(context, target, name);
  if (property?.kind !== 'navigation') return;
  compile(context, rule, {
    name: 'binding',
    binding: 'IndirectResourceBinding',
    root: property.target,
    expected: { kind: 'resources', entityType: property.target },
  });
}

/** Who is told of a password: paths of settings that several resource types may share, each from its own owners. */
function checkPasswordReset(context: Context, mapping: Declared): void {
  const { names } = context;
  const settings = names.find(
    'PasswordResetSettings',
    textOf(mapping, 'PasswordResetSetting') ?? '',
  );
  const resourceType = names.find('ResourceType', textOf(mapping, 'Identifier') ?? '');
  if (settings === undefined || resourceType === undefined) return;
  for (const binding of passwordBindings) {
    compile(context, mapping, {
      name: binding,
      binding,
      from: settings,
      start: /^Owner\./,
      root: textOf(resourceType, 'SourceEntityType'),
      expected: { kind: 'scalar', type: 'String' },
    });
  }
}

function checkDataTest(context: Context, test: Declared): void {
  compile(context, test, {
    name: 'where',
    expression: 'Where',
    root: textOf(test, 'EntityType'),
    expected: { kind: 'boolean' },
  });
  const { queried } = context.compiled.get(test)?.get('where') ?? {};
  if (queried === undefined || queried.size === 0) return;
  context.findings.report(spanOf(test, 'Where'), {
    code: 'CONFIG_DATA_TEST_INVALID',
    message: 'Where looks at one resource and what it leads to, not at whole entity types.',
    hint: 'Use ls:RelationshipTest or ls:UniqueTest to compare resources with others.',
  });
}

function checkProtected(context: Context, declared: Declared): void {
  compile(context, declared, {
    name: 'where',
    expression: 'Where',
    root: textOf(declared, 'EntityType'),
    expected: { kind: 'boolean' },
  });
  const { queried } = context.compiled.get(declared)?.get('where') ?? {};
  if (queried === undefined || queried.size === 0) return;
  context.findings.report(spanOf(declared, 'Where'), {
    code: 'CONFIG_INVARIANT_INVALID',
    message: 'Where looks at one resource and what it leads to, not at whole entity types.',
    hint: 'Decide by properties of the resource and of what it links to.',
  });
}

function checkContextRule(context: Context, rule: Declared, slots: DimensionSlots): void {
  const source = textOf(rule, 'SourceEntityType');
  const records = compile(context, rule, {
    name: 'records',
    binding: 'ResourcesBinding',
    expression: 'ResourcesExpression',
    root: source,
    expected: { kind: 'resources' },
  });
  const hasRecords =
    rule.written.has('ResourcesBinding') || rule.written.has('ResourcesExpression');
  const record = hasRecords ? records : source;
  // Records that could not be compiled leave nothing to check the rest against: one finding is enough.
  if (record === undefined) return;
  context.recordTypes.set(rule, record);
  const date: ExpectedValue = { kind: 'scalar', type: 'DateTime' };
  for (const [name, side] of [
    ['start', 'Start'],
    ['end', 'End'],
  ] as const) {
    compile(context, rule, {
      name,
      binding: `Resources${side}Binding`,
      expression: `Resources${side}Expression`,
      root: record,
      expected: date,
    });
  }
  compile(context, rule, {
    name: 'exclude',
    expression: 'ExcludeExpression',
    root: record,
    expected: { kind: 'boolean' },
  });
  for (const { letter, slot } of rule.slots) {
    const dimension = letter === 'B' ? slots.get(slot) : undefined;
    const entityType = dimension === undefined ? undefined : textOf(dimension, 'EntityType');
    if (entityType === undefined) continue;
    const name = `B${slotDigits(slot)}`;
    compile(context, rule, {
      name,
      binding: name,
      root: record,
      expected: { kind: 'resource', entityType },
    });
  }
}

function checkRecordSection(context: Context, section: Declared): void {
  const records = textOf(section, 'ResourceEntityType');
  for (const [name, expression] of [
    ['instanceKey', 'InstanceKeyExpression'],
    ['sortKey', 'SortKeyExpression'],
  ] as const) {
    compile(context, section, { name, expression, root: records, expected: { kind: 'key' } });
  }
  const rule = context.names
    .all('ContextRule')
    .find((each) => textOf(each, 'SourceEntityType') === textOf(section, 'SourceEntityType'));
  const reached = rule === undefined ? undefined : context.recordTypes.get(rule);
  if (rule === undefined || reached === undefined || reached === records || !section.isSound)
    return;
  if (context.names.isDoubtful(records ?? '')) return;
  context.findings.report(spanOf(section, 'ResourceEntityType'), {
    code: 'CONFIG_RECORD_SECTION_INVALID',
    message: `ContextRule "${textOf(rule, 'Identifier') ?? ''}" makes its contexts from ${reached}, not from ${records ?? ''}.`,
    hint: `Name ${reached} here, or lead ResourcesBinding of the rule to ${records ?? ''}.`,
  });
}

function propertyOf(
  { entities }: Context,
  entityType: string | undefined,
  name: string,
): Property | undefined {
  return entities.model.entityTypes.get(entityType ?? '')?.properties.get(name);
}

/** What a property takes; `undefined` when that is not known, so that nothing can be said about an expression for it. */
function expectedOf(
  { entities }: Context,
  property: Property | undefined,
  name: string,
): ExpectedValue | undefined {
  if (property === undefined || entities.doubtfulWords.has(name)) return undefined;
  if (property.kind === 'scalar') return { kind: 'scalar', type: property.type };
  return expectedResource(property);
}

function expectedResource(property: NavigationProperty): ExpectedValue {
  return { kind: 'resource', entityType: property.target };
}

/** Compiles one part of an element when it is written; gives the entity type of resources it yields. */
function compile(context: Context, element: Declared, part: Part): string | undefined {
  const { entities, findings } = context;
  const { written } = part.from ?? element;
  const binding = part.binding === undefined ? undefined : written.get(part.binding);
  const expression = part.expression === undefined ? undefined : written.get(part.expression);
  const { root } = part;
  const passed = part.start?.exec(binding?.value ?? '')?.[0].length ?? 0;
  if (binding === undefined && expression === undefined) return undefined;
  if (root === undefined || !entities.model.entityTypes.has(root)) return undefined;
  const anchor = expression ?? binding;
  const result = context.compileText({
    ...(binding === undefined ? {} : { binding: binding.value.slice(passed) }),
    ...(expression === undefined ? {} : { expression: expression.value }),
    root,
    // Any text will do where the property itself is unknown: the paths are still worth checking.
    expected: part.expected ?? { kind: 'key' },
    isLiteralAllowed: part.isLiteralAllowed ?? false,
    entityModel: entities.model,
    at: anchor === undefined ? positionOf(element.source) : positionOfValue(anchor),
  });
  const problems = result.status === 'compiled' ? result.warnings : result.problems;
  for (const problem of problems) {
    const attribute = problem.in === 'binding' ? (binding ?? expression) : (expression ?? binding);
    if (attribute === undefined || isExcused(context, attribute, part)) continue;
    const offset = attribute === binding ? problem.offset + passed : problem.offset;
    reportProblem(findings, attribute, { ...problem, offset });
  }
  if (result.status === 'rejected') return undefined;
  const parts = context.compiled.get(element) ?? new Map<string, CompiledExpression>();
  context.compiled.set(element, parts.set(part.name, result.expression));
  return result.resultEntityType;
}

/** An expression over names that are in doubt already, or into a property that is not known, is not to blame. */
function isExcused(context: Context, attribute: SourceAttribute, part: Part): boolean {
  const { doubtfulWords } = context.entities;
  for (const [word] of attribute.value.matchAll(/[A-Za-z_]\w*/g)) {
    if (doubtfulWords.has(word) || context.names.isDoubtful(word)) return true;
  }
  return part.expected === undefined && attribute.value.startsWith('Literal:');
}

function reportProblem(
  findings: Findings,
  attribute: SourceAttribute,
  problem: ExpressionProblem,
): void {
  findings.report(spanInValue(attribute, problem.offset, problem.length), {
    code: problem.in === 'binding' ? 'CONFIG_BINDING_INVALID' : 'CONFIG_EXPRESSION_INVALID',
    severity: problem.severity,
    message: problem.message,
    hint: problem.hint,
  });
}
