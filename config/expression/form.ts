/** Tells the forms of an expression text apart. */

export interface Argument {
  readonly text: string;
  readonly offset: number;
}

export type ExpressionForm =
  | { readonly kind: 'literal'; readonly text: string; readonly offset: number }
  | {
      readonly kind: 'code';
      /** Name of the parameter, when there is one. */
      readonly parameter?: string;
      readonly body: string;
      readonly offset: number;
    }
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly offset: number;
      readonly arguments: readonly Argument[];
    };

const parameterStart = /^\s*([\p{L}_][\p{L}\p{N}_]*):(?!:)/u;

/** True for `C#:…`, in any case. */
export function isCode(text: string): boolean {
  return /^\s*c#:/i.test(text);
}

/**
 * Reads `Literal:…`, `C#:…` (prefixes in any case) or `Name:arg2|arg3`. Only an identifier immediately followed by `:` is
 * the parameter of code; arguments of a function begin after the first `:`, so that a date format may hold one.
 */
export function readForm(text: string): ExpressionForm {
  const literal = /^\s*literal:/i.exec(text);
  if (literal !== null) {
    const offset = literal[0].length;
    return { kind: 'literal', text: text.slice(offset), offset };
  }
  const code = /^\s*c#:/i.exec(text);
  if (code !== null) return readCode(text, code[0].length);
  return readFunction(text);
}

function readCode(text: string, start: number): ExpressionForm {
  const rest = text.slice(start);
  const parameter = parameterStart.exec(rest);
  if (parameter === null || parameter[1] === undefined) {
    return { kind: 'code', body: rest, offset: start };
  }
  const offset = start + parameter[0].length;
  return { kind: 'code', parameter: parameter[1], body: text.slice(offset), offset };
}

function readFunction(text: string): ExpressionForm {
  const colon = text.indexOf(':');
  const nameText = colon < 0 ? text : text.slice(0, colon);
  const name = nameText.trim();
  const offset = name === '' ? 0 : nameText.indexOf(name);
  if (colon < 0) return { kind: 'function', name, offset, arguments: [] };
  const parts: Argument[] = [];
  let at = colon + 1;
  for (const part of text.slice(at).split('|')) {
    parts.push({ text: part, offset: at });
    at += part.length + 1;
  }
  return { kind: 'function', name, offset, arguments: parts };
}
