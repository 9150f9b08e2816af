/** Colours, where a person sees them and wants them. */
import type { Environment } from '../config/index.ts';

export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
}

const keep = (text: string): string => text;

/** Leaves text as it is. */
export const plainPalette: Palette = {
  bold: keep,
  dim: keep,
  red: keep,
  yellow: keep,
  green: keep,
};

/** Plain when the stream is no terminal, for a dumb one, and when `NO_COLOR` is set (https://no-color.org). */
export function createPalette(isTerminal: boolean, environment: Environment): Palette {
  const isUnwanted = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  if (!isTerminal || isUnwanted) return plainPalette;
  const wrap = (open: number, close: number) => (text: string) =>
    `\u001b[${open}m${text}\u001b[${close}m`;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    yellow: wrap(33, 39),
    green: wrap(32, 39),
  };
}
