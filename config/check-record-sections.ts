/** Checks the record sections of each source entity type against each other and against what they group. */
import { type CheckedEntityModel, propertyPart } from './check-entity-model.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Finding, Findings } from './diagnostics.ts';
import { recordSection, recordSectionProperty } from './schema/context-elements.ts';
import { childrenNamed, type Declared, textOf, valuesOf } from './schema/declare.ts';
import { type Span, spanOfName } from './source/element-tree.ts';

/** The one without properties of its own: what it leaves out is excluded. */
export function defaultSectionOf(sections: readonly Declared[]): Declared | undefined {
  return sections.find(isDefaultSection);
}

function isDefaultSection(section: Declared): boolean {
  return childrenNamed(section, 'Property').every(
    (child) => valuesOf(child, recordSectionProperty).IsExcluded,
  );
}

export function isBoundary(section: Declared): boolean {
  return valuesOf(section, recordSection).IsDefaultBoundariesSection;
}

export function extendsInto(kind: 'Default' | 'None'): boolean {
  return kind === 'Default';
}

/** The property of its root that a binding starts with. */
export function firstProperty(binding: string): string {
  const [start = ''] = binding.split('.');
  return start.slice(start.indexOf(':') + 1).trim();
}

type Report = (span: Span, message: string, hint: string, severity?: Finding['severity']) => void;

interface Context {
  readonly names: Names;
  readonly entities: CheckedEntityModel;
  readonly report: Report;
}

export function checkRecordSections(
  names: Names,
  entities: CheckedEntityModel,
  findings: Findings,
): void {
  const report: Report = (span, message, hint, severity = 'error') => {
    const code =
      severity === 'error' ? 'CONFIG_RECORD_SECTION_INVALID' : 'CONFIG_RECORD_SECTION_REMARK';
    findings.report(span, { code, severity, message, hint });
  };
  const context: Context = { names, entities, report };
  const sections = names.all('RecordSection').filter((section) => section.isSound);
  const byOwner = Map.groupBy(sections, (section) => textOf(section, 'SourceEntityType') ?? '');
  for (const [sourceEntityType, own] of byOwner) {
    checkTogether(context, sourceEntityType, own);
    checkContextRule(context, sourceEntityType, own);
    for (const section of own) checkSection(context, section);
  }
}

/** Two at least, one of them the default, one at most for the boundaries, one record type, no property twice. */
function checkTogether(
  { names, report }: Context,
  sourceEntityType: string,
  sections: readonly Declared[],
): void {
  const [first] = sections;
  if (first === undefined || names.isDoubtful(sourceEntityType)) return;
  const defaults = sections.filter(isDefaultSection);
  if (sections.length === 1) {
    report(
      spanOfName(first.source),
      `"${identifierOf(first)}" is the only RecordSection of ${sourceEntityType}; sections come in twos at least.`,
      'Add a section that lists the properties with dates of their own, and one without properties for all others.',
    );
  } else if (defaults.length === 0) {
    report(
      spanOfName(first.source),
      `No RecordSection of ${sourceEntityType} is the default one, which lists no properties and holds all that no other lists.`,
      'Add a RecordSection without Property elements.',
    );
  }
  for (const other of sections.length === 1 ? [] : defaults.slice(1)) {
    report(
      spanOfName(other.source),
      `"${identifierOf(other)}" lists no properties and would be a second default section beside "${identifierOf(defaults[0])}".`,
      'List the properties it groups, or remove it.',
    );
  }
  for (const other of sections.filter(isBoundary).slice(1)) {
    report(
      spanOf(other, 'IsDefaultBoundariesSection'),
      `"${identifierOf(sections.find(isBoundary))}" already bounds the validity of ${sourceEntityType}.`,
      'Set IsDefaultBoundariesSection on one section only.',
    );
  }
  const recordType = textOf(first, 'ResourceEntityType') ?? '';
  for (const other of sections) {
    if (textOf(other, 'ResourceEntityType') === recordType) continue;
    report(
      spanOf(other, 'ResourceEntityType'),
      `"${identifierOf(first)}" groups properties of ${recordType}; the sections of one identity share their records.`,
      `Name ${recordType} here too.`,
    );
  }
  checkProperties(report, sections);
}

