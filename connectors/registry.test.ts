import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPackage, packages } from './registry.ts';
import { loadSubject } from './spi/contract/load-subject.ts';
import { replaceSettingsTable } from './spi/settings-table.ts';

/** Packages that leave a part of what the code of their folder can do to the others of it. */
const leftToOthers = new Map([
  ['Usercube.SQL.Oracle', 'fulfil.ts'],
  ['Usercube.SQL.SAPAse', 'fulfil.ts'],
]);
const integration = join(import.meta.dirname, '..', 'test', 'integration', 'connectors');

/** Texts of the tests that hold the code of a folder to the contract; what they declare is in them or in `contract.ts`. */
function findContractTests(folder: string): readonly string[] {
  const own = join(import.meta.dirname, folder, `${folder}.test.ts`);
  const others = readdirSync(integration).filter((name) => name.endsWith('.ts'));
  return [own, ...others.map((name) => join(integration, name))]
    .map((path) => readFileSync(path, 'utf8'))
    .filter((text) => text.includes('describeConnectorContract('))
    .filter(
      (text) => text.includes(`/connectors/${folder}/`) || text.includes("from './contract.ts'"),
    );
}

describe('list of packages', () => {
  it.each([
    ['Usercube.CSV@0000001', 'csv'],
    ['usercube.csv.complete', 'csv'],
    ['Usercube.FulfillToFile@0000001', 'json'],
    [' Usercube.Manual@0000002 ', 'manual'],
    ['Usercube.FulfillDatabase@0000001', 'database'],
    ['Usercube.FulfillWorkflow@0000001', 'internal-workflow'],
    ['Usercube.Custom@0000001', 'unplugged'],
    ['Usercube.SQL.PostgreSQL@0000001', 'sql'],
    ['Lockstep.SQL.SQLite', 'sql'],
    ['Usercube.OpenLDAP@0000001', 'openldap'],
  ])('finds %s', (id, folder) => {
    expect(findPackage(id)).toMatchObject({ status: 'found', package: { folder } });
  });

  it('names the nearest package for one that is not known', () => {
    expect(findPackage('Usercube.CVS@0000001')).toMatchObject({
      status: 'unknown',
      nearest: 'Usercube.CSV',
    });
    expect(findPackage('Something.Else')).not.toHaveProperty('nearest');
  });

  it('has every identifier once', () => {
    const ids = packages.flatMap((entry) => entry.ids.map((id) => id.toLowerCase()));

    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(packages.map((entry) => [entry.ids[0], entry] as const))(
    'has the folder and the code of %s',
    async (_, entry) => {
      const folder = join(import.meta.dirname, entry.folder);
      for (const file of ['settings.ts', 'README.md', `${entry.folder}.test.ts`]) {
        expect(existsSync(join(folder, file)), file).toBe(true);
      }
      const left = leftToOthers.get(entry.ids[0] ?? '');
      expect(existsSync(join(folder, 'export.ts'))).toBe(entry.exporter !== undefined);
      expect(existsSync(join(folder, 'fulfil.ts')) && left !== 'fulfil.ts').toBe(
        entry.fulfiller !== undefined,
      );

      const exporter = await entry.exporter?.();
      const fulfiller = await entry.fulfiller?.();

      // A connection without a system can do nothing.
      if (entry.folder === 'unplugged') return;
      expect(exporter ?? fulfiller).toBeDefined();
      expect(exporter?.exportTables ?? fulfiller?.openFulfiller).toBeTypeOf('function');
    },
  );

  it.each([...Map.groupBy(packages, ({ folder }) => folder)])(
    'is held to the contract with all it can do: %s',
    async (folder, entries) => {
      const path = join(import.meta.dirname, folder);
      const tests = findContractTests(folder);
      expect(tests.length).toBeGreaterThan(0);
      const canExport = entries.some(({ exporter }) => exporter !== undefined);
      const canFulfil = entries.some(({ fulfiller }) => fulfiller !== undefined);
      const knowsChanges = entries.some(({ incremental }) => incremental);

      if (existsSync(join(path, 'contract.ts'))) {
        const subject = await loadSubject(path);
        expect(subject.exporter !== undefined).toBe(canExport);
        expect(subject.fulfiller !== undefined).toBe(canFulfil);
        expect(subject.definition.incremental ?? false).toBe(knowsChanges);
        return;
      }
      const text = tests.join('\n');
      expect(text.includes(`/connectors/${folder}/export.ts`)).toBe(canExport);
      expect(text.includes(`/connectors/${folder}/fulfil.ts`)).toBe(canFulfil);
    },
  );

  it('says of every package with orders whether it sets passwords, as its code does', () => {
    const able = packages.filter(({ setsPasswords }) => setsPasswords === true);
    const folders = new Set(able.map(({ folder }) => folder));

    for (const { folder, fulfiller } of packages) {
      if (fulfiller === undefined) continue;
      const code = readFileSync(join(import.meta.dirname, folder, 'fulfil.ts'), 'utf8');
      // Those that cannot refuse such an order: nobody is told a password that was not set.
      expect(code.includes('refusePassword('), folder).toBe(!folders.has(folder));
    }
    expect(able.filter(({ fulfiller }) => fulfiller === undefined)).toEqual([]);
  });

  it('names samples that are there', () => {
    const samples = packages.flatMap(({ sample }) => sample ?? []);

    expect(samples.length).toBeGreaterThan(0);
    const root = join(import.meta.dirname, '..', 'samples');
    expect(samples.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });

  const folders = new Map(packages.map((entry) => [entry.folder, entry.settings]));

  // `npm run docs` writes the settings into the READMEs.
  it.each([...folders])(
    'has a README of the usual headings and current settings in %s',
    async (folder, settings) => {
      const path = join(import.meta.dirname, folder, 'README.md');
      const readme = readFileSync(path, 'utf8');

      expect(readme.match(/^## .*$/gm)).toEqual([
        '## Reads',
        '## Writes',
        '## Settings',
        '## Permissions needed',
        '## Limits',
        '## Errors',
        '## Try it',
      ]);
      expect(replaceSettingsTable(readme, settings)).toBe(readme);
    },
  );
});
