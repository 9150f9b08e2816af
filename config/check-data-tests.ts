/** Checks data tests: that what they look at is read by a mapping, and that their attributes fit each other. */
import { type CheckedEntityModel, propertyPart, splitTypeProperty } from './check-entity-model.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import type { Property, ScalarProperty } from './entity-model.ts';
import { normalizeScalar } from './expression/scalar-text.ts';
import { compilePattern, describePatternError } from './match-pattern.ts';
import {
  acceptedValuesTest,
  dataTestElements,
  freshnessTest,
  matchesTest,
  notNullTest,
  relationshipTest,
  rowCountTest,
} from './schema/data-test-elements.ts';
import { type Declared, describeElement, shorten, textOf, valuesOf } from './schema/declare.ts';
import { spanInValue, spanOfName } from './source/element-tree.ts';

interface Context {
  readonly names: Names;
  readonly entities: CheckedEntityModel;
  readonly findings: Findings;
}

export function checkDataTests(
  names: Names,
  entities: CheckedEntityModel,
  findings: Findings,
): void {
  const context: Context = { names, entities, findings };
  for (const { name } of dataTestElements) {
    for (const declared of names.all(name)) {
      if (declared.isSound) checkDataTest(context, declared);
    }
  }
}

function checkDataTest(context: Context, declared: Declared): void {
  checkIsRead(context, declared);
  for (const attribute of ['Property', 'Within']) checkPropertyIsRead(context, declared, attribute);
  switch (declared.definition.name) {
    case acceptedValuesTest.name:
      checkValues(context, declared);
      return;
    case matchesTest.name:
      checkPattern(context, declared);
      return;
    case relationshipTest.name:
      checkRelationship(context, declared);
      return;
    case freshnessTest.name:
      checkFreshness(context, declared);
      return;
    case rowCountTest.name:
      checkRowCount(context, declared);
      return;
    default:
  }
}

const takesNavigation: ReadonlySet<string> = new Set([notNullTest.name, relationshipTest.name]);

/** Without a mapping no synchronization ever brings a resource of the type, and the test never runs. */
function checkIsRead({ names, findings }: Context, declared: Declared): void {
  const entityType = textOf(declared, 'EntityType') ?? '';
  if (names.find('EntityType', entityType) === undefined) return;
  if (names.find('EntityTypeMapping', entityType) !== undefined || names.isDoubtful(entityType))
    return;
  findings.report(spanOf(declared, 'EntityType'), {
    code: 'CONFIG_DATA_TEST_WITHOUT_DATA',
    severity: 'warning',
    message: `${describeElement(declared.source)} never runs: no EntityTypeMapping reads ${entityType}.`,
    hint: 'Map the entity type, or test one that is mapped.',
  });
}

function checkPropertyIsRead(context: Context, declared: Declared, attribute: string): void {
  const { names, findings } = context;
  const property = propertyOf(context, declared, attribute);
  const entityType = textOf(declared, 'EntityType') ?? '';
  const mapping = names.find('EntityTypeMapping', entityType);
  if (property === undefined || mapping === undefined) return;
  // Where a navigation property has no place, that is a finding of its own.
  if (property.kind === 'navigation' && !takesNavigation.has(declared.definition.name)) return;
  const { identifier } = property;
  if (names.isDoubtful(identifier) || names.isDoubtful(entityType)) return;
  const isRead =
    property.kind === 'navigation'
      ? names.find('EntityAssociationMapping', property.association) !== undefined ||
        names.isDoubtful(property.association)
      : mapping.children.some((child) => textOf(child, 'Identifier') === identifier);
  if (isRead) return;
  const isComputed = names
    .all('EntityPropertyExpression')
    .some(
      (each) =>
        textOf(each, 'EntityType') === entityType &&
        propertyPart(textOf(each, 'Property') ?? '') === identifier,
    );
  findings.report(
    spanOf(declared, attribute),
    isComputed
      ? {
          code: 'CONFIG_DATA_TEST_INVALID',
          message: `${identifier} is computed after a synchronization; a data test would see the value of the last time.`,
          hint: 'Test the properties it is computed from.',
        }
      : {
          code: 'CONFIG_DATA_TEST_WITHOUT_DATA',
          severity: 'warning',
          message: `No mapping reads ${identifier}: ${describeElement(declared.source)} sees empty values only.`,
          hint: 'Map the property to a column, or test one that is mapped.',
        },
  );
}

function propertyOf(
  { entities }: Context,
  declared: Declared,
  attribute: string,
): Property | undefined {
  const entityType = entities.model.entityTypes.get(textOf(declared, 'EntityType') ?? '');
  return entityType?.properties.get(propertyPart(textOf(declared, attribute) ?? ''));
}

/** The values of an `ls:AcceptedValuesTest` as written, each with its place in the attribute. */
export function splitValues(
  list: string,
  separator: string | undefined,
): readonly { readonly text: string; readonly offset: number }[] {
  const mark = separator === undefined || separator === '' ? ';' : separator;
  const values: { text: string; offset: number }[] = [];
  let offset = 0;
  for (const part of list.split(mark)) {
    const text = part.trim();
    if (text !== '') values.push({ text, offset: offset + part.indexOf(text) });
    offset += part.length + mark.length;
  }
  return values;
}

