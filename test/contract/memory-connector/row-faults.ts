/** What connectors do to values when nobody looks, by the case that must find it. */
import type { Row } from '../../../connectors/index.ts';

const remarkFaults = {
  'words-for-nothing-kept': (text) => (text === 'NULL' ? null : text),
  'spaces-kept': (text) => text.trim(),
  'letters-kept': (text) => text.normalize('NFC'),
  'case-kept': (text) => text.replace('Σ', 'σ').replace('İ', 'i'),
  'line-breaks-kept': (text) => text.replaceAll('\r\n', '\n'),
  'quotes-kept': (text) => text.replaceAll('"', '""'),
  'nul-kept': (text) => text.split('\0')[0] ?? '',
  'large-kept': (text) => text.slice(0, 65_536),
  'formulas-kept': (text) => (/^[=+@-]\D/u.test(text) || text === '=1+1' ? `'${text}` : text),
  'digits-kept': (text) => (/^0\d+$/u.test(text) ? String(Number(text)) : text),
} as const satisfies Readonly<Record<string, (text: string) => string | null>>;

export type RowFault = keyof typeof remarkFaults | 'null-is-there';

/** The row as it comes out of a connector with the fault; other faults leave it as it is. */
export function breakRow(row: Row, fault: RowFault): Row {
  const { remark, ...rest } = row;
  if (fault === 'null-is-there') return remark === null ? rest : row;
  if (!(fault in remarkFaults) || typeof remark !== 'string') return row;
  return { ...row, remark: remarkFaults[fault](remark) };
}
