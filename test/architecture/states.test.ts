import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listTransitions } from '../../config/index.ts';
import { expectedTransitions } from '../contract/expected-transitions.ts';
import { listFiles, repositoryRoot } from './rooms.ts';

describe('the table of transitions', () => {
  let code = '';
  let tests = '';

  beforeAll(async () => {
    const files = (await listFiles('engine')).filter((file) => file.endsWith('.ts'));
    const read = async (chosen: readonly string[]): Promise<string> => {
      const texts = chosen.map((file) => readFile(join(repositoryRoot, file), 'utf8'));
      return (await Promise.all(texts)).join('\n');
    };
    code = await read(files.filter((file) => !/\.(test|fixture)\.ts$/u.test(file)));
    tests = await read(files.filter((file) => file.endsWith('.test.ts')));
  });

  // `closed` has a function of its own, which takes no cause.
  const causes = [...new Set(listTransitions().map(({ row }) => row.cause))].filter(
    (cause) => cause !== 'closed',
  );

  it.each(causes)('has no line that no code takes: %s', (cause) => {
    expect(code.includes(`'${cause}'`)).toBe(true);
  });

  const drivers = [...new Set(expectedTransitions.map(({ drivenBy }) => drivenBy))];

  it.each(drivers)('has a test that drives the code through what it names %s', (driver) => {
    expect(tests.includes(`transitionsDrivenBy('${driver}')`)).toBe(true);
  });
});
