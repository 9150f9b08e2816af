/** Documents as JSON text. */

/**
 * Indented JSON. What JSON leaves as it is and a terminal would act on (control characters past ASCII, signs that turn the
 * direction of text) is written as its number, which every reader of JSON takes for the same.
 */
export function formatJson(document: unknown): string {
  return escapeActive(JSON.stringify(document, null, 2));
}

/** The same on one line: a part of a document that is written piece by piece. */
export function formatJsonLine(value: unknown): string {
  return escapeActive(JSON.stringify(value));
}

function escapeActive(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
