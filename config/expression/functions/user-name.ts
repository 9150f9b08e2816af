/** Names of accounts built from names of people. */
import { simplifyForUsername } from './diacritics.ts';

interface UsernameParts {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly separator: string | null;
  readonly suffix: string | null;
  readonly iteration: number | null;
}

/** Simplified first name, separator, simplified last name, iteration when above 0, suffix; `null` without any name. */
export function buildUsername(parts: UsernameParts): string | null {
  const firstName = simplifyForUsername(parts.firstName ?? '');
  const lastName = simplifyForUsername(parts.lastName ?? '');
  const name = join(firstName, parts.separator, lastName);
  return name === '' ? null : name + numberOf(parts.iteration ?? 0) + (parts.suffix ?? '');
}

/**
 * Initials of the first name (one per hyphenated part), separator, last name, suffix; all but the suffix is shortened so
 * that the whole fits `maxLength`. An iteration takes that many more letters of the first name; when those are used up
 * the rest becomes a number.
 */
export function buildUsernameWithInitials(
  parts: UsernameParts & { readonly maxLength: number | null },
): string | null {
  const words = (parts.firstName ?? '').split(/[\s-]+/u).map(simplifyForUsername);
  const initials = words.map((word) => word.charAt(0)).join('');
  const lastName = simplifyForUsername(parts.lastName ?? '');
  const iteration = Math.max(0, parts.iteration ?? 0);
  const spareLetters = (words.at(-1) ?? '').slice(1);
  const letters = initials + spareLetters.slice(0, iteration);
  const number = numberOf(iteration - Math.min(iteration, spareLetters.length));
  const name = join(letters, parts.separator, lastName);
  if (name === '') return null;
  const tail = number + (parts.suffix ?? '');
  if (parts.maxLength === null || parts.maxLength <= 0) return name + tail;
  const room = Math.max(0, parts.maxLength - tail.length);
  return (name.slice(0, room) + tail).slice(0, parts.maxLength);
}

function join(first: string, separator: string | null, last: string): string {
  return first === '' || last === '' ? first + last : first + (separator ?? '') + last;
}

function numberOf(value: number): string {
  return value > 0 ? String(value) : '';
}
