/** A file of fixed columns with the objects of the contract. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countOpenBelow } from '../folders/contract-names.ts';
import type { FixedField } from './fixed-columns.ts';

/** One record: values in their columns, blanks between. Throws where a value is longer than its field. */
export function formatRecord(
  start: string,
  fields: readonly FixedField[],
  values: Readonly<Record<string, string | null>>,
): string {
  const characters = [...start];
  for (const { name, start: from, end } of fields) {
    const value = [...(values[name] ?? '')];
    if (value.length > end - from + 1) throw new Error(`${name} is longer than its field`);
    while (characters.length < end) characters.push(' ');
    characters.splice(from - 1, value.length, ...value);
  }
  return characters.join('').trimEnd();
}

export interface ContractFile extends AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  opened(): Promise<number>;
  /** Cuts the file off in the middle of a record. */
  breakAfter(records: number): Promise<void>;
  /** Somebody writes the file anew, with half of its records. */
  change(): Promise<void>;
}

export async function writeContractFile(
  records: readonly string[],
  header: string,
): Promise<ContractFile> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-mainframe-'));
  const path = join(folder, 'unload.txt');
  const lines = records.map((record) => `${record}\n`);
  await writeFile(path, header + lines.join(''));
  return {
    folder,
    path,
    opened: () => countOpenBelow(folder),
    async breakAfter(count) {
      const kept = header + lines.slice(0, count).join('');
      await truncate(path, Buffer.byteLength(kept) + 7);
    },
    async change() {
      await writeFile(path, header + lines.slice(lines.length / 2).join(''));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
