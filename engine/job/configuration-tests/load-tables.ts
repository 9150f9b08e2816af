/** Tables of a test through the steps of a synchronization: transformations, formats, mappings, keys, duplicates. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Connection, GivenRow, Model, Place, TestStep } from '../../../config/index.ts';
import {
  type Row,
  readCsvText,
  requestSourceColumns,
  type TableBatch,
  type TableRequest,
  writeTables,
} from '../../../connectors/index.ts';
import { exportFolder } from '../tasks/export-connection.ts';
import { prepareConnector } from '../tasks/prepare-connector.ts';
import { synchronizeConnector } from '../tasks/synchronize-connector.ts';
import { connectionOfTable, tablesOfConnection } from '../tasks/tables-of-connection.ts';
import type { Workspace } from '../workspace.ts';
import type { DataProblem } from './company.ts';

/** Rows by connection table; a connector of which one table is given has the others empty. */
export class TableSet {
  readonly #model: Model;
  readonly #rows = new Map<string, readonly Row[]>();
  #changed = new Set<string>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** Tables given anew replace what they held before. `folder` is that of the project. */
  async change(tables: TestStep['tables'], folder: string): Promise<readonly DataProblem[]> {
    const problems: DataProblem[] = [];
    const known = this.#tablesByName();
    for (const { name, nameAt, value, at } of tables) {
      const connector = known.get(name);
      if (connector === undefined) {
        const names = [...known.keys()].join(', ');
        problems.push({
          at: nameAt,
          message: `No mapping reads a connection table "${name}".`,
          hint: `Connection tables: ${names}.`,
        });
        continue;
      }
      this.#changed.add(connector);
      if ('csv' in value) {
        const read = await readCsvFixture(resolve(folder, dirname(at.file), value.csv), at);
        if ('rows' in read) this.#rows.set(name, read.rows);
        else problems.push(read);
      } else this.#rows.set(name, value.map(toRow));
    }
    return problems;
  }

  /** Connectors that are read from tables. */
  get connectors(): ReadonlySet<string> {
    const known = this.#tablesByName();
    return new Set([...this.#rows.keys()].map((name) => known.get(name) ?? ''));
  }

  async load(workspace: Workspace): Promise<void> {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const connector of changed) {
      for (const connection of this.#model.connections.values())
        if (connection.connector === connector) await this.#export(workspace, connection);
      await prepareConnector(workspace, {
        connector,
        mode: 'complete',
        commandColumn: null,
        force: true,
      });
      await synchronizeConnector(workspace, {
        connector,
        force: true,
        resume: true,
        isDryRun: false,
      });
    }
  }

  async #export(workspace: Workspace, connection: Connection): Promise<void> {
    const tables = tablesOfConnection(this.#model, connection);
    if (tables.length === 0) return;
    const sources = tables.map((table) => requestSourceColumns(table, connection.transformations));
    const written = await writeTables(this.#read(sources), {
      folder: exportFolder(workspace),
      connection: connection.identifier,
      mode: 'complete',
      tables,
      transformations: connection.transformations,
      now: workspace.effects.now,
    });
    if (written.status === 'failed') throw written.error;
  }

  async *#read(tables: readonly TableRequest[]): AsyncGenerator<TableBatch> {
    for (const { name, columns } of tables) {
      const given = this.#rows.get(name) ?? [];
      const all = [...new Set([...columns, ...given.flatMap((row) => Object.keys(row))])];
      const rows = given.map((row) =>
        Object.fromEntries(all.map((column) => [column, row[column] ?? null])),
      );
      yield { kind: 'rows', table: name, columns: all, rows };
      yield { kind: 'end', table: name, rows: rows.length, evidence: 'given by a test' };
    }
  }

  #tablesByName(): ReadonlyMap<string, string> {
    const names = new Map<string, string>();
    const { entityTypeMappings, associationMappings } = this.#model;
    for (const { connectionTable, connector } of [
      ...entityTypeMappings.values(),
      ...associationMappings.values(),
    ]) {
      if (connectionOfTable(this.#model, connector, connectionTable) !== undefined)
        names.set(connectionTable, connector);
    }
    return names;
  }
}

function toRow(row: GivenRow): Row {
  return Object.fromEntries(
    row.value.map(({ name, value }) => [
      name,
      value === null || typeof value === 'string'
        ? value
        : value.map((item) => item.value).join('\n'),
    ]),
  );
}

async function readCsvFixture(
  path: string,
  at: Place,
): Promise<{ readonly rows: readonly Row[] } | DataProblem> {
  try {
    const text = await readFile(path, 'utf8');
    const rows: Row[] = [];
    for await (const batch of readCsvText([text], path)) {
      for (const cells of batch.rows) {
        const named = batch.columns.map((column, index) => [column, cells[index] || null] as const);
        rows.push(Object.fromEntries(named));
      }
    }
    return { rows };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { at, message: `The CSV file cannot be read: ${why}` };
  }
}
