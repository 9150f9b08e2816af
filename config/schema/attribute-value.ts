/** Turns the text of an attribute into its value, and into the one spelling that means the same. */
import type { AttributeType } from './attribute.ts';

/** `undefined` when the text is no value of the type. Texts of all other kinds are values as they are. */
export function parseAttributeValue(
  type: AttributeType,
  text: string,
): string | number | boolean | undefined {
  const trimmed = text.trim();
  switch (type.kind) {
    case 'boolean':
      return parseBoolean(trimmed);
    case 'integer':
      return parseInteger(trimmed, type.minimum, type.maximum);
    case 'flag-or-integer':
      return /^\d+$/.test(trimmed)
        ? parseInteger(trimmed, type.minimum, type.maximum)
        : parseBoolean(trimmed);
    case 'number':
      return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(trimmed) ? Number(trimmed) : undefined;
    case 'choice': {
      const byName = type.members.find(([name]) => name === trimmed);
      const byNumber =
        type.isUnnumbered === true
          ? undefined
          : type.members.find(([, number]) => String(number) === trimmed);
      const alias = Object.hasOwn(type.aliases, trimmed) ? type.aliases[trimmed] : undefined;
      const other = type.isExtensible === true && trimmed !== '' ? trimmed : undefined;
      return byName?.[0] ?? byNumber?.[0] ?? alias ?? other;
    }
    case 'text':
    case 'reference':
    case 'property':
    case 'type-property':
    case 'resource-key':
    case 'binding':
    case 'expression':
      return text;
  }
}

const smallestInteger = -2_147_483_648;
/** The largest whole number of a configuration. */
export const largestInteger = 2_147_483_647;

function parseInteger(
  text: string,
  minimum = smallestInteger,
  maximum = largestInteger,
): number | undefined {
  if (!/^[+-]?\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= minimum && value <= maximum ? value : undefined;
}

function parseBoolean(text: string): boolean | undefined {
  if (/^(true|1)$/i.test(text)) return true;
  return /^(false|0)$/i.test(text) ? false : undefined;
}

/** What a value of the type looks like, for messages: `true or false`. */
export function describeAttributeType(type: AttributeType): string {
  switch (type.kind) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${describeBounds(type.minimum, type.maximum)}`;
    case 'number':
      return 'a number with a decimal point';
    case 'flag-or-integer':
      return `true, false or a whole number${describeBounds(type.minimum, type.maximum)}`;
    case 'choice':
      return `one of ${type.members.map(([name]) => name).join(', ')}`;
    case 'reference':
      return `the identifier of ${/^[AEIO]/.test(type.scope) ? 'an' : 'a'} ${type.scope}`;
    case 'property':
      return 'the identifier of a property';
    case 'type-property':
      return 'EntityType:Property';
    case 'resource-key':
      return 'the key of a resource';
    case 'binding':
      return 'a path of properties';
    case 'expression':
      return 'an expression';
    case 'text':
      return 'text';
  }
}

function describeBounds(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}
