import { describe, expect, it } from 'vitest';
import { Secret } from '../config/index.ts';
import { createLogger, formatLogLine } from './log.ts';
import { plainPalette } from './palette.ts';

function log(isTerminal: boolean, level: 'debug' | 'warn' = 'warn') {
  const written: string[] = [];
  const logger = createLogger({
    level,
    isTerminal,
    palette: plainPalette,
    write: (text) => written.push(text),
  });
  return { logger, written };
}

describe('log', () => {
  it('is JSON when nobody watches', () => {
    const { logger, written } = log(false);

    logger.warn({ connector: 'HR', rows: 12 }, 'Rows were set aside.');

    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      level: 'warn',
      connector: 'HR',
      rows: 12,
      msg: 'Rows were set aside.',
    });
  });

  it('is one short line on a terminal', () => {
    const { logger, written } = log(true);

    logger.error({ code: 'STORE_FULL', job: 'a\nb' }, 'It failed.');

    expect(written.join('')).toMatch(
      /^\d\d:\d\d:\d\d error It failed\. code=STORE_FULL job=a⏎b\n$/u,
    );
  });

  it('leaves out what is below its level', () => {
    const { logger, written } = log(true);

    logger.info({}, 'A task starts.');

    expect(written).toEqual([]);
  });

  it('never shows a secret', () => {
    const { logger, written } = log(false, 'debug');

    logger.debug({ settings: { password: new Secret('hunter2') } }, 'Settings.');

    expect(written.join('')).not.toContain('hunter2');
  });

  it('passes on what it cannot read', () => {
    expect(formatLogLine('not json\n', plainPalette)).toBe('not json\n');
  });
});
