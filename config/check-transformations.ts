/** Checks what the type of a transformation asks for, so that an export does not fail on it. */
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { childrenNamed, type Declared, shorten, textOf } from './schema/declare.ts';
import { spanOfName } from './source/element-tree.ts';

export function checkTransformations(names: Names, findings: Findings): void {
  for (const connection of names.all('Connection')) {
    for (const transformation of childrenNamed(connection, 'Transformation')) {
      // A mistyped attribute may well be the one that is missing.
      if (transformation.isSound) checkTransformation(transformation, findings);
    }
  }
}

function checkTransformation(declared: Declared, findings: Findings): void {
  const type = textOf(declared, 'Type') ?? '';
  const missing = columnsOf(type, declared).filter((name) => !declared.written.has(name));
  if (missing.length > 0) {
    findings.report(spanOfName(declared.source), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: `A Transformation of type ${type} needs ${missing.join(' and ')}.`,
      hint: 'Name columns of the exported table, as they are spelled there.',
    });
  }
  const pattern = textOf(declared, 'WhereValue') ?? '';
  if (textOf(declared, 'WhereOperator') === 'Regex' && !isPattern(pattern)) {
    findings.report(spanOf(declared, 'WhereValue'), {
      code: 'CONFIG_VALUE_INVALID',
      message: `"${shorten(pattern)}" is not a regular expression.`,
      hint: 'Close every bracket; characters with a meaning of their own are written with "\\" before them.',
    });
  }
}

function columnsOf(type: string, declared: Declared): readonly string[] {
  if (type === 'ConcatColumns') return ['Column', 'InputColumn'];
  return type === 'TransformDate' && declared.written.has('InputColumn') ? [] : ['Column'];
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    // Its message speaks of JavaScript; the place says enough.
    return false;
  }
}
