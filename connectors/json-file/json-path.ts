/** Paths through JSON: `people.*.contact.mail`. `*` is each element of a list, `^` the row above; `\` takes away the meaning. */
import { ConnectorError } from '../spi/errors.ts';

export type PathStep =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'each' }
  | { readonly kind: 'up' };

/** The steps of a path; none for the empty path. Throws `invalid-value` for an empty name, a lone `\`, and `^` past the start. */
export function parsePath(text: string, setting: string): readonly PathStep[] {
  if (text === '') return [];
  const steps: PathStep[] = [];
  for (const part of splitPath(text)) {
    const step = toStep(part);
    const isLate = step?.kind === 'up' && steps.some(({ kind }) => kind !== 'up');
    if (step === undefined || isLate) {
      throw new ConnectorError('invalid-value', `The path "${text}" of ${setting} is no path.`, {
        hint: 'Join names of members with dots; write \\. for a dot in a name, * for each element, ^ at the start for the row above.',
        details: { setting, path: text },
      });
    }
    steps.push(step);
  }
  return steps;
}

/** Parts as written, escapes kept. */
function splitPath(text: string): readonly string[] {
  return text.match(/(?:\\.|[^.\\]|\\$)+|(?<=^|\.)(?=\.|$)/gsu) ?? [];
}

function toStep(part: string): PathStep | undefined {
  if (part === '*') return { kind: 'each' };
  if (part === '^') return { kind: 'up' };
  if (part === '' || /(?<!\\)(?:\\\\)*\\$/u.test(part)) return undefined;
  return { kind: 'member', name: part.replace(/\\(.)/gsu, '$1') };
}

/** The path step of a member, escaped where its name needs it. */
export function formatMember(name: string): string {
  const escaped = name.replace(/[\\.]/gu, '\\$&');
  return escaped === '*' || escaped === '^' ? `\\${escaped}` : escaped;
}
