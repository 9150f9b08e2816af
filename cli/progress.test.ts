import { describe, expect, it } from 'vitest';
import { createProgress, type ProgressDisplay } from './progress.ts';

const erase = '\r\u001b[2K';

function watch(isTerminal: boolean, columns = 80) {
  const written: string[] = [];
  let time = 1_000_000;
  const display = createProgress({
    write: (text) => written.push(text),
    isTerminal,
    columns: () => columns,
    now: () => time,
  });
  return {
    display,
    written,
    wait: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

function reportAfter(
  display: ProgressDisplay,
  wait: (milliseconds: number) => void,
  reports: readonly (readonly [number, string, number, number | null])[],
): void {
  for (const [milliseconds, task, done, total] of reports) {
    wait(milliseconds);
    display.report(task, done, total);
  }
}

describe('progress on a terminal', () => {
  it('redraws one line, at most ten times a second', () => {
    const { display, written, wait } = watch(true);

    reportAfter(display, wait, [
      [0, 'export HR', 1_000, null],
      [50, 'export HR', 2_000, null],
      [60, 'export HR', 12_000, null],
    ]);

    expect(written).toEqual([`${erase}export HR: 1 000`, `${erase}export HR: 12 000`]);
  });

  it('shows a bar when the whole is known, and takes it away at the end', () => {
    const { display, written, wait } = watch(true);

    reportAfter(display, wait, [
      [0, 'fulfil AD', 5, 20],
      [200, 'fulfil AD', 20, 20],
    ]);

    expect(written[0]).toBe(`${erase}fulfil AD [#####...............]  25 % (5 of 20)`);
    expect(written[1]).toBe(erase);
  });

  it('shares the line between tasks, and forgets those that fell silent', () => {
    const { display, written, wait } = watch(true);

    reportAfter(display, wait, [
      [0, 'a', 1, null],
      [200, 'b', 2, null],
      [4_000, 'b', 3, null],
    ]);

    expect(written).toEqual([`${erase}a: 1`, `${erase}a: 1 · b: 2`, `${erase}b: 3`]);
  });

  it('never fills the last column', () => {
    const { display, written } = watch(true, 10);

    display.report('a very long name', 1, null);

    expect(written[0]).toBe(`${erase}a very l…`);
  });

  it('makes way, once, for other text', () => {
    const { display, written } = watch(true);

    display.report('a', 1, null);
    display.clear();
    display.clear();

    expect(written.slice(1)).toEqual([erase]);
  });

  it('does not let a name move the cursor', () => {
    const { display, written } = watch(true);

    display.report('a\u001b[5A\nb', 1, null);

    expect(written[0]).toBe(`${erase}a·[5A⏎b: 1`);
  });
});

describe('progress elsewhere', () => {
  it('says nothing of short work, and then one line in five seconds', () => {
    const { display, written, wait } = watch(false);

    reportAfter(display, wait, [
      [0, 'a', 1, null],
      [4_999, 'a', 2, null],
      [1, 'a', 3, null],
      [100, 'b', 4, 8],
      [5_000, 'b', 6, 8],
    ]);

    expect(written).toEqual(['a: 3\n', 'b [###############.....]  75 % (6 of 8)\n']);
  });
});
