import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettingsFile } from './read-settings-file.ts';
import { findSetting, isList, listElements, type SettingNode } from './setting-tree.ts';
import { SettingsError } from './settings-error.ts';

describe('readSettingsFile', () => {
  let folder: string;
  let path: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-settings-'));
    path = join(folder, 'settings.json');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('gives nothing for a file that is not there', async () => {
    expect(await readSettingsFile(join(folder, 'missing.json'), 'missing.json')).toBeUndefined();
  });

  it('remembers where each value stands', async () => {
    await writeFile(path, '{\r\n  "Jobs": {\n    "MaxTaskBatchSize": 7\n  }\n}');

    const settings = await readSettingsFile(path, 'settings.json');

    expect(settings && findSetting(settings, ['jobs', 'MAXTASKBATCHSIZE'])).toEqual({
      kind: 'leaf',
      value: 7,
      origin: { kind: 'file', file: 'settings.json', line: 3, column: 25 },
    });
  });

  it('reads every JSON object as JSON.parse does', async () => {
    const key = fc.string().filter((text) => text !== '__proto__');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, false, '', 'text', 0, -1.5e3),
        fc.string({ unit: 'binary' }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4 }).filter(hasDistinctKeys),
      ),
    }));

    await fc.assert(
      fc.asyncProperty(fc.record({ root: value }), async (object) => {
        const text = JSON.stringify(object);
        await writeFile(path, text);

        const settings = await readSettingsFile(path, 'settings.json');

        expect(settings && toPlain(settings)).toEqual(JSON.parse(text));
      }),
      { numRuns: 200 },
    );
  });

  it('answers any bytes with settings or with an error that says where', async () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      '/*',
      '//',
      '\n',
      'x',
      '1',
      'é',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(''))),
    );

    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        await writeFile(path, content);

        const outcome = await readSettingsFile(path, 'settings.json').catch(
          (error: unknown) => error,
        );

        if (outcome instanceof SettingsError) expect(outcome.message).toContain('settings.json');
        else expect(outcome).toMatchObject({ kind: 'section' });
      }),
      { numRuns: 500 },
    );
  });
});

function hasDistinctKeys(object: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(object);
  return new Set(keys.map((key) => key.toLowerCase())).size === keys.length;
}

function toPlain(node: SettingNode): unknown {
  if (node.kind === 'leaf') return node.value;
  if (isList(node)) return listElements(node).map(toPlain);
  return Object.fromEntries(
    [...node.children.values()].map((child) => [child.key, toPlain(child.node)]),
  );
}
