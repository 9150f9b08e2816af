/** Secrets in what programs print: found by value, in the forms in which programs repeat them. */

/** Shorter values would blacken ordinary words. */
const shortest = 3;

/** A function that puts `[secret]` in the place of every one of the values, also when it is escaped or encoded. */
export function createRedaction(secrets: readonly string[]): (text: string) => string {
  const forms = [...new Set(secrets.flatMap(formsOf))]
    .filter((form) => form.length >= shortest)
    // A value that holds another one goes first, or its rest would stay.
    .sort((left, right) => right.length - left.length);
  if (forms.length === 0) return (text) => text;
  return (text) => {
    let clean = text;
    for (const form of forms) {
      if (clean.includes(form)) clean = clean.replaceAll(form, '[secret]');
    }
    return clean;
  };
}

/** The longest text that may stand for one of the values. */
export function longestForm(secrets: readonly string[]): number {
  return Math.max(0, ...secrets.flatMap(formsOf).map((form) => form.length));
}

function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    escapeNonAscii(json),
    encodeURIComponent(secret.toWellFormed()),
    Buffer.from(secret, 'utf8').toString('base64'),
    Buffer.from(secret, 'utf16le').toString('base64'),
    // A program that prints it prints it line by line.
    ...(secret.includes('\n') ? secret.split(/\r?\n/).filter((line) => line.length >= 6) : []),
  ];
}

/** JSON that every console encoding reads alike: what is not ASCII as `\uXXXX`. */
export function escapeNonAscii(json: string): string {
  return json.replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
