import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeFolders, findRoom, repositoryRoot, roomsInPlace, roomsToCome } from './rooms.ts';

async function cruiseTree(
  baseDir: string,
  folders: readonly string[],
): Promise<Pick<ICruiseResult, 'modules' | 'summary'>> {
  const { forbidden = [], options = {} } = await extractDepcruiseConfig(
    join(repositoryRoot, '.dependency-cruiser.mjs'),
  );
  const { output } = await cruise([...folders], {
    ...options,
    baseDir,
    validate: true,
    ruleSet: { forbidden },
  });
  if (typeof output === 'string') throw new Error(`dependency-cruiser gave no result: ${output}`);
  return output;
}

function listViolations({ summary }: Pick<ICruiseResult, 'summary'>): readonly string[] {
  return summary.violations.map(
    ({ rule, from, to, cycle }) =>
      `${rule.name}: ${from} → ${cycle?.map((step) => step.name).join(' → ') ?? to}`,
  );
}

describe('imports of the source tree', () => {
  let result: Pick<ICruiseResult, 'modules' | 'summary'>;

  beforeAll(async () => {
    result = await cruiseTree(repositoryRoot, codeFolders);
  });

  it('break no rule', () => {
    expect(listViolations(result)).toEqual([]);
  });

  it.each(roomsInPlace)('are seen in the room %s', (room) => {
    const modules = result.modules.filter(({ source }) => findRoom(source) === room);

    expect(modules.length).toBeGreaterThan(0);
  });

  it('are seen between rooms and into libraries, types included', () => {
    const edges = result.modules.flatMap(({ source, dependencies }) =>
      dependencies.map(({ resolved, dependencyTypes }) => ({ source, resolved, dependencyTypes })),
    );

    expect(edges.some(({ source, resolved }) => findRoom(source) !== findRoom(resolved))).toBe(
      true,
    );
    expect(edges.some(({ dependencyTypes }) => dependencyTypes.includes('type-only'))).toBe(true);
    expect(edges.some(({ resolved }) => resolved.startsWith('node_modules/knex/'))).toBe(true);
    expect(edges.some(({ resolved }) => resolved === 'node:sqlite')).toBe(true);
  });

  it.each(roomsToCome)('do not exist yet in %s, or the room is taken off the list', (room) => {
    const modules = result.modules.filter(({ source }) => findRoom(source) === room);

    expect(modules.map(({ source }) => source)).toEqual([]);
  });
});

