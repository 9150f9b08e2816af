/** Checks settings of passwords: that the strength asked for can be read and met, and that no secret is written out. */
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { compilePattern, describePatternError } from './match-pattern.ts';
import { splitStrengthCheck } from './password-reset.ts';
import { isWellFormed, parseReference } from './project/setting-reference.ts';
import { type Declared, shorten, textOf, valuesOf } from './schema/declare.ts';
import { passwordResetSettings } from './schema/resource-type-mapping-elements.ts';

export function checkPasswordResets(names: Names, findings: Findings): void {
  for (const declared of names.all(passwordResetSettings.name)) {
    checkStrength(declared, findings);
    checkDefault(declared, findings);
    if (textOf(declared, 'Mode') === 'Two-Way') {
      findings.report(spanOf(declared, 'Mode'), {
        code: 'CONFIG_ATTRIBUTE_NOT_YET_USED',
        severity: 'warning',
        message: 'There is no page on which people confirm: with Two-Way no password is mailed.',
        hint: 'Choose One-Way to have passwords mailed, or hand them over otherwise.',
      });
    }
  }
}

function checkStrength(declared: Declared, findings: Findings): void {
  const written = textOf(declared, 'StrengthCheck');
  if (written === undefined) return;
  const split = splitStrengthCheck(written);
  if (split.status === 'rejected') {
    findings.report(spanOf(declared, 'StrengthCheck'), {
      code: 'CONFIG_VALUE_INVALID',
      message: split.message,
      hint: `Write StrengthCheck='"[A-Z]","[0-9]"'.`,
    });
    return;
  }
  for (const expression of split.expressions) {
    const compiled = compilePattern(expression, false);
    if (compiled.status === 'compiled') continue;
    findings.report(spanOf(declared, 'StrengthCheck'), {
      code: 'CONFIG_VALUE_INVALID',
      message: `${shorten(expression)} is no regular expression: ${compiled.message}.`,
      hint: describePatternError(expression),
    });
  }
}

function checkDefault(declared: Declared, findings: Findings): void {
  const { AutoGenerate, DefaultPassword: written } = valuesOf(declared, passwordResetSettings);
  if (written === undefined) return;
  const reference = parseReference(written);
  if (reference === undefined || !isWellFormed(reference)) {
    findings.report(spanOf(declared, 'DefaultPassword'), {
      code: 'CONFIG_SECRET_WRITTEN_OUT',
      severity: 'warning',
      message: 'A password that is written out is not used: a configuration holds no secret.',
      hint: 'Write env:NAME with the name of an environment variable, or file:path, and change the password.',
    });
  } else if (AutoGenerate) {
    findings.report(spanOf(declared, 'DefaultPassword'), {
      code: 'CONFIG_ATTRIBUTES_CONFLICT',
      severity: 'warning',
      message: 'With AutoGenerate the default password is not used.',
      hint: 'Keep one of the two.',
    });
  }
}
