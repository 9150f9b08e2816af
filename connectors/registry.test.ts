import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPackage, packages } from './registry.ts';
import { replaceSettingsTable } from './spi/settings-table.ts';

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
      // Packages of one folder may offer a part of what it can do.
      if (entry.exporter !== undefined) expect(existsSync(join(folder, 'export.ts'))).toBe(true);
      if (entry.fulfiller !== undefined) expect(existsSync(join(folder, 'fulfil.ts'))).toBe(true);

      const exporter = await entry.exporter?.();
      const fulfiller = await entry.fulfiller?.();

      // A connection without a system can do nothing.
      if (entry.folder === 'unplugged') return;
      expect(exporter ?? fulfiller).toBeDefined();
      expect(exporter?.exportTables ?? fulfiller?.openFulfiller).toBeTypeOf('function');
    },
  );

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
