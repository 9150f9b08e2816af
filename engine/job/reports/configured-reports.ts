/** Reports of the configuration: each query with a name is one, beside those that are built in. */
import { QueryResources, type ReportQuery, type ResourceView } from '../../../config/index.ts';
import type { TableValue } from '../../file-tools/index.ts';
import { type FormerView, ResourceGraph, readFormerResources } from '../../store/index.ts';
import { JobError } from '../errors.ts';
import {
  moment,
  type Report,
  type ReportColumn,
  type ReportInputs,
  type ReportRow,
} from './report.ts';

const batchSize = 1_000;
/** Of looking at resources, joined ones included; as many as a program has any use for. */
const maxSteps = 50_000_000;
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
      const found = await find(inputs, query);
      for (let start = 0; start < found.length; start += batchSize) {
        inputs.workspace.effects.signal.throwIfAborted();
        yield found.slice(start, start + batchSize).map((resource): ReportRow => {
          const cells = columns.map((column) => toCell(column, column.read(resource)));
          if (!isOverTime) return cells;
          // All that is found is of these.
          const { validFrom, validTo } = resource as FormerView;
          return [...cells, validFrom, validTo];
        });
      }
    },
  };
}

async function find(
  { t, model }: ReportInputs,
  query: ReportQuery,
): Promise<readonly ResourceView[]> {
  const { entityType, reads, identifier } = query;
  const resources = await readResources({ t, model }, query);
  const host = new QueryResources((type) => (type === entityType ? resources : []));
  let steps = 0;
  return query.find(host, (more) => {
    steps += more;
    if (steps <= maxSteps) return;
    throw new JobError(
      'REPORT_TOO_LARGE',
      `The report ${identifier} looks at too many combinations of what it joins (${[...reads].length} properties of ${entityType} and others).`,
      { hint: 'Narrow it with where, or join less.' },
    );
  });
}

async function readResources(
  { t, model }: Pick<ReportInputs, 't' | 'model'>,
  { entityType, reads, history }: ReportQuery,
): Promise<readonly ResourceView[]> {
  const { entityModel } = model;
  if (history === null) {
    const graph = await ResourceGraph.open(t, entityModel, reads);
    await graph.loadWhole(t, [entityType]);
    return graph.viewsOf(entityType);
  }
  const span = { from: history.from, to: history.to };
  const versions = await readFormerResources(t, entityModel, { entityType, reads, span });
  if (history.kind !== 'contained in') return versions;
  return versions.filter(
    ({ validFrom, validTo }) => validFrom >= span.from && validTo !== null && validTo <= span.to,
  );
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
