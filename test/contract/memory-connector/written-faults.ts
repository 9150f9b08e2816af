/** What connectors do to values they write when nobody looks, by the case that must find it. */
import type { Faults } from './faults.ts';

const writtenFaults = {
  'letters-written': (text) => text.normalize('NFC'),
  'line-breaks-written': (text) => text.replaceAll('\r\n', '\n'),
  'quotes-written': (text) => text.replaceAll("''", "'"),
  'hostile-text-written': (text) => text.split('--')[0] ?? '',
  'digits-written': (text) => (/^0\d+$/u.test(text) ? String(Number(text)) : text),
  'large-written': (text) => text.slice(0, 65_536),
  'spaces-written': (text) => (text.startsWith('  ') ? text.trim() : text),
  'nul-written-or-refused': (text) => text.split('\0')[0] ?? '',
} as const satisfies Readonly<Record<string, (text: string) => string>>;

/** The value as a fulfiller with these faults writes it. */
export function breakWritten(value: string | null, faults: Faults): string | null {
  if (value === null) return null;
  let text: string = value;
  for (const [fault, spoil] of Object.entries(writtenFaults)) {
    if (faults.has(fault)) text = spoil(text);
  }
  return text;
}