describe('the rules', () => {
  let folder: string;
  let violations: readonly string[];

  /** Trees in which every file but the innocent ones breaks exactly the rule named. */
  const files: Readonly<Record<string, string>> = {
    'config/index.ts': "export { a } from './model.ts';",
    'config/model.ts': 'export const a = 1;',
    'config/looks-right.ts':
      "import type { s } from '../connectors/index.ts'; export type S = typeof s;",
    'config/cycle-one.ts': "import { two } from './cycle-two.ts'; export const one = () => two;",
    'config/cycle-two.ts':
      "import type { one } from './cycle-one.ts'; export const two = {} as typeof one;",
    'config/alone.ts': 'export const alone = 1;',
    'config/nowhere.ts': "import { x } from './missing.ts'; export const y = x;",
    'config/runs-text.ts':
      "import { runInThisContext } from 'node:vm'; export const run = runInThisContext;",
    'connectors/index.ts': "export { s } from './spi/row.ts'; export { r } from './registry.ts';",
    'connectors/registry.ts':
      "import { e } from './csv/export.ts'; export const r = [e, () => import('./ldap/export.ts')];",
    'connectors/spi/row.ts': "import { a } from '../../config/index.ts'; export const s = a;",
    'connectors/csv/export.ts': "import { s } from '../spi/row.ts'; export const e = s;",
    'connectors/ldap/export.ts': "import { e } from '../csv/export.ts'; export const f = e;",
    'connectors/ldap/past.ts': "import { a } from '../../config/model.ts'; export const p = a;",
    'engine/store/index.ts': "export { o } from './open.ts';",
    'engine/store/open.ts': "import { s } from '../../connectors/index.ts'; export const o = s;",
    'engine/evaluate/index.ts': "export { v } from './evaluate.ts';",
    'engine/evaluate/evaluate.ts':
      "import type { o } from '../store/index.ts'; export type v = typeof o;",
    'engine/provision/index.ts':
      "import { v } from '../evaluate/index.ts'; export const q = {} as v;",
    'engine/fulfil/index.ts': "import { v } from '../evaluate/index.ts'; export const f = {} as v;",
    'engine/job/run.ts':
      "import { q } from '../provision/index.ts'; import { o } from '../store/index.ts'; export const j = [q, o];",
    'engine/index.ts': "export { j } from './job/run.ts';",
    'cli/main.ts': "import { o } from '../engine/store/index.ts'; export const m = o;",
    'console/page.ts': "import { m } from '../cli/main.ts'; export const c = m;",
    'engine/store/open.test.ts':
      "import { k } from '../../test/contract/suite.ts'; export const t = k;",
    'engine/store/wrong.test.ts': "import { q } from '../provision/index.ts'; export const t = q;",
    'test/contract/suite.ts': 'export const k = 1;',
    'cli/uses-test.ts': "import { k } from '../test/contract/suite.ts'; export const u = k;",
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-imports-'));
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(folder, dirname(name)), { recursive: true });
      await writeFile(join(folder, name), `${content}\n`);
    }
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
    violations = listViolations(
      await cruiseTree(folder, ['config', 'connectors', 'engine', 'cli', 'console', 'test']),
    );
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['config imports only what it may', 'config/looks-right.ts → connectors/index.ts'],
    ['no cycle', 'config/cycle-one.ts → '],
    ['no orphan', 'config/alone.ts → '],
    ['every import leads somewhere', 'config/nowhere.ts → ./missing.ts'],
    ['nothing runs code from text', 'config/runs-text.ts → '],
    [
      'the registry loads packages on first use',
      'connectors/registry.ts → connectors/csv/export.ts',
    ],
    [
      'connectors/<x> imports only what it may',
      'connectors/ldap/export.ts → connectors/csv/export.ts',
    ],
    ['connectors/<x> imports only what it may', 'connectors/ldap/past.ts → config/model.ts'],
    ['engine/store imports only what it may', 'engine/store/open.ts → connectors/index.ts'],
    [
      'engine/prepare, engine/evaluate imports only what it may',
      'engine/evaluate/evaluate.ts → engine/store/index.ts',
    ],
    [
      'engine/synchronize, engine/fulfil imports only what it may',
      'engine/fulfil/index.ts → engine/evaluate/index.ts',
    ],
    ['engine imports only what it may', 'engine/index.ts → engine/job/run.ts'],
    ['cli imports only what it may', 'cli/main.ts → engine/store/index.ts'],
    ['console imports only what it may', 'console/page.ts → cli/main.ts'],
    [
      'tests in engine/store import only what it may, and test support',
      'engine/store/wrong.test.ts → engine/provision/index.ts',
    ],
    ['no production code imports tests', 'cli/uses-test.ts → test/contract/suite.ts'],
  ])('see a breach of "%s" in %s', (rule, edge) => {
    expect(violations).toContainEqual(expect.stringContaining(`${rule}: ${edge}`));
  });

  it.each([
    'connectors/spi/row.ts',
    'connectors/csv/export.ts',
    'engine/job/run.ts',
    'engine/store/open.test.ts',
    'connectors/ldap/export.ts → connectors/spi',
    'connectors/registry.ts → connectors/ldap',
  ])('leave %s alone', (edge) => {
    expect(violations.filter((violation) => violation.includes(`: ${edge}`))).toEqual([]);
  });
});
