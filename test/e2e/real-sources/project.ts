/** A project in a folder of its own, the command run on it, and what its store holds afterwards. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { findCommand } from '../../servers/use-command.ts';
import { adminDn, adminPassword } from '../employees/directory.ts';
import { type Ended, waitForEnd } from '../employees/project.ts';
import { ldapPassword } from './configuration.ts';

const execute = promisify(execFile);
const command = findCommand();

export interface SourceProject {
  readonly folder: string;
  run(...parameters: readonly string[]): Promise<Ended>;
}

export async function createSourceProject(
  folder: string,
  content: {
    readonly configuration: string;
    readonly connections: Readonly<Record<string, unknown>>;
    readonly environment?: Readonly<Record<string, string>>;
  },
): Promise<SourceProject> {
  await mkdir(join(folder, 'conf'), { recursive: true });
  await writeFile(join(folder, 'conf', 'sources.xml'), content.configuration);
  const settings = { Store: { Client: 'sqlite' }, Connections: content.connections };
  await writeFile(join(folder, 'appsettings.json'), JSON.stringify(settings));
  const env = { ...process.env, ...content.environment, [ldapPassword]: adminPassword };
  return {
    folder,
    run: (...parameters) =>
      waitForEnd(spawn(process.execPath, [command, '-C', folder, ...parameters], { env })),
  };
}

/** Runs LDIF change records against the directory. */
export async function changeDirectory(port: number, folder: string, ldif: string): Promise<void> {
  const file = join(folder, 'changes.ldif');
  await writeFile(file, ldif);
  const login = ['-x', '-H', `ldap://127.0.0.1:${port}`, '-D', adminDn, '-w', adminPassword];
  await execute('ldapmodify', [...login, '-f', file], { maxBuffer: 64_000_000 });
}

export interface StoredContent {
  /** Property values of every resource of a type, in the order of the properties named. */
  rows(entityType: string, properties: readonly string[]): readonly (readonly (string | null)[])[];
  /** Both keys of every link of an association; `null` for an end that is not there. */
  links(association: string): readonly (readonly (string | null)[])[];
}

/** Reads tables of the store by itself; `work` gets them while the file is open. */
export function readStore<T>(folder: string, work: (content: StoredContent) => T): T {
  const database = new DatabaseSync(join(folder, 'Work', 'lockstep.db'), { readOnly: true });
  const tableOf = (list: string, kind: string, name: string): string => {
    const row = database.prepare(`select table_name from ${list} where ${kind} = ?`).get(name);
    return String(row?.['table_name']);
  };
  const toText = (value: unknown): string | null => (value === null ? null : String(value));
  try {
    const keys = new Map<number, string>();
    for (const { table_name } of database.prepare('select table_name from entity_tables').all()) {
      const rows = database.prepare(`select id, mapping_key from "${table_name}"`).all();
      for (const { id, mapping_key } of rows) keys.set(Number(id), String(mapping_key));
    }
    const keyOf = (id: unknown): string | null =>
      id === null ? null : (keys.get(Number(id)) ?? null);
    return work({
      rows: (entityType, properties) =>
        database
          .prepare(`select * from "${tableOf('entity_tables', 'entity_type', entityType)}"`)
          .all()
          .map((row) => properties.map((property) => toText(row[toSnakeCase(property)] ?? null))),
      links: (association) =>
        database
          .prepare(`select * from "${tableOf('association_tables', 'association', association)}"`)
          .all()
          .map((row) => [keyOf(row['id1']), keyOf(row['id2'])]),
    });
  } finally {
    database.close();
  }
}

function toSnakeCase(property: string): string {
  return property.replaceAll(/([a-z0-9])([A-Z])/gu, '$1_$2').toLowerCase();
}