function checkProperties(report: Report, sections: readonly Declared[]): void {
  const holders = new Map<string, Declared>();
  for (const section of sections) {
    const isDefault = isDefaultSection(section);
    for (const child of childrenNamed(section, 'Property')) {
      const values = valuesOf(child, recordSectionProperty);
      const property = propertyPart(values.Property);
      if (values.IsExcluded && !isDefault) {
        report(
          spanOf(child, 'IsExcluded'),
          `IsExcluded has no effect on ${property} here: it takes properties out of the default section, and "${identifierOf(section)}" is not that one.`,
          'Put the property into the default section, with nothing else but excluded ones.',
          'warning',
        );
      }
      const other = holders.get(property);
      if (other === undefined) holders.set(property, section);
      else if (other !== section) {
        report(
          spanOf(child, 'Property'),
          `${property} already belongs to RecordSection "${identifierOf(other)}".`,
          'A property has the dates of one section; list it once.',
        );
      }
    }
  }
}

function checkContextRule(
  { names, report }: Context,
  sourceEntityType: string,
  sections: readonly Declared[],
): void {
  const [first] = sections;
  if (first === undefined || names.isDoubtful(sourceEntityType)) return;
  const rule = names
    .all('ContextRule')
    .find((each) => textOf(each, 'SourceEntityType') === sourceEntityType);
  if (rule === undefined) {
    report(
      spanOf(first, 'SourceEntityType'),
      `Nothing makes contexts of ${sourceEntityType}: record sections need its ContextRule.`,
      `Add a ContextRule for ${sourceEntityType} that leads to its records.`,
    );
    return;
  }
  for (const name of dateAttributes) {
    if (!rule.written.has(name)) continue;
    report(
      spanOf(rule, name),
      `${name} has no effect: the record sections of ${sourceEntityType} have dates of their own.`,
      'Remove the attribute.',
      'info',
    );
    break;
  }
  const excluded = new Set(
    sections
      .filter(isDefaultSection)
      .flatMap((section) => childrenNamed(section, 'Property'))
      .map((child) => propertyPart(valuesOf(child, recordSectionProperty).Property)),
  );
  for (const { letter, value, attribute } of rule.slots) {
    if (letter !== 'B' || !excluded.has(firstProperty(String(value)))) continue;
    report(
      spanOfName(attribute),
      `${attribute.name} never has a value: ${firstProperty(String(value))} is excluded from the default section.`,
      'Remove IsExcluded from the property, or the binding from the rule.',
      'warning',
    );
  }
}

const dateAttributes = [
  'ResourcesStartBinding',
  'ResourcesStartExpression',
  'ResourcesEndBinding',
  'ResourcesEndExpression',
] as const;

function checkSection(context: Context, section: Declared): void {
  const { report } = context;
  const values = valuesOf(section, recordSection);
  for (const name of ['StartProperty', 'EndProperty'] as const) checkDate(context, section, name);
  if (values.ExtendedSortKey !== undefined && values.SortKeyExpression === undefined) {
    report(
      spanOf(section, 'ExtendedSortKey'),
      'ExtendedSortKey has no effect without SortKeyExpression: there is nothing to compare it with.',
      'Add SortKeyExpression, or remove ExtendedSortKey.',
      'warning',
    );
  }
  if (values.InstanceKeyExpression === undefined && !isDefaultSection(section)) {
    report(
      spanOfName(section.source),
      `Of instances of RecordSection "${values.Identifier}" that overlap only one counts: nothing tells them apart.`,
      'Add InstanceKeyExpression where somebody may have several at once.',
      'info',
    );
  }
}

function checkDate(
  { names, entities, report }: Context,
  section: Declared,
  name: 'StartProperty' | 'EndProperty',
): void {
  const recordType = textOf(section, 'ResourceEntityType') ?? '';
  const property = propertyPart(textOf(section, name) ?? '');
  const declared = entities.model.entityTypes.get(recordType)?.properties.get(property);
  if (declared?.kind !== 'scalar' || entities.doubtfulWords.has(property)) return;
  if (declared.type !== 'DateTime') {
    report(
      spanOf(section, name),
      `${recordType}:${property} is no date: its type is ${declared.type}.`,
      'Name a property of type DateTime.',
    );
    return;
  }
  const isComputed = names
    .all('EntityPropertyExpression')
    .some(
      (each) =>
        textOf(each, 'EntityType') === recordType &&
        propertyPart(textOf(each, 'Property') ?? '') === property,
    );
  if (!isComputed) return;
  report(
    spanOf(section, name),
    `${recordType}:${property} is computed by an EntityPropertyExpression; the dates of a section are stored ones.`,
    'Name the property that is read from the source.',
  );
}

function identifierOf(section: Declared | undefined): string {
  return section === undefined ? '' : (textOf(section, 'Identifier') ?? '');
}
