/** Passwords by counts of characters of each kind. */

/** How many characters of each kind; `length` counts all of them. */
export interface PasswordRecipe {
  readonly digits: number;
  readonly lowerCase: number;
  readonly upperCase: number;
  readonly symbols: number;
  readonly length: number;
}

/** Without space, quotes and backslash, which shells, files and forms treat in their own ways. */
export const passwordSymbols = '!#$%&()*+-./:;<=>?@[]^_{}~';
const digits = '0123456789';
const lowerCase = 'abcdefghijklmnopqrstuvwxyz';
const upperCase = lowerCase.toUpperCase();

/**
 * As many characters of each kind as the recipe says, at least, in random order. A length below their sum counts as the sum; above it,
 * characters of the kinds asked for fill up. Without any kind all are lower-case letters. Empty when nothing is asked for.
 * `random(n)` gives a whole number below n, each with the same probability; only cryptographic sources will do.
 */
export function generatePassword(
  recipe: PasswordRecipe,
  random: (below: number) => number,
): string {
  const kinds = [
    { count: recipe.digits, alphabet: digits },
    { count: recipe.lowerCase, alphabet: lowerCase },
    { count: recipe.upperCase, alphabet: upperCase },
    { count: recipe.symbols, alphabet: passwordSymbols },
  ];
  const draw = (alphabet: string): string => alphabet.charAt(random(alphabet.length));
  const characters = kinds.flatMap(({ count, alphabet }) =>
    Array.from({ length: count }, () => draw(alphabet)),
  );
  const asked = kinds.filter(({ count }) => count > 0).map(({ alphabet }) => alphabet);
  const rest = asked.length === 0 ? lowerCase : asked.join('');
  while (characters.length < recipe.length) characters.push(draw(rest));
  return shuffle(characters, random).join('');
}

/** Fisher and Yates: each order has the same probability. */
function shuffle(characters: readonly string[], random: (below: number) => number): string[] {
  const shuffled = [...characters];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = random(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? '', shuffled[last] ?? ''];
  }
  return shuffled;
}
