/** What the vocabulary says about elements and attributes, as Markdown for an editor. */
import type { Attribute } from '../schema/attribute.ts';
import { describeAttributeType } from '../schema/attribute-value.ts';
import type { Element } from '../schema/element.ts';

/** Names of the attributes an element cannot do without, in the order of its description. */
export function requiredAttributes(element: Element): readonly string[] {
  return [
    ...element.attributes.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    ...element.localized.filter(({ isRequired }) => isRequired).map(({ name }) => `${name}_L1`),
  ];
}

export function describeElementType(element: Element): string {
  const required = requiredAttributes(element);
  const lines = [`**${element.name}**`, element.doc];
  if (element.status === 'not-yet-used')
    lines.push('*Recognised; without effect in this version.*');
  if (required.length > 0) {
    lines.push(`Required: ${required.map((name) => `\`${name}\``).join(', ')}.`);
  }
  if (element.children.length > 0) {
    const names = element.children.slice(0, 12).map(({ name }) => `\`${name}\``);
    lines.push(`Inside: ${names.join(', ')}.`);
  }
  return lines.join('\n\n');
}

export function describeAttribute(attribute: Attribute): string {
  const { type, doc, isRequired, defaultValue, effect } = attribute;
  const lines = [doc, `Value: ${describeAttributeType(type)}.`];
  const facts = [
    ...(isRequired ? ['Required.'] : []),
    ...(defaultValue === undefined || defaultValue === '' ? [] : [`Default: \`${defaultValue}\`.`]),
    ...(effect === 'not-yet' ? ['*Without effect in this version.*'] : []),
  ];
  if (facts.length > 0) lines.push(facts.join(' '));
  return lines.join('\n\n');
}
