import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { findRoom, listFiles, repositoryRoot, roomsInPlace } from './rooms.ts';
import { parseSource } from './source.ts';

const maxReadmeLines = 60;
const vagueNames = /(^|[-.])(utils?|common|shared|helpers?|misc)($|[-.])/u;
const connectorHeadings = [
  'Reads',
  'Writes',
  'Settings',
  'Permissions needed',
  'Limits',
  'Errors',
  'Try it',
];

let files: readonly string[];

beforeAll(async () => {
  files = (
    await Promise.all(['config', 'connectors', 'engine', 'cli', 'console'].map(listIfThere))
  ).flat();
});

async function listIfThere(folder: string): Promise<readonly string[]> {
  return listFiles(folder).catch(() => []);
}

async function read(file: string): Promise<string> {
  return readFile(join(repositoryRoot, file), 'utf8');
}

describe('rooms', () => {
  it.each(roomsInPlace)('%s has a README of one page', async (room) => {
    expect(files).toContain(`${room}/README.md`);

    const lines = (await read(`${room}/README.md`)).trimEnd().split('\n');

    expect(lines[0]).toMatch(/^# \S/u);
    expect(lines.length).toBeLessThanOrEqual(maxReadmeLines);
  });

  // Nothing imports the command, so it has no names to pass on.
  it.each(roomsInPlace.filter((room) => room !== 'cli'))(
    '%s has one index.ts, which only passes names on',
    async (room) => {
      const indexes = files.filter(
        (file) => basename(file) === 'index.ts' && findRoom(file) === room,
      );
      expect(indexes).toEqual([`${room}/index.ts`]);

      const tree = parseSource(`${room}/index.ts`, await read(`${room}/index.ts`));

      const others = tree.statements.filter(
        (statement) =>
          !ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined,
      );
      expect(others.map((statement) => statement.getText())).toEqual([]);
    },
  );

  it('have no folder or file for odds and ends', () => {
    const vague = files.filter((file) => file.split('/').some((part) => vagueNames.test(part)));

    expect(vague).toEqual([]);
  });
});

describe('connector folders', () => {
  let folders: readonly string[];

  beforeAll(() => {
    const names = files.flatMap((file) => /^connectors\/([^/]+)\//u.exec(file)?.[1] ?? []);
    folders = [...new Set(names)].filter((name) => name !== 'spi');
  });

  it('are there to be looked at', () => {
    expect(folders.length).toBeGreaterThan(0);
  });

  it('hold settings, what the package can do, a README and the contract test', () => {
    const missing = folders.flatMap((folder) => {
      const path = `connectors/${folder}`;
      const required = [`${path}/settings.ts`, `${path}/README.md`, `${path}/${folder}.test.ts`];
      const abilities = [`${path}/export.ts`, `${path}/fulfil.ts`];
      return [
        ...required.filter((file) => !files.includes(file)),
        // A connection without a system can do nothing.
        ...(folder === 'unplugged' || abilities.some((file) => files.includes(file))
          ? []
          : [abilities.join(' or ')]),
      ];
    });

    expect(missing).toEqual([]);
  });

  it('say what they can do by the files they have, and register exactly that', async () => {
    const registry = await read('connectors/registry.ts');

    const unregistered = folders.flatMap((folder) =>
      ['export', 'fulfil']
        .filter((ability) => {
          const isThere = files.includes(`connectors/${folder}/${ability}.ts`);
          return isThere !== registry.includes(`./${folder}/${ability}.ts`);
        })
        .map((ability) => `${folder}/${ability}.ts`),
    );

    expect(unregistered).toEqual([]);
  });

  it('have READMEs with the same headings in the same order', async () => {
    const wrong: string[] = [];
    for (const folder of folders) {
      const text = await read(`connectors/${folder}/README.md`).catch(() => '');
      const headings = [...text.matchAll(/^## (.+)$/gmu)].map(([, heading]) => heading);
      if (headings.join() !== connectorHeadings.join()) wrong.push(`${folder}: ${headings.join()}`);
    }

    expect(wrong).toEqual([]);
  });
});
