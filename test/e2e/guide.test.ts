/**
 * Runs every page of `docs/guide` from top to bottom, each in an empty folder of its own, with `lockstep` on the path.
 * What a fenced block means is said by the words behind its three backticks:
 *
 * - `sh`: commands, one per line (a line that ends in `\` goes on), run as written, in one shell per page. Each must end with 0; with
 *   `sh exit=3` the last one must end with 3. `sh not-run` is shown only, and counted.
 * - `text`, as the next block after `sh`: the whole output of that block. `…` stands for anything in a line; a line of `…` for any
 *   lines. How many spaces stand between words, and blank lines, do not matter.
 * - `<language> file=<path>`: a file, written as shown where the shell is, in place of what was there.
 * - `xml`, `json` and the like without a file: an excerpt, shown only.
 *
 * A page with the comment `runs in a copy of the repository` has that copy for its folder, and the `lockstep` of the copy. One that
 * `runs beside a directory` finds an empty OpenLDAP of its own in the variables `DIRECTORY`, `DIRECTORY_CA` and `DIRECTORY_PASSWORD`.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyRepository } from '../fixtures/copy-repository.ts';
import { isRequired } from '../servers/servers.ts';
import { findSlapdObstacle, startSlapd } from '../servers/slapd.ts';
import { findCommand } from '../servers/use-command.ts';

const repository = join(import.meta.dirname, '..', '..');
const guide = join(repository, 'docs', 'guide');
const pages = readdirSync(guide).filter((file) => file.endsWith('.md'));

/** Blocks that cannot be run here. It takes a good reason to raise this. */
const blocksNotRun = 0;

