import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostileTexts, isAtWork, writeProgram } from '../../../test/fixtures/programs.ts';
import { programEnvironment } from './environment.ts';
import { OutputLines } from './output-lines.ts';
import { openRunFolder, takeLeftovers } from './run-folder.ts';
import { type RunProgramOptions, runProgram } from './run-program.ts';
import { startProgram } from './start-program.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'process-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (
  program: string,
  args: readonly string[],
  more: Partial<RunProgramOptions> = {},
): ReturnType<typeof runProgram> =>
  runProgram({
    ...{ program, args, folder, timeoutMs: 20_000, graceMs: 300, maxOutputBytes: 4_000_000 },
    environment: programEnvironment({ PATH: process.env['PATH'] }),
    signal: new AbortController().signal,
    ...more,
  });
const shell = (text: string, more: Partial<RunProgramOptions> = {}) =>
  run('/bin/sh', ['-c', text], more);

describe('a program that is run', () => {
  it('gets its arguments as they are, whatever they hold', async () => {
    const program = writeProgram(
      folder,
      'show',
      'process.stdout.write(JSON.stringify(process.argv.slice(2)));',
    );
    const texts = hostileTexts();

    const { stdout } = await run(program, texts);

    expect(JSON.parse(stdout.toString())).toEqual(texts);
  });

  it('reads its input to the end, and may leave it unread', async () => {
    const input = 'é'.repeat(1_000_000);

    expect((await run('/usr/bin/wc', ['-c'], { input })).stdout.toString().trim()).toBe('2000000');
    expect((await shell('exit 7', { input })).exitCode).toBe(7);
    expect((await run('/bin/cat', [])).stdout.length).toBe(0);
  });

  it('finds nothing of our own environment but what every program needs', async () => {
    const environment = programEnvironment(
      { PATH: '/usr/bin:/bin', HR_PASSWORD: 'x', LC_TIME: 'C', NODE_OPTIONS: '--inspect' },
      { GIVEN: 'yes' },
    );

    const { stdout } = await run('/usr/bin/env', [], { environment });

    const names = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.toSorted()).toEqual([
      'GIVEN',
      'LC_TIME',
      'LOCKSTEP_RUN',
      'NO_COLOR',
      'PATH',
      'TERM',
    ]);
  });

  it.each([
    ['in its group', 'sh -c "sleep 60" & echo $! > pid'],
    ['in a session of its own', 'setsid sh -c "echo \\$\\$ > pid; exec sleep 60" & sleep 0.3'],
    [
      'deaf to being asked',
      '(trap "" TERM; echo > deaf; while :; do sleep 0.1; done) & echo $! > pid; while [ ! -e deaf ]; do sleep 0.05; done',
    ],
  ])('is ended with what it left behind, %s', async (_, text) => {
    const { exitCode, leftBehind } = await shell(`${text}; echo done`);

    expect(exitCode).toBe(0);
    expect(leftBehind).toBeGreaterThan(0);
    expect(await isAtWork(Number(await readFile(join(folder, 'pid'), 'utf8')))).toBe(false);
  });

  it('does not hold us up through a pipe that an unknown process keeps open', async () => {
    const { stdout } = await shell('env -i /usr/bin/setsid sleep 4 & echo done');

    expect(stdout.toString()).toBe('done\n');
  }, 10_000);

  it('is ended with its whole family when its time is over', async () => {
    const running = shell(
      'trap "" TERM; (trap "" TERM; (trap "" TERM; echo $$ > pid; while :; do sleep 0.1; done) & wait) & wait; while :; do sleep 0.1; done',
      { timeoutMs: 700 },
    );

    await expect(running).rejects.toMatchObject({ kind: 'timeout' });
    await sleep(50);
    expect(await isAtWork(Number(await readFile(join(folder, 'pid'), 'utf8')))).toBe(false);
  });

  it('is ended when we are told to stop', async () => {
    const stop = new AbortController();
    const running = shell('echo $$ > pid; sleep 60', { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('stopped')), 400);

    await expect(running).rejects.toThrow('stopped');
    expect(await isAtWork(Number(await readFile(join(folder, 'pid'), 'utf8')))).toBe(false);
    await expect(shell('true', { signal: stop.signal })).rejects.toThrow('stopped');
  });

  it('is ended when it prints more than is taken', async () => {
    await expect(run('/usr/bin/yes', [])).rejects.toMatchObject({ kind: 'incomplete' });
  });

  it.each([
    ['a program that is not there', 'no-such-program', [], 'not-found'],
    ['a folder', '/tmp', [], 'forbidden'],
    ['an argument with a NUL', '/bin/echo', ['a\0b'], 'invalid-value'],
    [
      'arguments longer than the system takes',
      '/bin/echo',
      ['x'.repeat(4_000_000)],
      'invalid-value',
    ],
  ])('says what is wrong with %s', async (_, program, args, kind) => {
    const error = await run(program, args).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ kind, hint: expect.stringMatching(/\S/) });
    expect(JSON.stringify(error)).not.toContain('xxx');
  });

  it('says that its folder is gone', async () => {
    await expect(run('/bin/echo', [], { folder: join(folder, 'gone') })).rejects.toMatchObject({
      message: expect.stringContaining('folder'),
    });
  });

  it('is slowed down by a slow reader, not gathered in memory', async () => {
    await using running = await startProgram({
      ...{ program: '/usr/bin/yes', args: [], folder, timeoutMs: 0, takesOutput: true },
      environment: programEnvironment({}),
      signal: new AbortController().signal,
    });
    const chunks = running.output[Symbol.asyncIterator]();
    const before = process.memoryUsage().rss;
    await chunks.next();
    await sleep(500);

    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 ** 2);
    await chunks.return?.();
  });
});

