/**
 * JSON files that carry their own digest: `"seal"` comes first and is the SHA-256 of the text with 64 zeros in its place. It
 * tells an edited or damaged file from the one that was written; who wants to forge one needs no key, so where it matters the
 * seal is kept in a second place as well.
 */
import { createHash } from 'node:crypto';

const openSeal = '0'.repeat(64);
const sealAtStart = /^\{\s*"seal": ?"([0-9a-f]{64})"/;

/** The text of the file, with a line end, and its seal; one that the value has from a former time is left out. */
export function sealJson(
  value: object,
  indent?: number,
): { readonly text: string; readonly seal: string } {
  const open = `${JSON.stringify(Object.assign({ seal: openSeal }, value, { seal: openSeal }), undefined, indent)}\n`;
  const seal = hashText(open);
  // A function, so that nothing in a seal could ever be taken for a pattern; the first zeros are the seal's own.
  return { text: open.replace(openSeal, () => seal), seal };
}

/** The seal of a text that is as it was sealed; `null` for any other text. */
export function checkSeal(text: string): string | null {
  const found = sealAtStart.exec(text)?.[1];
  if (found === undefined) return null;
  return hashText(text.replace(found, openSeal)) === found ? found : null;
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
