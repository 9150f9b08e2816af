/** The language server in a configuration of 20,000 elements; how soon it answers is told by the bench. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countElements, generateConfiguration } from '../fixtures/config/large-configuration.ts';
import type { LanguageClient } from '../fixtures/language-server/client.ts';
import {
  ask,
  editedFile,
  openLargeConfiguration,
  questions,
  typeSomething,
} from '../fixtures/language-server/large-questions.ts';

describe('in a configuration of 20,000 elements', () => {
  let client: LanguageClient;
  beforeAll(async () => {
    client = await openLargeConfiguration();
  });
  afterAll(() => client?.[Symbol.asyncDispose]());

  it('is as large as it says', () => {
    const files = generateConfiguration(50);

    expect(files.length).toBeGreaterThanOrEqual(50);
    expect(countElements(files)).toBeGreaterThanOrEqual(20_000);
  });

  it.each(questions)('$what is answered right after a change', async (question) => {
    typeSomething(client);

    const answer = await ask(client, question);

    expect(JSON.stringify(answer ?? null).length).toBeGreaterThan(50);
  });

  it('the findings of other files follow', async () => {
    const other = 'conf/systems/s8.xml';
    await client.open(other);
    client.replace(
      editedFile,
      'Connection Identifier="S7Manual"',
      'Connection Identifier="S7Hand"',
    );
    client.replace(other, 'Connection="S8Manual"', 'Connection="S7Manual"');
    await client.until(other, (found) => found.length === 1);
    client.replace(
      editedFile,
      'Connection Identifier="S7Hand"',
      'Connection Identifier="S7Manual"',
    );
    await client.until(other, (found) => found.length === 0);

    expect(client.found(other)).toEqual([]);
  });
});
