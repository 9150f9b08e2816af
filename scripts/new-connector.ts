/**
 * Writes a working connector to begin with: `npm run new:connector -- badge-office`. Its folder, a subject of the contract, a test
 * and its entry in the registry; what is there is never replaced.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const templates = join(import.meta.dirname, 'new-connector');
const maxLength = 40;
/** Folders of `connectors/` that are none, and names that say nothing. */
const reserved = new Set(
  'spi index registry contract common helper helpers misc shared util utils'.split(' '),
);

const [name, ...rest] = process.argv.slice(2);
const problem = rest.length > 0 ? 'Give one name only.' : findProblem(name);
if (name === undefined || problem !== undefined) {
  process.stderr.write(
    `${problem ?? ''}\nUsage: npm run new:connector -- <name>, such as badge-office\n`,
  );
  process.exitCode = 2;
} else {
  await writeConnector(name);
}

/** Why there cannot be a connector of this name. Nothing has been written then. */
function findProblem(wanted: string | undefined): string | undefined {
  if (wanted === undefined) return 'Give the connector a name.';
  if (wanted.length > maxLength || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u.test(wanted)) {
    return `A name has small letters and digits, words joined by "-", ${maxLength} characters at most.`;
  }
  if (wanted.split('-').some((word) => reserved.has(word))) {
    return 'This name is taken, or says nothing; choose another.';
  }
  if (existsSync(join(root, 'connectors', wanted))) {
    return `There is a folder connectors/${wanted} already; nothing was changed.`;
  }
  const id = `'Lockstep.${toPascal(wanted)}'`.toLowerCase();
  if (readRegistry().toLowerCase().includes(id)) {
    return `The registry has the package ${id} already; nothing was changed.`;
  }
  return undefined;
}

async function writeConnector(kebab: string): Promise<void> {
  const folder = join(root, 'connectors', kebab);
  mkdirSync(folder);
  for (const template of readdirSync(templates)) {
    const file = template === 'test.ts.txt' ? `${kebab}.test.ts` : template.replace(/\.txt$/u, '');
    const text = readFileSync(join(templates, template), 'utf8');
    writeFileSync(join(folder, file), fillIn(text, kebab));
  }
  await fillInSettings(folder, kebab);
  writeFileSync(registryFile(), register(readRegistry(), kebab));
  tidy([`connectors/${kebab}`, 'connectors/registry.ts']);
  process.stdout.write(
    [
      `Written: connectors/${kebab}, and its entry in connectors/registry.ts.`,
      `It keeps the contract: node bin/lockstep.mjs connector test connectors/${kebab}`,
      'Then "npm run docs" makes its page; docs/guide/write-a-connector.md tells what to change.',
      '',
    ].join('\n'),
  );
}

function toPascal(kebab: string): string {
  return kebab.replaceAll(/(?:^|-)([a-z0-9])/gu, (_, letter: string) => letter.toUpperCase());
}

function toTitle(kebab: string): string {
  const words = kebab.replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function fillIn(text: string, kebab: string): string {
  const pascal = toPascal(kebab);
  return text
    .replaceAll('SampleName', pascal)
    .replaceAll('sampleName', `${pascal.charAt(0).toLowerCase()}${pascal.slice(1)}`)
    .replaceAll('Sample title', toTitle(kebab))
    .replaceAll('sample-name', kebab);
}

/** The README lists the settings of the schema that was just written. */
async function fillInSettings(folder: string, kebab: string): Promise<void> {
  const { replaceSettingsTable } = await import('../connectors/spi/settings-table.ts');
  const module = await import(pathToFileURL(join(folder, 'settings.ts')).href);
  const pascal = toPascal(kebab);
  const settings = module[`${pascal.charAt(0).toLowerCase()}${pascal.slice(1)}Settings`];
  const path = join(folder, 'README.md');
  const readme = replaceSettingsTable(readFileSync(path, 'utf8'), settings);
  if (readme !== undefined) writeFileSync(path, readme);
}

function registryFile(): string {
  return join(root, 'connectors', 'registry.ts');
}

function readRegistry(): string {
  return readFileSync(registryFile(), 'utf8');
}

/** The registry with one more package, the last of the list. */
function register(text: string, kebab: string): string {
  const entry = `
  definePackage({
    ids: ['Lockstep.SampleName'],
    displayName: 'Custom/Sample title',
    folder: 'sample-name',
    settings: sampleNameSettings,
    incremental: false,
    exporter: async () => (await import('./sample-name/export.ts')).sampleNameExporter,
    fulfiller: async () => (await import('./sample-name/fulfil.ts')).sampleNameFulfiller,
  }),`;
  const importLine = "import { sampleNameSettings } from './sample-name/settings.ts';\n";
  const start = text.indexOf('export const packages');
  const end = text.indexOf('\n];', start);
  const firstImport = text.indexOf('import ');
  if (start === -1 || end === -1 || firstImport === -1) {
    throw new Error('connectors/registry.ts has no list of packages that could be added to.');
  }
  return [
    text.slice(0, firstImport),
    fillIn(importLine, kebab),
    text.slice(firstImport, end),
    fillIn(entry, kebab),
    text.slice(end),
  ].join('');
}

/** Lines are as long as the name makes them: the formatter has the last word. */
function tidy(paths: readonly string[]): void {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const { status, stderr } = spawnSync(
    process.execPath,
    [biome, 'check', '--write', '--error-on-warnings', ...paths],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`The formatter does not take what was written:\n${stderr}`);
}
