/** Tells the story, and makes sure that it is true. */
import { isDeepStrictEqual } from 'node:util';
import { CliError } from '../errors.ts';
import type { Palette } from '../palette.ts';
import { type Cell, formatTable } from '../table.ts';

export interface Narrator {
  /** A numbered step. */
  step(title: string): void;
  say(...sentences: readonly string[]): void;
  table(headers: readonly string[], rows: readonly (readonly Cell[])[]): void;
  /**
   * Makes sure that what was told is what happened. Throws `DEMO_STEP_UNEXPECTED` when it is not: the demonstration never
   * pretends.
   */
  expect(what: string, found: unknown, expected: unknown): void;
  /** Steps told and expectations met so far. */
  readonly counts: () => { readonly steps: number; readonly checks: number };
}

export function createNarrator(options: {
  readonly write: (text: string) => void;
  readonly palette: Palette;
  /** Where the project is, for whoever wants to look at it. */
  readonly folder: string;
}): Narrator {
  const { write, palette, folder } = options;
  let steps = 0;
  let checks = 0;
  let title = '';
  let isAfterTable = false;
  return {
    step(text) {
      steps += 1;
      title = text;
      isAfterTable = false;
      write(`\n${palette.bold(`${steps}. ${text}`)}`);
    },
    say(...sentences) {
      for (const sentence of sentences) {
        write(`${isAfterTable ? '\n' : ''}${indent(sentence)}`);
        isAfterTable = false;
      }
    },
    table(headers, rows) {
      if (rows.length === 0) return;
      write(`\n${indent(formatTable(headers, rows, palette))}`);
      isAfterTable = true;
    },
    expect(what, found, expected) {
      checks += 1;
      if (isDeepStrictEqual(found, expected)) return;
      throw new CliError(
        'DEMO_STEP_UNEXPECTED',
        `In the step "${title}", ${what} should be ${JSON.stringify(expected)}, but is ${JSON.stringify(found)}.`,
        {
          hint: `The project is kept as it is now in ${folder}. This is a mistake of Lockstep: please report it with this message.`,
          details: { step: title, what, expected, found, folder },
        },
      );
    },
    counts: () => ({ steps, checks }),
  };
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `   ${line}`))
    .join('\n');
}
