/** Makes code that stops at a cursor readable: a name where the cursor is, and an end to all that is open. */

/** The name put where the cursor is. */
export const placeholder = '__cursor__';

/** `keptLength` characters of the text are the author's own. */
interface CompletedCode {
  readonly text: string;
  readonly keptLength: number;
}

/** The code up to the cursor, completed; `undefined` inside a text or a comment, where no name can stand. */
export function completeCode(body: string, cursor: number): CompletedCode | undefined {
  const written = /[\p{L}_][\p{L}\p{N}_]*$/u.exec(body.slice(0, cursor))?.[0] ?? '';
  const kept = body.slice(0, cursor - written.length);
  const closers = findClosers(kept);
  if (closers === undefined) return undefined;
  return {
    text: `${kept}${placeholder}${closers.toReversed().join('')};`,
    keptLength: kept.length,
  };
}

/** What must close the brackets that are open at the end, outermost first; `undefined` inside a text or a comment. */
function findClosers(code: string): readonly string[] | undefined {
  const open: string[] = [];
  let at = 0;
  while (at < code.length) {
    const rest = code.slice(at, at + 3);
    const character = code.charAt(at);
    if (rest.startsWith('//')) return undefined;
    if (rest.startsWith('/*')) {
      const end = code.indexOf('*/', at + 2);
      if (end < 0) return undefined;
      at = end + 2;
      continue;
    }
    const start = /^(?:\$@|@\$|[$@])?"/.exec(rest)?.[0];
    if (start !== undefined) {
      const next = skipText(code, at + start.length, start, open);
      if (next === undefined) return undefined;
      at = next;
      continue;
    }
    if (character === "'") {
      const end = code.indexOf("'", code.charAt(at + 1) === '\\' ? at + 3 : at + 2);
      if (end < 0) return undefined;
      at = end + 1;
      continue;
    }
    if (character === '(') open.push(')');
    else if (character === '[') open.push(']');
    else if (character === '{') open.push(isInitializer(code.slice(0, at)) ? '}' : ';}');
    else if (character === ')' || character === ']') open.pop();
    else if (character === '}') {
      const closed = open.pop();
      if (closed?.startsWith('}"') === true) {
        // Back in the text whose hole this was.
        const next = skipText(code, at + 1, closed.slice(2), open);
        if (next === undefined) return undefined;
        at = next;
        continue;
      }
    }
    at++;
  }
  return open.map((closer) => (closer.startsWith('}"') ? '}"' : closer));
}

/** The offset behind a text, or behind the `{` of a hole in it, which is then open. */
function skipText(code: string, from: number, start: string, open: string[]): number | undefined {
  const isVerbatim = start.includes('@');
  const isInterpolated = start.includes('$');
  for (let at = from; at < code.length; at++) {
    const character = code.charAt(at);
    const next = code.charAt(at + 1);
    if (character === '\\' && !isVerbatim) at++;
    else if (character === '"') {
      if (!(isVerbatim && next === '"')) return at + 1;
      at++;
    } else if (character === '{' && isInterpolated) {
      if (next === '{') at++;
      else {
        open.push(`}"${start}`);
        return at + 1;
      }
    }
  }
  return undefined;
}

function isInitializer(before: string): boolean {
  return /\bnew\s*(?:[\w.<>,?\s[\]]*(?:\([^()]*\))?)?\s*$|[,{]\s*$/.test(before);
}
