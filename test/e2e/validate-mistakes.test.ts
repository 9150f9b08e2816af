/** A configuration with more than twenty different mistakes: `validate` tells them all at once, each at its place. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, createBench } from './bad-input/workbench.ts';
import { markedFiles, readMarks } from './validate-mistakes/mistakes.ts';

interface Document {
  readonly status: string;
  readonly counts: { readonly errors: number };
  readonly diagnostics: readonly {
    readonly severity: string;
    readonly code: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
  }[];
}

describe('validate on a configuration full of mistakes', () => {
  const { files, mistakes } = readMarks(markedFiles);
  const expected = mistakes.map(({ file, line, column, code }) => ({ file, line, column, code }));
  let bench: Bench;

  beforeAll(async () => {
    bench = await createBench({ configuration: Object.fromEntries(files) });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  it('has at least twenty different ones to find, in XML and JSON files', () => {
    expect(new Set(mistakes.map(({ code }) => code)).size).toBeGreaterThanOrEqual(20);
    expect(new Set([...files.keys()].map((file) => file.split('.').at(-1)))).toEqual(
      new Set(['xml', 'json']),
    );
  });

  it('lists all of them for programs', async () => {
    const ended = await bench.run('validate', '--json');

    expect(ended).toMatchObject({ exitCode: 2, stderr: '' });
    // The document's schema is checked elsewhere.
    const { status, counts, diagnostics } = JSON.parse(ended.stdout) as Document;
    expect(status).toBe('invalid');
    expect(counts.errors).toBe(expected.length);
    expect(
      diagnostics
        .filter(({ severity }) => severity === 'error')
        .map(({ file, line, column, code }) => ({ file, line, column, code })),
    ).toEqual(expected);
  });

  it('shows people each with its line and a caret below the very character', async () => {
    const ended = await bench.run('validate');

    const lines = ended.stdout.split('\n');
    const headlines = lines.flatMap((line, index) =>
      / error CONFIG_[A-Z_]+ \S.*\.$/.test(line) ? [index] : [],
    );
    expect(headlines.map((index) => (lines[index] ?? '').split(' ').slice(0, 3).join(' '))).toEqual(
      mistakes.map(({ file, line, column, code }) => `${file}:${line}:${column} error ${code}`),
    );
    for (const [at, index] of headlines.entries()) {
      const [, source = '', pointer = ''] = lines.slice(index, index + 3);
      const caret = pointer.indexOf('^');
      expect(source.slice(caret), source).toBe(mistakes[at]?.rest);
      expect(pointer).toMatch(/^ +\| [\s]*\^~*$/);
    }
    expect(ended.stdout).toContain(`${mistakes.length} errors`);
    expect(ended).toMatchObject({ exitCode: 2, stderr: '' });
  });

  it('is what deploy says too, and nothing is put in force', async () => {
    const ended = await bench.run('deploy', '--json');

    expect(ended.exitCode).toBe(2);
    for (const { code } of mistakes) expect(ended.stdout).toContain(code);
    const status = await bench.run('status');
    expect(status.stderr).toContain('error PROJECT_NOT_DEPLOYED');
    expect(status.exitCode).toBe(2);
    expect(await readdir(bench.path('data'))).toHaveLength(3);
  });
});
