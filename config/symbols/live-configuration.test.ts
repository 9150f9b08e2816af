import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { finishSteps } from '../check.ts';
import { loadConfiguration } from '../load.ts';
import { base, resourceType, wrap } from '../load-fixture.ts';
import { readConfigurationFolder } from '../source/folder.ts';
import { createLiveConfiguration, type LiveConfiguration } from './live-configuration.ts';

const repository = join(import.meta.dirname, '..', '..');
const fixtures = join(repository, 'test', 'fixtures', 'config');
const folders = [
  ...readdirSync(fixtures, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(fixtures, entry.name)),
  ...['company', 'employees'].map((name) => join(repository, 'samples', name, 'conf')),
];

function liveOf(files: Readonly<Record<string, string>>): LiveConfiguration {
  const live = createLiveConfiguration();
  for (const [path, text] of Object.entries(files)) live.setFile({ path, text });
  return live;
}

function check(live: LiveConfiguration, paths: readonly string[]) {
  return [...finishSteps(live.check(paths)).values()].flat();
}

function checkAll(live: LiveConfiguration) {
  const paths = live.files().map(({ path }) => path);
  return check(live, paths);
}

describe('findings of a live configuration', () => {
  it.each(folders)('are those of a whole run for %s', async (folder) => {
    const files = await readConfigurationFolder(folder);
    const live = createLiveConfiguration();
    for (const file of files) live.setFile(file);

    expect(checkAll(live)).toEqual(loadConfiguration(files).diagnostics);
  });

  it('are the same whatever was edited before', () => {
    const rules = '<ScalarRule Property="Title" Binding="Unit.Code" />';
    const live = liveOf({ 'a.xml': wrap(base), 'b.xml': wrap(resourceType(rules)) });
    checkAll(live);
    live.setFile({ path: 'a.xml', text: wrap(base.replaceAll('"Code"', '"Number"')) });
    checkAll(live);
    live.setFile({ path: 'c.xml', text: wrap('<Policy Identifier="P" />') });
    live.setFile({ path: 'a.xml', text: wrap(base) });

    const files = live.files().map(({ path, source }) => ({ path, text: source.text }));
    const found = checkAll(live);

    expect(found).toEqual(loadConfiguration(files).diagnostics);
    expect(found.map(({ code }) => code)).toContain('CONFIG_IDENTIFIER_DUPLICATE');
  });

  it('follow a change in another file', () => {
    const rules = '<ScalarRule Property="Title" Binding="Unit.Code" />';
    const live = liveOf({ 'a.xml': wrap(base), 'b.xml': wrap(resourceType(rules)) });
    const before = check(live, ['b.xml']);
    live.setFile({ path: 'a.xml', text: wrap(base.replaceAll('"Code"', '"Number"')) });

    const severities = (found: typeof before) => found.map(({ code }) => code);

    expect(severities(before)).toEqual([]);
    expect(severities(check(live, ['b.xml']))).toEqual(['CONFIG_BINDING_INVALID']);
  });

  it('blame nothing on a file that cannot be read just now', () => {
    const rules = '<ScalarRule Property="Title" Binding="Unit.Code" />';
    const live = liveOf({ 'a.xml': wrap(base), 'b.xml': wrap(resourceType(rules)) });
    live.setFile({ path: 'a.xml', text: `${wrap(base).slice(0, -30)}<Enti` });

    expect(checkAll(live).map(({ file, code }) => `${file} ${code}`)).toEqual([
      'a.xml CONFIG_XML_MALFORMED',
    ]);
  });

  it('end with the file', () => {
    const live = liveOf({ 'a.xml': wrap(base), 'b.xml': wrap('<Oops />') });
    live.removeFile('b.xml');

    expect(checkAll(live)).toEqual([]);
    expect(check(live, ['b.xml'])).toEqual([]);
  });
});
