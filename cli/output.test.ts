import { describe, expect, it } from 'vitest';
import { createOutput } from './output.ts';
import { watchStream } from './terminal.fixture.ts';

function open(options: { readonly isTTY?: boolean } = {}) {
  const stdout = watchStream();
  const stderr = watchStream(options);
  const output = createOutput(stdout, stderr, { environment: {}, now: () => 0 });
  return { stdout, stderr, output };
}

describe('output', () => {
  it('keeps results and notes apart', () => {
    const { stdout, stderr, output } = open();

    output.print('result');
    output.note('note');

    expect(stdout.text()).toBe('result\n');
    expect(stderr.text()).toBe('note\n');
  });

  it('adds no second line break', () => {
    const { stdout, output } = open();

    output.print('result\n');

    expect(stdout.text()).toBe('result\n');
  });

  it('goes on without a reader that has gone away', () => {
    const { stdout, output } = open();

    output.print('one');
    stdout.emitter.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    output.print('two');

    expect(stdout.text()).toBe('one\n');
  });

  it('keeps in mind that a result could not be written', async () => {
    const { stdout, output } = open();
    const failure = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' });

    expect(await output.readFailure()).toBeNull();
    stdout.emitter.emit('error', failure);

    expect(await output.readFailure()).toBe(failure);
  });

  it('does not stop for a log that cannot be written', async () => {
    const { stderr, output } = open();

    stderr.emitter.emit('error', Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }));
    output.note('lost');

    expect(stderr.text()).toBe('');
    expect(await output.readFailure()).toBeNull();
  });

  it('gives a terminal nothing that stands in data, and a file what there is', async () => {
    const bytes = new TextEncoder().encode('Zo\u00eb\u001b[2J\n');
    for (const isTTY of [true, false]) {
      const stdout = watchStream({ isTTY });
      const stderr = watchStream({ isTTY });
      const output = createOutput(stdout, stderr, { environment: {}, now: () => 0 });

      output.print(output.palette.bold('ID\u0007'));
      await output.writeResult('a\u001b[31mb\r\n');
      // In the middle of a character.
      await output.writeResult(bytes.slice(0, 3));
      await output.writeResult(bytes.slice(3));
      output.note('c\u009b2Jd');

      expect(stderr.text()).toBe(isTTY ? 'c·2Jd\n' : 'c\u009b2Jd\n');
      if (isTTY) expect(stdout.text()).toBe('\u001b[1mID·\u001b[22m\na·[31mb\r\nZo\u00eb·[2J\n');
      else expect(stdout.text()).toContain('a\u001b[31mb');
    }
  });

  it('leaves no progress line behind', async () => {
    const { stderr, output } = open({ isTTY: true });

    output.progress.report('a', 1, null);
    await output.readFailure();

    expect(stderr.text()).toBe('\r\u001b[2Ka: 1\r\u001b[2K');
  });

  it('takes the progress line off before anything else is written', () => {
    const { stderr, output } = open({ isTTY: true });

    output.progress.report('a', 1, null);
    output.note('note');

    expect(stderr.text()).toBe('\r\u001b[2Ka: 1\r\u001b[2Knote\n');
  });
});