interface Block {
  /** Of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  readonly options: readonly string[];
  readonly content: string;
}

interface Step {
  readonly line: number;
  readonly commands: readonly string[];
  readonly exitCode: number;
  /** Written before the commands. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly output: string | undefined;
}

interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

function readBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const match of text.matchAll(/^```(\S*)(.*)\n([\s\S]*?)^```$/gmu)) {
    const [, language = '', options = '', content = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    blocks.push({ line, language, options: options.split(' ').filter(Boolean), content });
  }
  return blocks;
}

function readSteps(blocks: readonly Block[]): readonly Step[] {
  const steps: Step[] = [];
  let files: { readonly path: string; readonly content: string }[] = [];
  for (const [index, { line, language, options, content }] of blocks.entries()) {
    const file = options.find((option) => option.startsWith('file='));
    if (file !== undefined) files.push({ path: file.slice('file='.length), content });
    if (language !== 'sh' || options.includes('not-run')) continue;
    const next = blocks[index + 1];
    const exit = options.find((option) => option.startsWith('exit='));
    steps.push({
      line,
      commands: content.replaceAll('\\\n', ' ').trim().split('\n'),
      exitCode: exit === undefined ? 0 : Number(exit.slice('exit='.length)),
      files,
      output: next?.language === 'text' ? next.content : undefined,
    });
    files = [];
  }
  return steps;
}

const mark = '::ended::';

/** One script for a page: a mark with the exit code follows the output of each command. */
async function writeScript(steps: readonly Step[], folder: string): Promise<string> {
  const lines = ['exec 2>&1'];
  for (const [index, { files, commands }] of steps.entries()) {
    for (const [number, { path, content }] of files.entries()) {
      const copy = join(folder, `${index}-${number}`);
      await writeFile(copy, content);
      lines.push(`mkdir -p '${dirname(path)}' && cp '${copy}' '${path}'`);
    }
    for (const command of commands) lines.push(command, `printf '${mark}%s\\n' $?`);
  }
  return lines.join('\n');
}

interface Surroundings {
  readonly isInCopy: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

async function runPage(
  steps: readonly Step[],
  { isInCopy, environment }: Surroundings,
): Promise<readonly Ended[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-guide-'));
  try {
    for (const name of ['bin', 'files', 'work']) await mkdir(join(folder, name));
    if (isInCopy) await copyRepository(join(folder, 'work'));
    const wrapper = join(folder, 'bin', 'lockstep');
    const entry = isInCopy ? join(folder, 'work', 'bin', 'lockstep.mjs') : findCommand();
    await writeFile(wrapper, `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`);
    await chmod(wrapper, 0o755);
    const path = [join(folder, 'bin'), dirname(process.execPath), process.env['PATH'] ?? ''];
    const child = spawn('sh', ['-c', await writeScript(steps, join(folder, 'files'))], {
      cwd: join(folder, 'work'),
      env: { ...process.env, ...environment, PATH: path.join(delimiter), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
    return readEnded(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readEnded(output: string): readonly Ended[] {
  const ended = output.matchAll(new RegExp(`([\\s\\S]*?)${mark}(\\d+)\\n`, 'gu'));
  return [...ended].map(([, text = '', code]) => ({ output: text, exitCode: Number(code) }));
}

function tidy(text: string): string {
  const lines = text.split('\n').map((line) => line.trim().replaceAll(/\s+/gu, ' '));
  return lines.filter((line) => line !== '').join('\n');
}

function toPattern(expected: string): RegExp {
  const lines = expected.split('\n').map((line) => {
    if (line === '…') return '(?:.*\\n)*';
    const parts = line.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&'));
    return `${parts.join('.*')}\\n`;
  });
  return new RegExp(`^${lines.join('')}$`, 'u');
}

/** The text itself where it is as expected, so that a failure shows both side by side. */
function alignOutput(actual: string, expected: string): string {
  return toPattern(tidy(expected)).test(`${tidy(actual)}\n`) ? tidy(expected) : tidy(actual);
}

const readPage = (page: string): string => readFileSync(join(guide, page), 'utf8');
const isBesideDirectory = (page: string): boolean =>
  readPage(page).includes('<!-- runs beside a directory -->');
const obstacle = isRequired('ldap') ? undefined : findSlapdObstacle();

const runnable = pages.filter((page) => obstacle === undefined || !isBesideDirectory(page));
for (const page of pages.filter((each) => !runnable.includes(each)))
  it.skip(`the guide ${page} (skipped: ${obstacle})`, () => {});

describe.each(runnable)('the guide %s', (page) => {
  const text = readPage(page);
  const steps = readSteps(readBlocks(text));
  let ended: readonly Ended[];

  beforeAll(async () => {
    await using directory = isBesideDirectory(page)
      ? await startSlapd({ changes: 'log', domain: 'dc=acme,dc=example' })
      : undefined;
    ended = await runPage(steps, {
      isInCopy: text.includes('<!-- runs in a copy of the repository -->'),
      environment:
        directory === undefined
          ? {}
          : {
              DIRECTORY: `127.0.0.1:${directory.port}`,
              DIRECTORY_CA: directory.caFile,
              DIRECTORY_PASSWORD: directory.rootPassword,
            },
    });
  });

  const cases = steps.map((step, index) => ({
    ...step,
    place: `${page}:${step.line} ${step.commands.at(-1)}`,
    first: steps.slice(0, index).reduce((sum, { commands }) => sum + commands.length, 0),
  }));

  it.each(cases)('$place', ({ commands, first, exitCode, output }) => {
    const own = ended.slice(first, first + commands.length);
    const all = own.map((command) => command.output).join('');

    expect({ codes: own.map((command) => command.exitCode), all }).toEqual({
      codes: commands.map((_, index) => (index === commands.length - 1 ? exitCode : 0)),
      all,
    });
    if (output !== undefined) expect(alignOutput(all, output)).toBe(tidy(output));
  });
});

describe('the documents', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/README.md'].concat(
    pages.map((page) => `docs/guide/${page}`),
  );
  let texts: readonly { readonly file: string; readonly text: string }[];

  beforeAll(async () => {
    texts = await Promise.all(
      documents.map(async (file) => ({
        file,
        text: await readFile(join(repository, file), 'utf8'),
      })),
    );
  });

  afterAll(() => {
    const count = texts.flatMap(({ text }) => readBlocks(text)).filter(isNotRun).length;
    process.stdout.write(`${count} blocks of the guide were not run.\n`);
  });

  const isNotRun = ({ options }: Block): boolean => options.includes('not-run');

  it('run every block that can be run', () => {
    const notRun = texts.flatMap(({ text }) => readBlocks(text)).filter(isNotRun);

    expect(notRun).toHaveLength(blocksNotRun);
  });

  it('link to what is there', async () => {
    const links = texts.flatMap(({ file, text }) =>
      [...text.matchAll(/\]\(([^):#]+)(?:#[^)]*)?\)/gu)].map(([, link = '']) => ({ file, link })),
    );
    const broken: string[] = [];
    for (const { file, link } of links) {
      const target = join(repository, dirname(file), link);
      await access(target).catch(() => broken.push(`${file}: ${link}`));
    }

    expect(links.length).toBeGreaterThan(10);
    expect(broken).toEqual([]);
  });

  it('name scripts that exist', async () => {
    const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
    const named = texts.flatMap(({ text }) =>
      [...text.matchAll(/npm run ([\w:-]+)/gu)].map(([, name = '']) => name),
    );

    expect(named).toContain('lockstep');
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });
});

describe('the format of the guide', () => {
  it('takes blocks apart', () => {
    const steps = readSteps(
      readBlocks(
        '```xml file=conf/a.xml\n<a />\n```\n\n```sh exit=3\none \\\n  more\ntwo\n```\n\n```text\ndone\n```\n',
      ),
    );

    expect(steps).toEqual([
      {
        line: 5,
        commands: ['one    more', 'two'],
        exitCode: 3,
        files: [{ path: 'conf/a.xml', content: '<a />\n' }],
        output: 'done\n',
      },
    ]);
  });

  it.each([
    ['a  b\n\nc\n', 'a b\nc', true],
    ['a 12 b', 'a … b', true],
    ['a\nb\nc', 'a\n…\nc', true],
    ['a\nc', 'a\n…\nc', true],
    ['a\nb', 'a', false],
    ['a.b', 'a\\.b', false],
    ['axb', 'a.b', false],
  ])('compares %j with %j: %s', (actual, expected, isEqual) => {
    expect(alignOutput(actual, expected) === tidy(expected)).toBe(isEqual);
  });
});
