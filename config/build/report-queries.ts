/** Reports of the configuration, from declarations that have passed all checks. */
import type { Names } from '../check-names.ts';
import type { EntityModel } from '../entity-model.ts';
import { Findings } from '../expression/finding.ts';
import { prepareQuery } from '../expression/query/prepare-query.ts';
import type { ReportQuery } from '../model.ts';
import { type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { reportQuery } from '../schema/report-elements.ts';
import { positionOf } from '../source/element-tree.ts';

export function buildReportQueries(
  names: Names,
  entityModel: EntityModel,
): ReadonlyMap<string, ReportQuery> {
  const built = names.all('ReportQuery').map((each) => build(each, entityModel));
  return new Map(built.map((query) => [query.identifier, query]));
}

function build(declared: Declared, entityModel: EntityModel): ReportQuery {
  const { Identifier, ReturnedEntityType, Query } = valuesOf(declared, reportQuery);
  const query = prepareQuery({
    query: { text: Query, holes: new Map() },
    entityType: ReturnedEntityType,
    entityModel,
    findings: new Findings(),
    holes: [],
    isHistoryAllowed: true,
  });
  // Only a hole in the checks leads here.
  if (query === undefined) throw new Error(`${Identifier} was built without having been checked.`);
  const { columns, history, reads, find, select, order, pageSize } = query;
  return {
    identifier: Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? Identifier,
    entityType: ReturnedEntityType,
    text: Query,
    columns,
    history,
    reads,
    find: (host, spend) => find(host, [], spend),
    select: (host, spend) => select(host, [], spend),
    order,
    pageSize,
    at: positionOf(declared.source),
  };
}
