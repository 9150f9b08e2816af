/** XML Schema of the vocabulary, for completion and checking in editors. */

import { configurationNamespace, lockstepNamespace } from '../source/xml-reader.ts';
import type { Attribute, AttributeType } from './attribute.ts';
import { commonAttributes, type Element, firstSlotOf, slotCountOf, slotDigits } from './element.ts';
import { describeWithMembers } from './json-schema.ts';
import { topLevelElements } from './vocabulary.ts';

const ownPrefix = 'ls:';

/** Schema of the vocabulary's own namespace; elements and attributes of ours are let through. */
export function generateXsd(): string {
  return generate(configurationNamespace, (name) => !name.startsWith(ownPrefix), true);
}

/** Schema of our additions, the namespace `urn:lockstep:configuration`. */
export function generateLockstepXsd(): string {
  return generate(lockstepNamespace, (name) => name.startsWith(ownPrefix), false);
}

interface Writer {
  readonly belongs: (name: string) => boolean;
  readonly lines: string[];
  /** Type names of elements already written: tasks and their children appear at many places. */
  readonly types: Map<Element, string>;
  /** Attribute groups already needed by some element: numbered and localized families. */
  readonly groups: Map<string, readonly string[]>;
}

function generate(namespace: string, belongs: (name: string) => boolean, hasRoot: boolean): string {
  const writer: Writer = { belongs, lines: [], types: new Map(), groups: new Map() };
  const elements = topLevelElements.filter(({ name }) => belongs(name));
  for (const element of elements) writer.types.set(element, localName(element.name));
  for (const element of elements) writeType(writer, element);
  if (hasRoot) {
    writer.lines.push(
      '  <xs:element name="ConfigurationFile">',
      '    <xs:complexType>',
      '      <xs:choice minOccurs="0" maxOccurs="unbounded">',
      ...elements.map((each) => `        ${elementReference(writer, each)}`),
      '        <xs:any namespace="##other" processContents="lax"/>',
      '      </xs:choice>',
      '    </xs:complexType>',
      '  </xs:element>',
    );
  } else {
    for (const each of elements) writer.lines.push(`  ${elementReference(writer, each)}`);
    for (const { name, doc } of ownAttributes()) {
      writer.lines.push(
        ...documentedAttribute(`name="${localName(name)}" type="xs:string"`, doc).map(
          (line) => `  ${line}`,
        ),
      );
    }
  }
  const groups = [...writer.groups].flatMap(([name, attributes]) => [
    `  <xs:attributeGroup name="${name}">`,
    ...attributes.map((attribute) => `    ${attribute}`),
    '  </xs:attributeGroup>',
  ]);
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="${namespace}" targetNamespace="${namespace}" elementFormDefault="qualified">`,
    ...groups,
    ...writer.lines,
    '</xs:schema>',
    '',
  ].join('\n');
}

/** Attributes of ours that stand on elements of the vocabulary, each once. */
function ownAttributes(): readonly Attribute[] {
  const attributes = topLevelElements
    .filter(({ name }) => !name.startsWith(ownPrefix))
    .flatMap((element) => element.attributes)
    .filter(({ name }) => name.startsWith(ownPrefix));
  return [...new Map(attributes.map((attribute) => [attribute.name, attribute])).values()];
}

function localName(name: string): string {
  return name.startsWith(ownPrefix) ? name.slice(ownPrefix.length) : name;
}

function elementReference(writer: Writer, element: Element): string {
  const type = writer.types.get(element) ?? localName(element.name);
  return `<xs:element name="${localName(element.name)}" type="${type}Type"/>`;
}

function writeType(writer: Writer, element: Element): void {
  const name = writer.types.get(element) ?? localName(element.name);
  const children = element.children.filter((child) => writer.belongs(child.name));
  for (const child of children) {
    if (writer.types.has(child)) continue;
    writer.types.set(child, `${name}.${localName(child.name)}`);
    writeType(writer, child);
  }
  const { lines } = writer;
  lines.push(`  <xs:complexType name="${name}Type">`, ...documentation(element.doc, '    '));
  if (children.length > 0 || element.isOpen) {
    lines.push('    <xs:choice minOccurs="0" maxOccurs="unbounded">');
    for (const child of children) lines.push(`      ${elementReference(writer, child)}`);
    if (element.isOpen) {
      // A wildcard for the own namespace would be ambiguous beside named children.
      const namespace = children.length > 0 ? '##other' : '##any';
      lines.push(`      <xs:any namespace="${namespace}" processContents="lax"/>`);
    }
    lines.push('    </xs:choice>');
  }
  writeAttributes(writer, element);
  lines.push('  </xs:complexType>');
}

function writeAttributes(writer: Writer, element: Element): void {
  const { lines, groups } = writer;
  for (const attribute of [...element.attributes, ...commonAttributes]) {
    // Attributes of the other namespace are let through by the wildcard below.
    if (attribute.name.startsWith(ownPrefix)) continue;
    const { name, isRequired, defaultValue, doc, type } = attribute;
    const use = isRequired ? ' use="required"' : '';
    const preset =
      isRequired || defaultValue === undefined ? '' : ` default="${escapeXml(defaultValue)}"`;
    lines.push(
      `    <xs:attribute name="${name}"${use}${preset}>`,
      ...documentation(describeWithMembers(doc, type), '      '),
      ...simpleType(attribute.type, '      '),
      '    </xs:attribute>',
    );
  }
  for (const text of element.localized) {
    const names = Array.from({ length: 16 }, (_, index) => `${text.name}_L${index + 1}`);
    const group = nameGroup(groups, `${text.name}${text.isRequired ? 'Required' : ''}Texts`, [
      ...names.flatMap((name, index) => {
        const use = text.isRequired && index === 0 ? ' use="required"' : '';
        return documentedAttribute(`name="${name}" type="xs:string"${use}`, text.doc);
      }),
    ]);
    lines.push(`    <xs:attributeGroup ref="${group}"/>`);
  }
  for (const family of element.numbered) {
    const isFlag = family.type.kind === 'boolean';
    const type = isFlag ? 'xs:boolean' : 'xs:string';
    const group = nameGroup(groups, `${family.letter}${isFlag ? 'Flags' : 'Slots'}`, [
      ...Array.from({ length: slotCountOf(family) }, (_, index) => {
        const name = `${family.letter}${slotDigits(index + firstSlotOf(family))}`;
        return documentedAttribute(`name="${name}" type="${type}"`, family.doc);
      }).flat(),
    ]);
    lines.push(`    <xs:attributeGroup ref="${group}"/>`);
  }
  lines.push(
    `    <xs:anyAttribute namespace="${element.isOpen ? '##any' : '##other'}" processContents="lax"/>`,
  );
}

function documentedAttribute(attributes: string, doc: string): readonly string[] {
  return [`<xs:attribute ${attributes}>`, ...documentation(doc, '  '), '</xs:attribute>'];
}

/** A group of this content: attributes of one name may mean different things on different elements. */
function nameGroup(
  groups: Map<string, readonly string[]>,
  name: string,
  content: readonly string[],
): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}${number}`;
    const present = groups.get(candidate);
    if (present === undefined) groups.set(candidate, content);
    if (present === undefined || present.join() === content.join()) return candidate;
  }
}

