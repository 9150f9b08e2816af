/** Checks guards: that each guards something, and that no source has two. */
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { findNearestName } from './nearest-name.ts';
import { type Declared, shorten, textOf } from './schema/declare.ts';
import { sourceGuard } from './schema/guard-elements.ts';
import { spanOfName } from './source/element-tree.ts';

export function checkSourceGuards(names: Names, findings: Findings): void {
  const seen = new Set<string>();
  for (const declared of names.all(sourceGuard.name)) {
    const connector = textOf(declared, 'Connector') ?? '';
    const table = textOf(declared, 'ConnectionTable');
    const source = `${connector}\n${table ?? ''}`;
    if (connector !== '' && seen.has(source)) {
      findings.report(spanOfName(declared.source), {
        code: 'CONFIG_ATTRIBUTES_CONFLICT',
        message: `There are two guards for ${table === undefined ? connector : `the table ${shorten(table)} of ${connector}`}.`,
        hint: 'Put the limits into one of them and remove the other.',
      });
    }
    seen.add(source);
    if (table !== undefined) checkTable(names, findings, declared, { connector, table });
  }
}

function checkTable(
  names: Names,
  findings: Findings,
  declared: Declared,
  { connector, table }: { readonly connector: string; readonly table: string },
): void {
  if (names.find('Connector', connector) === undefined || names.isDoubtful(connector)) return;
  const mappings = [...names.all('EntityTypeMapping'), ...names.all('EntityAssociationMapping')];
  const tables = mappings
    .filter((mapping) => textOf(mapping, 'Connector') === connector)
    .map((mapping) => textOf(mapping, 'ConnectionTable') ?? '');
  if (tables.includes(table)) return;
  const nearest = findNearestName(table, tables);
  findings.report(spanOf(declared, 'ConnectionTable'), {
    code: 'CONFIG_GUARD_WITHOUT_DATA',
    severity: 'warning',
    message: `This guard never looks at anything: no mapping of ${connector} reads the table "${shorten(table)}".`,
    hint:
      nearest === undefined ? 'Name a table that a mapping reads.' : `Did you mean "${nearest}"?`,
  });
}
