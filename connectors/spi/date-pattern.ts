/** Dates in a pattern of the integrator's own (`dd/MM/yyyy HH:mm`): `DatePattern` of a transformation. */
import { composeTime } from './date-formats.ts';
import { ConnectorError } from './errors.ts';

export interface DatePattern {
  /** Milliseconds since the epoch; `undefined` for text that is not in the pattern, or no such day. */
  parse(text: string): number | undefined;
  format(time: number): string;
}

interface Unit {
  readonly digits: string;
  readonly read: (date: Date) => number;
  /** Place in year, month … second. */
  readonly place: number;
  readonly width: number;
}

const units: Readonly<Record<string, Unit>> = {
  yyyy: { digits: '(\\d{4})', read: (date) => date.getUTCFullYear(), place: 0, width: 4 },
  MM: { digits: '(\\d{2})', read: (date) => date.getUTCMonth() + 1, place: 1, width: 2 },
  M: { digits: '(\\d{1,2})', read: (date) => date.getUTCMonth() + 1, place: 1, width: 1 },
  dd: { digits: '(\\d{2})', read: (date) => date.getUTCDate(), place: 2, width: 2 },
  d: { digits: '(\\d{1,2})', read: (date) => date.getUTCDate(), place: 2, width: 1 },
  HH: { digits: '(\\d{2})', read: (date) => date.getUTCHours(), place: 3, width: 2 },
  H: { digits: '(\\d{1,2})', read: (date) => date.getUTCHours(), place: 3, width: 1 },
  mm: { digits: '(\\d{2})', read: (date) => date.getUTCMinutes(), place: 4, width: 2 },
  ss: { digits: '(\\d{2})', read: (date) => date.getUTCSeconds(), place: 5, width: 2 },
};

/**
 * Understands `yyyy MM M dd d HH H mm ss`, text in single quotes, and any character that is no letter. Throws
 * `invalid-value` for other letters: a pattern half understood would write wrong dates.
 */
export function parseDatePattern(pattern: string): DatePattern {
  const parts: readonly string[] = pattern.match(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']/g) ?? [];
  if (parts.join('') !== pattern || !parts.includes('yyyy')) throw describeWrongPattern(pattern);
  const source = parts.map((part) => {
    if (Object.hasOwn(units, part)) return units[part]?.digits ?? '';
    if (/^[A-Za-z]/.test(part)) throw describeWrongPattern(pattern);
    return part.replaceAll("'", '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  const expression = new RegExp(`^${source.join('')}$`);
  const used = parts.flatMap((part) => (Object.hasOwn(units, part) ? (units[part] ?? []) : []));
  return {
    parse: (text) => {
      const match = expression.exec(text.trim());
      if (match === null) return undefined;
      const values: [number, number, number, number, number, number] = [1, 1, 1, 0, 0, 0];
      for (const [index, unit] of used.entries()) values[unit.place] = Number(match[index + 1]);
      return composeTime(values);
    },
    format: (time) => {
      const date = new Date(time);
      return parts
        .map((part) => {
          const unit = Object.hasOwn(units, part) ? units[part] : undefined;
          if (unit === undefined) return part.replaceAll("'", '');
          return String(unit.read(date)).padStart(unit.width, '0');
        })
        .join('');
    },
  };
}

function describeWrongPattern(pattern: string): ConnectorError {
  return new ConnectorError('invalid-value', `The DatePattern "${pattern}" is not understood.`, {
    hint: `Use yyyy with ${Object.keys(units).join(', ')}, and other text in single quotes.`,
    details: { pattern },
  });
}
