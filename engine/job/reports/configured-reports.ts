/** Reports of the configuration: each query with a name is one, beside those that are built in. */
import type { ReportQuery } from '../../../config/index.ts';
import type { TableValue } from '../../file-tools/index.ts';
import type { FormerView } from '../../store/index.ts';
import { moment, type Report, type ReportColumn, type ReportRow } from './report.ts';
import { findInPages } from './report-resources.ts';

/** Larger numbers would lose digits. */
const maxExact = Number.MAX_SAFE_INTEGER;

type Column = ReportQuery['columns'][number];

export function toReport(query: ReportQuery): Report {
  const { identifier, displayName, columns, history } = query;
  const isOverTime = history !== null && history.kind !== 'as of';
  return {
    name: identifier,
    doc: `${displayName}: ${query.text}`,
    columns: [
      ...columns.map(toColumn),
      ...(isOverTime ? [moment('Valid from'), moment('Valid to')] : []),
    ],
    filters: [],
    async *rows(inputs) {
      for await (const found of findInPages(inputs, query))
        yield found.map((resource): ReportRow => {
          const cells = columns.map((column) => toCell(column, column.read(resource)));
          if (!isOverTime) return cells;
          // All that is found is of these.
          const { validFrom, validTo } = resource as FormerView;
          return [...cells, validFrom, validTo];
        });
    },
  };
}

function toColumn({ name, type, isSingle }: Column): ReportColumn {
  if (!isSingle) return { name, type: 'text' };
  switch (type) {
    case 'Id':
    case 'Byte':
    case 'Int16':
    case 'Int32':
    case 'Int64':
    case 'Double':
      return { name, type: 'number' };
    case 'DateTime':
      return { name, type: 'dateTime' };
    case 'Bool':
      return { name, type: 'boolean' };
    case 'Binary':
    case 'Bytes':
    case 'Guid':
    case 'Key':
    case 'Option':
    case 'String':
      return { name, type: 'text' };
  }
}

function toCell(column: Column, texts: readonly string[]): TableValue {
  const values = texts.map((text) => (column.type === 'Binary' ? '(file)' : text));
  if (!column.isSingle) return values.length === 0 ? null : values.join(', ');
  const [text = null] = values;
  const { type } = toColumn(column);
  if (text === null) return null;
  if (type === 'number') {
    const value = Number(text);
    return Number.isFinite(value) && Math.abs(value) <= maxExact ? value : text;
  }
  return type === 'boolean' ? text === 'true' || text === '1' : text;
}
