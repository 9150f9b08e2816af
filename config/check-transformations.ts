/** Checks what the type of a transformation asks for, so that an export does not fail on it. */
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { findNearestName } from './nearest-name.ts';
import { childrenNamed, type Declared, shorten, textOf } from './schema/declare.ts';
import { spanOfName } from './source/element-tree.ts';

export function checkTransformations(names: Names, findings: Findings): void {
  for (const connection of names.all('Connection')) {
    for (const transformation of childrenNamed(connection, 'Transformation')) {
      // A mistyped attribute may well be the one that is missing.
      if (!transformation.isSound) continue;
      checkTransformation(transformation, findings);
      checkTable(names, connection, transformation, findings);
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

/**
 * The table is one of the connection's, to the letter: its name, or its name and "_" before a suffix. One that never comes
 * would let rows through that a condition was to keep out, without a word.
 */
function checkTable(
  names: Names,
  connection: Declared,
  transformation: Declared,
  findings: Findings,
): void {
  const identifier = textOf(connection, 'Identifier') ?? '';
  const table = textOf(transformation, 'Table');
  if (table === undefined || table === identifier || table.startsWith(`${identifier}_`)) return;
  const mappings = [...names.all('EntityTypeMapping'), ...names.all('EntityAssociationMapping')];
  const tables = mappings
    .map((mapping) => textOf(mapping, 'ConnectionTable') ?? '')
    .filter((name) => name === identifier || name.startsWith(`${identifier}_`));
  const nearest = findNearestName(table, [identifier, ...tables]);
  findings.report(spanOf(transformation, 'Table'), {
    code: 'CONFIG_TRANSFORMATION_WITHOUT_TABLE',
    severity: 'warning',
    message: `This transformation never does anything: the connection "${shorten(identifier)}" has no table "${shorten(table)}".`,
    hint:
      nearest === undefined
        ? 'Tables are named after their connection, alone or with "_" and a suffix; letter case counts.'
        : `Did you mean "${nearest}"? Letter case counts.`,
  });
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
