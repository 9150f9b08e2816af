/** Reports by name: which there are, and one of them run. */
import { type Model, suggest } from '../../../config/index.ts';
import type { StoreTransaction } from '../../store/index.ts';
import { JobError } from '../errors.ts';
import type { Workspace } from '../workspace.ts';
import { assignmentReports } from './assignment-reports.ts';
import { toReport } from './configured-reports.ts';
import { deviationReports } from './deviation-reports.ts';
import { indirectPermissions } from './indirect-report.ts';
import { orderReports } from './order-reports.ts';
import { permissions } from './permissions-report.ts';
import type { Report, ReportColumn, ReportFilter, ReportRequest, ReportRow } from './report.ts';
import { risks } from './risk-reports.ts';

/** All that are built in, by name. */
export const reports: readonly Report[] = [
  ...orderReports,
  ...assignmentReports,
  ...deviationReports,
  indirectPermissions,
  permissions,
  risks,
].sort((a, b) => (a.name < b.name ? -1 : 1));

/** Built in, and those of the configuration; of one name the one that is built in. */
export function reportsOf({ reportQueries }: Model): readonly Report[] {
  const own = [...reportQueries.values()]
    .filter(({ identifier }) => !reports.some(({ name }) => name === identifier))
    .map(toReport);
  return [...reports, ...own].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Throws `REPORT_UNKNOWN`. */
export function findReport(model: Model, name: string): Report {
  const all = reportsOf(model);
  const found = all.find((report) => report.name === name);
  if (found !== undefined) return found;
  const names = all.map((report) => report.name);
  throw new JobError('REPORT_UNKNOWN', `There is no report "${name}".`, {
    hint: suggest(name, names) ?? `The reports are: ${names.join(', ')}.`,
  });
}

/**
 * Reads the report from the store as it is at one moment and hands its rows on, batch by batch. Waits for nobody and keeps
 * nobody from writing. Throws `USAGE_REPORT_FILTER` for a filter it does not obey, or one it lacks.
 */
export async function runReport(
  workspace: Workspace,
  report: Report,
  request: ReportRequest,
  tell: (rows: readonly ReportRow[]) => Promise<void>,
): Promise<{ readonly columns: readonly ReportColumn[]; readonly rows: number }> {
  refuseFilters(workspace, report, request);
  const { store, model, effects } = workspace;
  const now = new Date(effects.now()).toISOString();
  let count = 0;
  const work = async (t: StoreTransaction): Promise<void> => {
    for await (const rows of report.rows({ t, workspace, model, request, now })) {
      effects.signal.throwIfAborted();
      if (rows.length === 0) continue;
      count += rows.length;
      await tell(rows.map((row) => showDates(report, row)));
      effects.progress.report(`report ${report.name}`, count, null);
    }
  };
  // Of two readings of one file, the inner would wait for the outer.
  if (report.readsByItself === true) await work(await store.read(async (t) => t));
  else await store.read(work);
  return { columns: report.columns, rows: count };
}

/** Dates of the store as everybody writes them. */
function showDates({ columns }: Report, row: ReportRow): ReportRow {
  return row.map((value, index) => {
    const type = columns[index]?.type;
    if ((type !== 'date' && type !== 'dateTime') || typeof value !== 'string') return value;
    const [, year, month, day, hour = '', minute = '', second = ''] =
      /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/u.exec(value) ?? [];
    if (year === undefined) return value;
    const date = `${year}-${month}-${day}`;
    const isDay = hour + minute + second === '000000';
    return isDay ? date : `${date}T${hour}:${minute}:${second}Z`;
  });
}

function refuseFilters(workspace: Workspace, report: Report, request: ReportRequest): void {
  const given: Readonly<Record<ReportFilter, unknown>> = {
    'resource-type': request.resourceType,
    'entity-type': request.entityType,
    role: request.role,
    owner: request.owner,
    at: request.at,
    days: request.days,
  };
  const names = Object.keys(given) as ReportFilter[];
  const wrong = names.find((name) => given[name] !== undefined && !report.filters.includes(name));
  const missing = (report.needs ?? []).find((name) => given[name] === undefined);
  if (wrong !== undefined || missing !== undefined) {
    const can = report.filters.map((name) => `--${name}`).join(', ') || 'none';
    throw new JobError(
      'USAGE_REPORT_FILTER',
      wrong === undefined
        ? `The report ${report.name} needs --${missing}.`
        : `The report ${report.name} has no filter --${wrong}.`,
      { hint: `Its filters are: ${can}.` },
    );
  }
  const { resourceType, entityType } = request;
  const { resourceTypes, entityModel } = workspace.model;
  if (resourceType !== undefined && !resourceTypes.has(resourceType))
    throw unknown('USAGE_RESOURCE_TYPE_UNKNOWN', 'resource type', resourceType, resourceTypes);
  if (entityType !== undefined && !entityModel.entityTypes.has(entityType))
    throw unknown('ENTITY_TYPE_UNKNOWN', 'entity type', entityType, entityModel.entityTypes);
}

function unknown(
  code: string,
  what: string,
  name: string,
  known: ReadonlyMap<string, unknown>,
): JobError {
  const names = [...known.keys()];
  return new JobError(code, `There is no ${what} "${name}".`, {
    hint: suggest(name, names) ?? `There are: ${names.join(', ')}.`,
  });
}
