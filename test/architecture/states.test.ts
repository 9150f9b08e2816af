import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listTransitions } from '../../config/index.ts';
import { listFiles, repositoryRoot } from './rooms.ts';

describe('the table of transitions', () => {
  let code = '';

  beforeAll(async () => {
    const files = (await listFiles('engine')).filter(
      (file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/u.test(file),
    );
    const texts = await Promise.all(
      files.map((file) => readFile(join(repositoryRoot, file), 'utf8')),
    );
    code = texts.join('\n');
  });

  // `closed` has a function of its own, which takes no cause.
  const causes = [...new Set(listTransitions().map(({ row }) => row.cause))].filter(
    (cause) => cause !== 'closed',
  );

  it.each(causes)('has no line that no code takes: %s', (cause) => {
    expect(code.includes(`'${cause}'`)).toBe(true);
  });
});
