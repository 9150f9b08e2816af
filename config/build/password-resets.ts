/** Settings of passwords for one resource type, from declarations that have passed all checks. */
import type { CompiledExpressions } from '../check-expressions.ts';
import type { Names } from '../check-names.ts';
import { type PasswordReset, passwordBindings, splitStrengthCheck } from '../password-reset.ts';
import { parseReference } from '../project/setting-reference.ts';
import { type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { passwordResetSettings } from '../schema/resource-type-mapping-elements.ts';
import { positionOf } from '../source/element-tree.ts';

/** `undefined`: the mapping names none. */
export function buildPasswordReset(
  { names, expressions }: { readonly names: Names; readonly expressions: CompiledExpressions },
  mapping: Declared,
): PasswordReset | undefined {
  const named = textOf(mapping, 'PasswordResetSetting');
  const declared = names.find(passwordResetSettings.name, named ?? '');
  if (declared === undefined) return undefined;
  const values = valuesOf(declared, passwordResetSettings);
  const split = splitStrengthCheck(values.StrengthCheck ?? '');
  const written = values.DefaultPassword;
  const isReference = written !== undefined && parseReference(written) !== undefined;
  const bindings = passwordBindings.flatMap((name) => {
    const compiled = expressions.find(mapping, name);
    return compiled === undefined ? [] : [[name, compiled] as const];
  });
  return {
    identifier: values.Identifier,
    mode: values.Mode,
    isGenerated: values.AutoGenerate,
    ...(isReference ? { defaultPassword: written } : {}),
    generated: {
      length: values.GeneratedLength,
      lowerCase: values.GeneratedLowerCaseCharsCount,
      upperCase: values.GeneratedUpperCaseCharsCount,
      digits: values.GeneratedDigitCharsCount,
      symbols: values.GeneratedSymbolCharsCount,
    },
    strengthChecks: split.status === 'read' ? split.expressions : [],
    mustChange: values.MustChange,
    notifies: !values.DisableNotifications && values.Mode !== 'Two-Way',
    notificationCc: (values.NotificationCC ?? '')
      .split(/[;,]/)
      .map((address) => address.trim())
      .filter((address) => address !== ''),
    bindings: Object.fromEntries(bindings),
    at: positionOf(declared.source),
  };
}
