/** Checks permissions, which are kept for servers that use them. */
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { childrenNamed } from './schema/declare.ts';

export function checkPermissions(names: Names, findings: Findings): void {
  for (const rule of names.all('AccessControlRule')) {
    for (const entry of childrenNamed(rule, 'Entry')) {
      const { Permission, CanExecute } = entry.values;
      if (Permission !== '/' || CanExecute !== true) continue;
      findings.report(spanOf(entry, 'Permission'), {
        code: 'CONFIG_VALUE_INVALID',
        severity: 'warning',
        message: 'An entry that grants "/" would grant everything, which no server accepts.',
        hint: 'Name the permissions that are meant, such as "/Jobs/RunJob/Launch".',
      });
    }
  }
}
