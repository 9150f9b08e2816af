/** JSON values that lose nothing: numbers keep their digits, members of any name are safe. */

/** A number as written. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type JsonValue =
  | string
  | boolean
  | null
  | JsonNumber
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isObject(value: JsonValue): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}

/** Text of a value as a cell holds it: lists line by line, objects as JSON; empty for no value. */
export function formatCell(value: JsonValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.text;
  if (isObject(value)) return formatJson(value);
  return value
    .map((item) => (isList(item) ? formatJson(item) : formatCell(item)))
    .filter((text) => text !== '')
    .join('\n');
}

/** The value as JSON, on one line. Deep values have been refused before. */
export function formatJson(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (isList(value)) return `[${value.map(formatJson).join(',')}]`;
  if (isObject(value)) {
    const members = [...value].map(
      ([name, member]) => `${JSON.stringify(name)}:${formatJson(member)}`,
    );
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
