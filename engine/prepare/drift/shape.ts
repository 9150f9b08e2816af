/** What a value looks like without saying what it is: `2020-01-31` and `2019-12-01` are both `dddd-dd-dd`. */

const maxShape = 24;

/** Digits become `d`, runs of letters `a`, `A` or `Aa` by their case, white space a blank; everything else stays. Cut after 24 characters. */
export function describeShape(text: string): string {
  const shape = text
    .slice(0, 200)
    .replaceAll(/\p{L}[\p{L}\p{M}]*/gu, describeCase)
    .replaceAll(/\p{Nd}/gu, 'd')
    .replaceAll(/\s/g, ' ');
  return shape.length > maxShape ? `${shape.slice(0, maxShape)}…` : shape;
}

function describeCase(word: string): string {
  if (word === word.toLowerCase()) return 'a';
  return word === word.toUpperCase() ? 'A' : 'Aa';
}

/** The most frequent of some texts and its share; `null` for none. Of equally frequent ones the first in order of text. */
export function findDominant(
  texts: readonly string[],
): { readonly text: string; readonly share: number } | null {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  let best: { text: string; count: number } | undefined;
  for (const [text, count] of counts) {
    if (best === undefined || count > best.count || (count === best.count && text < best.text))
      best = { text, count };
  }
  return best === undefined ? null : { text: best.text, share: best.count / texts.length };
}
