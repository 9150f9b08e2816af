/** Queries of reports against the entity model. */
import type { CheckedEntityModel } from './check-entity-model.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { Findings as TextFindings } from './expression/finding.ts';
import { prepareQuery } from './expression/query/prepare-query.ts';
import { textOf } from './schema/declare.ts';
import { spanInValue } from './source/element-tree.ts';

/** Reports what is wrong with the query of each report, at its very place. */
export function checkReportQueries(
  names: Names,
  entities: CheckedEntityModel,
  findings: Findings,
): void {
  for (const declared of names.all('ReportQuery')) {
    const attribute = declared.written.get('Query');
    const entityType = textOf(declared, 'ReturnedEntityType') ?? '';
    if (attribute === undefined || !entities.model.entityTypes.has(entityType)) continue;
    const own = new TextFindings();
    prepareQuery({
      query: { text: attribute.value, holes: new Map() },
      entityType,
      entityModel: entities.model,
      findings: own,
      holes: [],
      isHistoryAllowed: true,
    });
    const words = attribute.value.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];
    if (words.some((word) => entities.doubtfulWords.has(word))) continue;
    for (const { severity, offset, length, message, hint } of own.items) {
      findings.report(spanInValue(attribute, offset, length), {
        code: 'CONFIG_QUERY_INVALID',
        severity,
        message,
        hint,
      });
    }
  }
}