describe('lines of a program', () => {
  const read = (
    pieces: readonly Buffer[],
    secrets: readonly string[],
    maxLength = 100,
  ): string[] => {
    const lines: string[] = [];
    const output = new OutputLines({ secrets, maxLength, onLine: (line) => void lines.push(line) });
    for (const piece of pieces) output.take(piece);
    output.end();
    return lines;
  };

  it('are the same however their bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 30 }),
        (text, sizes) => {
          const bytes = Buffer.from(`${text}\nend`);
          const pieces: Buffer[] = [];
          let at = 0;
          for (const size of sizes) {
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          pieces.push(bytes.subarray(at));
          expect(read(pieces, [])).toEqual(read([bytes], []));
        },
      ),
    );
  });

  it('never show a secret, wherever it stands and however it is cut', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 30, unit: fc.constantFrom(...'aB3"\\é +/&') }),
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 1, max: 9 }),
        (secret, before, size) => {
          fc.pre(!/^(.)\1*$/.test(secret));
          const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
          for (const form of forms) {
            const bytes = Buffer.from(`${'.'.repeat(before)}${form}${'.'.repeat(20)}\n`);
            const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
              bytes.subarray(index * size, (index + 1) * size),
            );
            const [line = ''] = read(pieces, [secret]);
            expect(line).not.toContain(form);
            // Nor the part of it that stands before the end of what is kept.
            expect(line.replaceAll(/\[secret\]|…|\.| /g, '')).not.toContain(form.slice(0, 5));
          }
        },
      ),
    );
  });

  it('are bounded, whatever their bytes are', () => {
    const zeros = Buffer.alloc(5_000_000, 0x61);

    const lines = read(
      [zeros, zeros, Buffer.from([0xff, 0xfe, 0x0a, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x78])],
      [],
    );

    expect(lines.length).toBe(2);
    expect(lines[0]?.length).toBe(102);
    expect(lines[1]).toBe('x');
  });
});

describe('the folder of a run', () => {
  it('is for our account alone, and gone afterwards', async () => {
    {
      await using opened = await openRunFolder(folder, 'runs');
      expect((await stat(opened.path)).mode & 0o777).toBe(0o700);
      expect(await takeLeftovers(folder, 'runs')).toEqual([]);
    }
    expect(await readdir(join(folder, 'runs'))).toEqual([]);
  });

  it('is found after we were killed, and what its program still had at work is ended', async () => {
    const here = (name: string) =>
      JSON.stringify(pathToFileURL(join(import.meta.dirname, name)).href);
    const body = `import { openRunFolder } from ${here('run-folder.ts')};
import { startProgram } from ${here('start-program.ts')};
const folder = await openRunFolder(${JSON.stringify(folder)}, 'runs');
await startProgram({ program: '/bin/sh', args: ['-c', 'trap "" TERM; (setsid sh -c "echo \\\\$\\\\$ > stray; exec sleep 60") & echo $$ > pid; while :; do sleep 0.1; done'],
  folder: ${JSON.stringify(folder)}, environment: { PATH: process.env.PATH }, timeoutMs: 0, signal: new AbortController().signal, marker: folder.marker });
console.log('started');
setInterval(() => {}, 1000);`;
    await mkdir(join(folder, 'program'));
    await writeFile(join(folder, 'program', 'owner.mjs'), body);
    const owner = spawn(process.execPath, [join(folder, 'program', 'owner.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (owner.stdout === null) throw new Error('It has no output.');
    await once(owner.stdout, 'data');
    const pidOf = async (name: string) =>
      Number(await readFile(join(folder, name), 'utf8').catch(() => '0'));
    while ((await pidOf('pid')) === 0 || (await pidOf('stray')) === 0) await sleep(20);
    expect(await takeLeftovers(folder, 'runs')).toEqual([]);
    owner.kill('SIGKILL');
    await once(owner, 'close');
    expect(await isAtWork(await pidOf('pid'))).toBe(true);

    const left = await takeLeftovers(folder, 'runs');

    expect(left).toMatchObject([{ ended: expect.any(Number) }]);
    expect(left[0]?.ended).toBeGreaterThanOrEqual(2);
    for (const name of ['pid', 'stray']) expect(await isAtWork(await pidOf(name))).toBe(false);
  }, 30_000);
});
