/** What a package tells of the tables of a system. */
import type { TableDescription } from '../package.ts';
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureConnectorError, ensureEqual, failureOf, offered } from './expectations.ts';
import { exporterOf, openSource, people, readAll } from './reading.ts';
import type { ConnectorSubject, PreparedSource } from './subject.ts';

async function describe(
  subject: ConnectorSubject,
  source: PreparedSource,
): Promise<readonly TableDescription[]> {
  await using opened = await openSource(subject, source);
  const describeTables = offered(opened.exporter.describeTables, 'describeTables()');
  return await describeTables.call(opened.exporter, opened.settings, opened.context);
}

export const tableCases: readonly ContractCase[] = [
  {
    id: 'tables-described',
    area: 'reading',
    states: 'describes its tables with their columns',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);

      const tables = await describe(subject, source);

      const described = new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)));
      const missing = Object.values(source.columns).filter((name) => !described.has(name));
      ensureEqual(missing, [], 'The description of the tables lacks columns that can be read.');
    },
  },
  {
    id: 'tables-stable',
    area: 'reading',
    states: 'describes the same tables the same way twice',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);

      const first = await describe(subject, source);

      ensureEqual(await describe(subject, source), first, 'Two descriptions differ.');
    },
  },
  {
    id: 'tables-as-described',
    area: 'reading',
    states: 'can read every column it describes',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);
      const { table } = source;
      const described = (await describe(subject, source)).find(({ name }) => name === table.suffix);
      const columns = described?.columns.map(({ name }) => name) ?? [];
      ensure(columns.length > 0, `The description lacks the table "${table.suffix}".`);

      const reading = await readAll(subject, source, { table: { ...table, columns } });

      const [batch] = reading.batches;
      const read = batch?.kind === 'rows' ? batch.columns : [];
      const missing = columns.filter((column) => !read.includes(column));
      ensureEqual(missing, [], 'Columns that are described are not read.');
    },
  },
  {
    id: 'table-unknown',
    area: 'reading',
    states: 'fails for a table that is not there',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);
      const missing = exporterOf(subject).missingTable;
      const table = offered(missing, 'missingTable()').call(subject.exporter, source);

      const reading = readAll(subject, source, { table });

      const states = 'Reading a table that is not there';
      ensureConnectorError(await failureOf(reading, states), states);
    },
  },
  {
    id: 'column-unknown',
    area: 'reading',
    states: 'fails for a column that is not there, by name',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(people);
      const { table } = source;
      const columns = [...table.columns, 'no_such_column'];

      const reading = readAll(subject, source, { table: { ...table, columns } });

      const states = 'Reading a column that is not there';
      const { message } = ensureConnectorError(await failureOf(reading, states), states);
      ensure(message.includes('no_such_column'), `${states}: the error does not name it.`);
    },
  },
];
