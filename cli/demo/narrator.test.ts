import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { plainPalette } from '../palette.ts';
import { createNarrator, type Narrator } from './narrator.ts';

function listen(): { readonly narrator: Narrator; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(...text.split('\n'));
  return { narrator: createNarrator({ write, palette: plainPalette, folder: '/var/demo' }), lines };
}

describe('the narrator', () => {
  it('numbers steps, and sets what is said below them', () => {
    const { narrator, lines } = listen();

    narrator.step('Read');
    narrator.say('One.', 'Two.');
    narrator.table(['A'], [['x']]);
    narrator.say('Three.');
    narrator.step('Write');

    expect(lines).toEqual([
      ...['', '1. Read', '   One.', '   Two.', ''],
      ...['   A', '   x', '', '   Three.', '', '2. Write'],
    ]);
  });

  it('counts what came out as told', () => {
    const { narrator } = listen();
    narrator.step('Read');

    narrator.expect('the people', { a: [1] }, { a: [1] });

    expect(narrator.counts()).toEqual({ steps: 1, checks: 1 });
  });

  it('stops at the first thing that did not, and names step, wish and finding', () => {
    const { narrator } = listen();
    narrator.step('Read');

    const expectation = (): void => narrator.expect('the number of people', 3, 4);

    expect(expectation).toThrow(CliError);
    expect(expectation).toThrow('In the step "Read", the number of people should be 4, but is 3.');
  });
});
