/** Complete reading of a directory: one `entries` table, and one link table per multi-valued attribute. */
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext, ExportRequest, TableBatch, TableRequest } from '../../package.ts';
import { dnKey } from '../session/dn.ts';
import { describeNotLdap, resultCodeOf, resultCodes } from '../session/failure.ts';
import { parseFilter } from '../session/filter.ts';
import { MalformedMessageError } from '../session/malformed-message.ts';
import { planSearches, searchCompletely } from '../session/paging.ts';
import { decodeEntry } from '../session/protocol.ts';
import { completeRanges } from '../session/ranges.ts';
import { type DirectorySchema, readSchema } from '../session/schema.ts';
import { SessionPair } from '../session/session-pair.ts';
import type { DirectorySettings, DirectoryTable } from '../settings.ts';
import { findTables, noSuchBase, requireEntriesTable, scopes } from './check-connection.ts';
import {
  addRows,
  batchSize,
  finishTable,
  listAttributes,
  noteReferral,
  planTable,
  type TablePlan,
  takeBatches,
} from './table-rows.ts';

/** One search that feeds one or several tables. */
interface SharedSearch {
  readonly table: DirectoryTable;
  readonly plans: TablePlan[];
}

/** {@link readTables} with sessions of its own. */
export async function* exportTables(
  request: ExportRequest<DirectorySettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  requireEntriesTable(request.settings);
  await using sessions = new SessionPair(request.settings, context);
  const schema = await readSchema(await sessions.open());
  yield* readTables(request, { sessions, schema }, context);
}

/**
 * Every table of the request, complete whatever the mode. Memory: one page of entries and one batch per table. A table
 * gets its `end` only when each of its searches ended with success and nothing was referred elsewhere; otherwise a
 * `ConnectorError` is thrown after the rows that could be read.
 */
export async function* readTables(
  request: ExportRequest<DirectorySettings>,
  { sessions, schema }: { readonly sessions: SessionPair; readonly schema: DirectorySchema },
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  const { settings } = request;
  const session = await sessions.open();
  const searchPlan = planSearches(settings, session);
  const plans = request.tables.map((table) => planTable(table, settings, schema, context));
  for (const search of shareSearches(request.tables, plans, settings)) {
    const spec = {
      baseDn: search.table.BaseDN,
      scope: scopes[search.table.Scope],
      filter: parseFilter(search.table.Filter),
      attributes: listAttributes(search.plans),
    };
    try {
      for await (const item of searchCompletely(session, spec, searchPlan, context)) {
        if (item.kind === 'entries') {
          for (const entry of item.entries) {
            for (const plan of search.plans) {
              // Only an entry that came in parts is waited for.
              if (!plan.texts.read(entry)) {
                const parts = decodeEntry(entry);
                plan.texts.fill(await completeRanges(parts, () => sessions.openSecond()));
              }
              addRows(plan);
            }
          }
          for (const plan of search.plans) yield* takeBatches(plan, batchSize);
        } else if (item.kind === 'references') {
          for (const plan of search.plans) noteReferral(plan, item.urls);
        } else {
          for (const plan of search.plans) {
            plan.evidence.push(`${item.entries} entries in ${item.pages} pages, result success`);
          }
        }
      }
    } catch (error) {
      if (error instanceof MalformedMessageError) throw describeNotLdap(session.name, error);
      if (resultCodeOf(error) !== resultCodes.noSuchObject) throw error;
      throw noSuchBase(session.name, search.table.BaseDN);
    }
    for (const plan of search.plans) {
      plan.searchesLeft -= 1;
      if (plan.searchesLeft > 0) continue;
      yield* takeBatches(plan, 1);
      yield* finishTable(plan, settings);
    }
  }
  refuseReferrals(plans, settings, session.name, context);
}

/** Tables with one base, filter and scope are read by one search. */
function shareSearches(
  requests: readonly TableRequest[],
  plans: readonly TablePlan[],
  settings: DirectorySettings,
): readonly SharedSearch[] {
  const searches = new Map<string, SharedSearch>();
  for (const [index, request] of requests.entries()) {
    const plan = plans[index];
    if (plan === undefined) continue;
    for (const table of findTables(settings, request.suffix)) {
      const key = JSON.stringify([dnKey(table.BaseDN), table.Filter.trim(), table.Scope]);
      const search = searches.get(key) ?? { table, plans: [] };
      searches.set(key, search);
      if (search.plans.includes(plan)) plan.searchesLeft -= 1;
      else search.plans.push(plan);
    }
  }
  return [...searches.values()];
}

/** Tells of parts that were referred elsewhere; throws for them unless they do not matter. */
export function refuseReferrals(
  plans: readonly TablePlan[],
  settings: DirectorySettings,
  server: string,
  context: ConnectorContext,
): void {
  const referred = plans.filter((plan) => plan.referrals > 0);
  for (const plan of referred) {
    context.logger.warn(
      { table: plan.name, referrals: plan.referrals, referredTo: plan.referredTo },
      'directory referred to other servers, referrals are not followed',
    );
  }
  if (referred.length === 0 || settings.AcceptReferrals) return;
  const places = [...new Set(referred.flatMap(({ referredTo }) => referredTo))];
  throw new ConnectorError(
    'incomplete',
    `The directory ${server} referred parts of ${referred.map(({ name }) => name).join(', ')} to other servers, which were not asked: ${places.slice(0, 3).join(', ')}.`,
    {
      hint: 'Narrow BaseDN, use the DomainScope control, or set AcceptReferrals if those parts do not matter.',
      details: { tables: referred.map(({ name }) => name), referrals: places },
    },
  );
}