function checkValues(context: Context, declared: Declared): void {
  const written = declared.written.get('Values');
  const property = propertyOf(context, declared, 'Property');
  if (written === undefined || property?.kind !== 'scalar') return;
  const values = splitValues(written.value, valuesOf(declared, acceptedValuesTest).Separator);
  if (values.length === 0) {
    context.findings.report(spanOf(declared, 'Values'), {
      code: 'CONFIG_DATA_TEST_INVALID',
      message: 'There is no value between the separators: every resource would fail.',
      hint: 'List the values that are accepted.',
    });
  }
  for (const { text, offset } of values) {
    if (normalizeScalar(property.type, text) !== undefined) continue;
    context.findings.report(spanInValue(written, offset, text.length), {
      code: 'CONFIG_DATA_TEST_INVALID',
      message: `"${shorten(text)}" is no value of ${property.identifier}, which is ${property.type}.`,
      hint: 'Write values as the property holds them.',
    });
  }
}

function checkPattern({ findings }: Context, declared: Declared): void {
  const written = declared.written.get('Pattern');
  if (written === undefined) return;
  const compiled = compilePattern(written.value, valuesOf(declared, matchesTest).IgnoreCase);
  if (compiled.status === 'compiled') return;
  const { offset, length } = compiled;
  findings.report(spanInValue(written, offset, length), {
    code: 'CONFIG_DATA_TEST_INVALID',
    message: `The pattern cannot be read: ${compiled.message}.`,
    hint: describePatternError(written.value),
  });
}

function checkRelationship(context: Context, declared: Declared): void {
  const { findings, entities } = context;
  const property = propertyOf(context, declared, 'Property');
  const to = textOf(declared, 'To');
  if (property === undefined) return;
  if (property.kind === 'navigation') {
    if (to === undefined) return;
    findings.report(spanOf(declared, 'To'), {
      code: 'CONFIG_ATTRIBUTES_CONFLICT',
      message: `${property.identifier} is a navigation property and leads to ${property.target}; To has no place beside it.`,
      hint: 'Remove To.',
    });
    return;
  }
  if (to === undefined) {
    findings.report(spanOfName(declared.source), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: `${describeElement(declared.source)} needs the attribute To: ${property.identifier} does not say by itself what it refers to.`,
      hint: 'Write the entity type, a colon, and the property whose value it is.',
    });
    return;
  }
  const split = splitTypeProperty(to);
  const target = entities.model.entityTypes
    .get(split?.type ?? '')
    ?.properties.get(split?.property ?? '');
  if (target?.kind !== 'scalar' || isComparable(property, target)) return;
  findings.report(spanOf(declared, 'To'), {
    code: 'CONFIG_DATA_TEST_INVALID',
    message: `${to} is ${target.type}, ${property.identifier} is ${property.type}: their values are never equal.`,
    hint: 'Name a property of the same type.',
  });
}

function isComparable(one: ScalarProperty, other: ScalarProperty): boolean {
  const family = (type: ScalarProperty['type']): string =>
    ['Byte', 'Int16', 'Int32', 'Int64'].includes(type) ? 'integer' : type;
  return family(one.type) === family(other.type);
}

function checkFreshness(context: Context, declared: Declared): void {
  const property = propertyOf(context, declared, 'Property');
  if (property?.kind === 'scalar' && property.type !== 'DateTime') {
    context.findings.report(spanOf(declared, 'Property'), {
      code: 'CONFIG_DATA_TEST_INVALID',
      message: `${property.identifier} is ${property.type}; how fresh data are is told by a DateTime.`,
      hint: 'Name a property of type DateTime, or none: then the time of the reading counts.',
    });
  }
  if (declared.written.has('Where') && !declared.written.has('Property')) {
    context.findings.report(spanOf(declared, 'Where'), {
      code: 'CONFIG_ATTRIBUTES_CONFLICT',
      message: 'The time of the reading is one for all resources; Where has no place beside it.',
      hint: 'Remove Where, or name the Property whose dates are looked at.',
    });
  }
}

function checkRowCount({ findings }: Context, declared: Declared): void {
  const values = valuesOf(declared, rowCountTest);
  const limits = ['Minimum', 'Maximum', 'MaximumChangePercent'];
  if (!limits.some((name) => declared.written.has(name))) {
    findings.report(spanOfName(declared.source), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: `${describeElement(declared.source)} needs Minimum, Maximum or MaximumChangePercent.`,
      hint: 'Say how many resources are expected.',
    });
  }
  if (
    values.Minimum !== undefined &&
    values.Maximum !== undefined &&
    values.Minimum > values.Maximum
  ) {
    findings.report(spanOf(declared, 'Maximum'), {
      code: 'CONFIG_ATTRIBUTES_CONFLICT',
      message: `No number is at least ${values.Minimum} and at most ${values.Maximum}.`,
      hint: 'Exchange Minimum and Maximum, or correct one of them.',
    });
  }
  if (declared.written.has('Where') && declared.written.has('MaximumChangePercent')) {
    findings.report(spanOf(declared, 'MaximumChangePercent'), {
      code: 'CONFIG_ATTRIBUTES_CONFLICT',
      message:
        'How many resources Where let through before is not known; MaximumChangePercent compares whole entity types.',
      hint: 'Put it into a test without Where.',
    });
  }
}
