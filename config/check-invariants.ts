/** Checks invariants: that each protects something. */
import { splitValues } from './check-data-tests.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { type Declared, describeElement, textOf } from './schema/declare.ts';
import {
  invariantElements,
  maximumChange,
  protectedResources,
  requiredMembers,
} from './schema/invariant-elements.ts';
import { spanOfName } from './source/element-tree.ts';

export function checkInvariants(names: Names, findings: Findings): void {
  for (const { name } of invariantElements) {
    for (const declared of names.all(name)) {
      if (!declared.isSound) continue;
      checkKeys(findings, declared);
      checkMissing(findings, declared);
    }
  }
}

/** A list of separators alone names nobody. */
function checkKeys(findings: Findings, declared: Declared): void {
  for (const attribute of ['Keys', 'Members']) {
    const written = declared.written.get(attribute);
    if (written === undefined) continue;
    if (splitValues(written.value, textOf(declared, 'Separator')).length > 0) continue;
    findings.report(spanOf(declared, attribute), {
      code: 'CONFIG_INVARIANT_EMPTY',
      message: `${attribute} of ${describeElement(declared.source)} names no resource.`,
      hint: 'Give one key or more, separated by ";", or leave the attribute out where it may be absent.',
    });
  }
}

/** Of these attributes at least one says what the invariant is about. */
const needed: Readonly<Record<string, readonly string[]>> = {
  [protectedResources.name]: ['Keys', 'Where'],
  [requiredMembers.name]: ['Members', 'Self'],
  [maximumChange.name]: ['Maximum', 'MaximumPercent'],
};

function checkMissing(findings: Findings, declared: Declared): void {
  const attributes = needed[declared.definition.name];
  if (attributes === undefined) return;
  if (attributes.some((name) => (textOf(declared, name) ?? 'false') !== 'false')) return;
  findings.report(spanOfName(declared.source), {
    code: 'CONFIG_INVARIANT_EMPTY',
    message: `${describeElement(declared.source)} forbids nothing.`,
    hint: `Give ${attributes.join(' or ')}.`,
  });
}
