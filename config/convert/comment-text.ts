/**
 * What one form can say in a comment and the other cannot, written with a backslash more and read with one less, so that a
 * comment comes back as it was: `--` in XML, the end of a comment and processing instructions in JSON.
 */

/** XML comments may not hold `--`: it is written `-\-`. */
export function toXmlComment(line: string): string {
  return line.replace(/-(\\*)(?=-)/g, '-$1\\');
}

export function fromXmlComment(line: string): string {
  return line.replace(/-\\(\\*)(?=-)/g, '-$1');
}

/** Block comments of JSON end at the first star with a slash: a backslash is put between them. */
export function toBlockComment(line: string): string {
  return line.replace(/\*(\\*)\//g, '*$1\\/');
}

export function fromBlockComment(line: string): string {
  return line.replace(/\*\\(\\*)\//g, '*$1/');
}

/** JSON has no processing instructions: they are comments of the form `<?…?>`, and a comment that looks so gets a backslash. */
export function toMarkedComment(line: string): string {
  return looksLikeInstruction(line) ? `\\${line}` : line;
}

export function fromMarkedComment(line: string): string {
  return line.startsWith('\\') && looksLikeInstruction(line.slice(1)) ? line.slice(1) : line;
}

/** The inside of `<?…?>` when a comment of JSON stands for a processing instruction. */
export function instructionIn(line: string): string | undefined {
  const inside = /^<\?((?!xml[\s?])[A-Za-z_][\w.-]*(?:\s.*)?)\?>$/is.exec(line)?.[1];
  return inside === undefined || inside.includes('?>') ? undefined : inside.trimEnd();
}

function looksLikeInstruction(line: string): boolean {
  return /^\\*<\?/.test(line);
}
