import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listFiles, repositoryRoot } from './rooms.ts';

const maxLines = 60;
const headings = ['Context', 'Decision', 'Consequences', 'Status'];

describe('decision records', () => {
  let records: readonly { readonly name: string; readonly text: string }[];

  beforeAll(async () => {
    const files = await listFiles('docs/decisions');
    records = await Promise.all(
      files.map(async (file) => ({
        name: basename(file),
        text: await readFile(join(repositoryRoot, file), 'utf8'),
      })),
    );
  });

  it('are numbered from 0001 without gaps', () => {
    const numbers = records.map(({ name }) => name.slice(0, 5));

    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers).toEqual(records.map((_, index) => `${String(index + 1).padStart(4, '0')}-`));
    expect(records.filter(({ name }) => !/^\d{4}-[a-z0-9-]+\.md$/u.test(name))).toEqual([]);
  });

  it('carry their number and title, and the four headings in order', () => {
    const wrong = records.filter(({ name, text }) => {
      const found = [...text.matchAll(/^## (.+)$/gmu)].map(([, heading]) => heading);
      return !text.startsWith(`# ${name.slice(0, 4)}. `) || found.join() !== headings.join();
    });

    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('fit on a page', () => {
    const long = records.filter(({ text }) => text.trimEnd().split('\n').length > maxLines);

    expect(long.map(({ name }) => name)).toEqual([]);
  });

  it('are accepted, or superseded by a record that exists', () => {
    const names = new Set(records.map(({ name }) => name));

    const wrong = records.filter(({ text }) => {
      const status = text.slice(text.indexOf('## Status')).split('\n').slice(1).join(' ').trim();
      const successor = /^Superseded by \[[^\]]+\]\(([^)]+)\)\.$/u.exec(status)?.[1];
      return status !== 'Accepted.' && !(successor !== undefined && names.has(successor));
    });

    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});
