/** How passwords of accounts are made and who is told of them, as the engine reads it. */
import type { Position } from './errors.ts';
import type { CompiledExpression } from './expression/values.ts';

/** Attributes that lead from the owner of an account to addresses and names. */
export const passwordBindings = [
  'BeneficiaryEmailBinding',
  'BeneficiaryFullNameBinding',
  'NotifiedEmailBinding',
  'NotifiedFullNameBinding',
] as const;
export type PasswordBinding = (typeof passwordBindings)[number];

export interface PasswordReset {
  readonly identifier: string;
  readonly mode: 'Disabled' | 'One-Way' | 'Two-Way';
  /** Made by chance; otherwise `defaultPassword`. */
  readonly isGenerated: boolean;
  /** `env:NAME` or `file:path`. */
  readonly defaultPassword?: string;
  readonly generated: {
    readonly length: number;
    readonly lowerCase: number;
    readonly upperCase: number;
    readonly digits: number;
    readonly symbols: number;
  };
  /** Regular expressions; each must be found in a password. */
  readonly strengthChecks: readonly string[];
  readonly mustChange: boolean;
  /** A mail tells the password. */
  readonly notifies: boolean;
  readonly notificationCc: readonly string[];
  /** Rooted at the owners of the resource type whose mapping names the settings. */
  readonly bindings: Readonly<Partial<Record<PasswordBinding, CompiledExpression>>>;
  readonly at: Position;
}

/** New accounts get a password. */
export function makesPasswords(settings: PasswordReset): boolean {
  return settings.isGenerated || settings.defaultPassword !== undefined;
}

export type SplitChecks =
  | { readonly status: 'read'; readonly expressions: readonly string[] }
  | { readonly status: 'rejected'; readonly message: string };

/**
 * The expressions of `StrengthCheck`: `"[A-Z]","[0-9]"`, in double or single quotes, a quote inside doubled or behind a
 * backslash. A text that does not begin with a quote is one expression as a whole.
 */
export function splitStrengthCheck(text: string): SplitChecks {
  const rest = text.trim();
  if (rest === '') return { status: 'read', expressions: [] };
  const first = rest.charAt(0);
  if (first !== '"' && first !== "'") return { status: 'read', expressions: [rest] };
  const expressions: string[] = [];
  let place = 0;
  for (;;) {
    const item = /\s*(?:"((?:[^"\\]|\\.|"")*)"|'((?:[^'\\]|\\.|'')*)')\s*/y;
    item.lastIndex = place;
    const found = item.exec(rest);
    if (found === null) return rejected;
    const [, double, single] = found;
    expressions.push(
      double === undefined
        ? (single ?? '').replaceAll("''", "'").replaceAll("\\'", "'")
        : double.replaceAll('""', '"').replaceAll('\\"', '"'),
    );
    place = item.lastIndex;
    if (place === rest.length) break;
    if (rest.charAt(place) !== ',') return rejected;
    place += 1;
  }
  return { status: 'read', expressions: expressions.filter((each) => each !== '') };
}

const rejected: SplitChecks = {
  status: 'rejected',
  message: 'The list of expressions cannot be read: each stands in quotes, with commas between.',
};
