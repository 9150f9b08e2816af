/** Arguments with placeholders in braces. What is filled in stays one argument, whatever it holds. */
import { ConnectorError } from '../spi/errors.ts';

/** One argument: text, and names of what stands between. */
type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string };

export type Argument = readonly Part[];

/** Throws `invalid-value` for a brace without its other half, and for a name that `isKnown` does not know. */
export function parseArgument(
  text: string,
  isKnown: (name: string) => boolean,
  setting: string,
): Argument {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) });
    at = match.index + match[0].length;
    const name = match[1];
    if (match[0] === '{{' || match[0] === '}}')
      parts.push({ kind: 'text', text: match[0][0] ?? '' });
    else if (name === undefined) throw describeBrace(setting);
    else if (!isKnown(name)) throw describeUnknown(name, setting);
    else parts.push({ kind: 'name', name });
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

export function namesIn(argument: Argument): readonly string[] {
  return argument.flatMap((part) => (part.kind === 'name' ? [part.name] : []));
}

/**
 * The arguments of one start. A value that would begin an argument with `-` is refused: the program would take it for one of
 * its options; behind the argument `--` it cannot. Throws `invalid-value`, without the value.
 */
export function fillArguments(
  list: readonly Argument[],
  readValue: (name: string) => string | null,
): readonly string[] {
  let isBehindDashes = false;
  return list.map((argument) => {
    let filled = '';
    for (const part of argument) {
      const text = part.kind === 'text' ? part.text : (readValue(part.name) ?? '');
      const name = part.kind === 'name' ? part.name : undefined;
      if (text.includes('\0')) throw describeNul(name ?? '');
      const isOption = filled === '' && name !== undefined && /^-./s.test(text);
      if (isOption && !isBehindDashes) throw describeOption(name);
      filled += text;
    }
    if (filled === '--') isBehindDashes = true;
    return filled;
  });
}

function describeBrace(setting: string): ConnectorError {
  return new ConnectorError('invalid-value', `An argument in ${setting} has a lone brace.`, {
    hint: 'Write two braces for one, or close the placeholder.',
  });
}

function describeUnknown(name: string, setting: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `The placeholder {${name}} in ${setting} is not known.`,
    {
      hint: 'The README of the package lists them. Write two braces for one.',
      details: { placeholder: name },
    },
  );
}

function describeNul(name: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `The value of {${name}} holds a NUL character, which no argument can.`,
    { hint: 'Correct the value, or let the program read the order on its standard input.' },
  );
}

function describeOption(name: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `The value of {${name}} begins with "-": the program would take it for one of its options.`,
    {
      hint: 'Put "--" before it where the program knows that, write it as "--name={…}", or let the program read the order on its standard input.',
    },
  );
}
