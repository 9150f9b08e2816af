/** Text from outside made safe and measurable for a terminal. */

/**
 * Text on one line: line breaks and tabs become visible signs, other control characters (which could move the cursor,
 * ring the bell or rewrite lines above) and signs that turn the direction of text become a dot.
 */
export function toPrintableLine(text: string): string {
  return text
    .replace(/\r\n|[\r\n\u2028\u2029]/gu, '⏎')
    .replace(/\t/gu, ' ')
    .replace(/[\p{Cc}\p{Bidi_Control}\u200b\ufeff]/gu, '·');
}

/** The same for text of several lines, which keep their breaks and tabs. */
export function toPrintableText(text: string): string {
  return text
    .split(/\r\n|\r|\n/u)
    .map(keepTabs)
    .join('\n');
}

function keepTabs(line: string): string {
  return line.split('\t').map(toPrintableLine).join('\t');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const active = /\u001b\[(?:1|2|22|31|32|33|39)m|\r\n|[\p{Cc}\p{Bidi_Control}]/gu;

/**
 * Text as it is, but for what a terminal would act on: control characters and signs that turn the direction of text become
 * a dot. `hasColours`: those of our own palette stay.
 */
export function toTerminalText(text: string, hasColours: boolean): string {
  return text.replace(active, (found) => {
    if (found === '\n' || found === '\t' || found === '\r\n') return found;
    if (found.length === 1) return '·';
    return hasColours ? found : `·${found.slice(1)}`;
  });
}

/** Columns a text takes in a terminal: combining marks none, wide characters of East Asia and emoji two. */
export function displayWidth(text: string): number {
  // ASCII is the ordinary case.
  if (/^[\x20-\x7e]*$/u.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}|\p{Default_Ignorable_Code_Point}/u.test(character)) continue;
    const isWide =
      /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u.test(
        character,
      );
    width += isWide ? 2 : 1;
  }
  return width;
}

/** The text cut to `width` columns, with a sign where it was cut. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += displayWidth(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