function documentation(doc: string, indent: string): readonly string[] {
  return [
    `${indent}<xs:annotation><xs:documentation>${escapeXml(doc)}</xs:documentation></xs:annotation>`,
  ];
}

function simpleType(type: AttributeType, indent: string): readonly string[] {
  const restriction = (base: string, facets: readonly string[]): readonly string[] => [
    `${indent}<xs:simpleType>`,
    `${indent}  <xs:restriction base="${base}">`,
    ...facets.map((facet) => `${indent}    ${facet}`),
    `${indent}  </xs:restriction>`,
    `${indent}</xs:simpleType>`,
  ];
  switch (type.kind) {
    case 'boolean':
      return restriction('xs:boolean', []);
    case 'integer':
      return restriction('xs:int', [
        ...(type.minimum === undefined ? [] : [`<xs:minInclusive value="${type.minimum}"/>`]),
        ...(type.maximum === undefined ? [] : [`<xs:maxInclusive value="${type.maximum}"/>`]),
      ]);
    case 'number':
      return restriction('xs:decimal', []);
    case 'choice':
      if (type.isExtensible === true) return restriction('xs:string', []);
      return restriction('xs:string', [
        ...type.members.map(([member]) => `<xs:enumeration value="${escapeXml(member)}"/>`),
        ...Object.keys(type.aliases).map(
          (alias) => `<xs:enumeration value="${escapeXml(alias)}"/>`,
        ),
        ...(type.isUnnumbered === true
          ? []
          : type.members.map(([, number]) => `<xs:enumeration value="${number}"/>`)),
      ]);
    default:
      return restriction('xs:string', []);
  }
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
