/** All guards over one reading, before anything of it is laid out for the store. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  findLimits,
  type Model,
  type SourceGuardLimits,
  type SynchronizationMode,
} from '../../../config/index.ts';
import type { ColumnProfile, Session, SessionPart, TableFacts } from '../../../connectors/index.ts';
import { CleanFile } from '../drift/clean-file.ts';
import { compareEntities } from '../drift/compare-entities.ts';
import {
  compareHeaders,
  describeHeaderChange,
  type HeaderChange,
} from '../drift/compare-headers.ts';
import { compareLinks, type OtherLinks } from '../drift/compare-links.ts';
import type { Drift } from '../drift/drift.ts';
import { findColumns, listColumns, type PartColumns } from '../drift/mapped-columns.ts';
import { compareProfiles, profileColumns } from '../drift/profile.ts';
import { type GuardFinding, judgePart, lookFirst, smallSource } from '../guards.ts';
import { judgeCut } from './judge-cut.ts';
import { softenRepeated } from './soften-repeated.ts';

export interface Reading {
  readonly model: Model;
  readonly connector: string;
  readonly mode: SynchronizationMode;
  readonly parts: readonly SessionPart[];
  readonly tables: readonly TableFacts[];
  /** Folder of the clean files of this reading. */
  readonly folder: string;
  readonly previous: Session | null;
  readonly sessionsFolder: string;
  /** What was found before anything was read. */
  readonly found?: readonly GuardFinding[];
  /** Resources and links the store holds, by `entity:<identifier>` and `association:<identifier>`. */
  readonly stored: ReadonlyMap<string, number>;
}

export interface Judgement {
  readonly findings: readonly GuardFinding[];
  /** Changes of headers that touch nothing that is read. */
  readonly notes: readonly string[];
  /** The parts with their profiles. */
  readonly parts: readonly SessionPart[];
}

/** Fewer rows in common than this do not tell how a column changed; the columns as a whole are compared then. */
const leastCommon = 30;

export function judgeReading(reading: Reading): Judgement {
  const headers = new Map(
    reading.tables.map((table) => [table.name, compareTable(reading.previous, table)]),
  );
  const findings: GuardFinding[] = [];
  const parts: SessionPart[] = [];
  for (const part of reading.parts) {
    const judged = judgeOnePart(reading, part, headers.get(part.connectionTable));
    findings.push(...judged.findings);
    parts.push(judged.profile === undefined ? part : { ...part, profile: judged.profile });
  }
  const notes = [...headers].flatMap(
    ([name, change]) => (change === undefined ? null : describeHeaderChange(name, change)) ?? [],
  );
  return { findings: [...judgeFound(reading), ...withoutRepetition(findings)], notes, parts };
}

function judgeFound(reading: Reading): readonly GuardFinding[] {
  return softenRepeated(reading.found ?? [], (table) =>
    reading.parts.flatMap((part) => {
      const before = findFormer(reading, part);
      const isRead = part.connectionTable === table && part.kind === 'entity';
      if (!isRead || before === null || part.sortedFile === null) return [];
      return [{ before, now: join(reading.folder, part.sortedFile) }];
    }),
  );
}

function compareTable(previous: Session | null, table: TableFacts): HeaderChange | undefined {
  const before = previous?.tables?.find(({ name }) => name === table.name);
  return before === undefined ? undefined : compareHeaders(before.columns, table.columns);
}

function judgeOnePart(
  reading: Reading,
  part: SessionPart,
  header: HeaderChange | undefined,
): { readonly findings: readonly GuardFinding[]; readonly profile?: readonly ColumnProfile[] } {
  const columns = findColumns(reading.model, part);
  if (part.sortedFile === null || columns === undefined) return { findings: [] };
  const limits = findLimits(reading.model.sourceGuards, reading.connector, part.connectionTable);
  // The very bytes that were judged when they came.
  if (part.unchangedSince !== undefined && part.profile !== undefined) {
    const counted = judgeCounts(reading, part, limits);
    return { findings: counted === null ? [] : [counted] };
  }
  using now = new CleanFile(join(reading.folder, part.sortedFile));
  const profile = profileColumns(now, listColumns(columns));
  if (reading.mode === 'initial') return { findings: [], profile };
  const counted = judgeCounts(reading, part, limits);
  // Of a source that lost most of its rows or keys, columns tell nothing more.
  if (counted !== null) return { findings: [counted], profile };
  const former = findFormer(reading, part);
  const cut = former === null ? null : judgeRows(reading, part, former);
  if (limits.driftAction === 'Ignore') return { findings: cut === null ? [] : [cut], profile };
  const drifts = findDrift(reading, { part, columns, profile, now }, former);
  return {
    findings: [
      ...(cut === null ? [] : [cut]),
      ...drifts.map((drift) => describeDrift(part, drift, limits, header)),
    ],
    profile,
  };
}

function judgeCounts(
  reading: Reading,
  part: SessionPart,
  limits: SourceGuardLimits,
): GuardFinding | null {
  const previous = findPart(reading.previous, part);
  const name = `${part.kind}:${part.identifier}`;
  const read = previous?.sortedFile == null ? 0 : previous.counts.clean;
  const known = Math.max(reading.stored.get(name) ?? 0, read);
  const duplicates = previous?.counts.duplicates ?? 0;
  return judgePart(part, rowsOf(reading.tables, part), known, limits, duplicates);
}

function rowsOf(tables: readonly TableFacts[] | undefined, part: SessionPart): number {
  return tables?.find(({ name }) => name === part.connectionTable)?.rows ?? 0;
}

function findPart(session: Session | null, part: SessionPart): SessionPart | undefined {
  return session?.parts.find(
    ({ kind, identifier }) => kind === part.kind && identifier === part.identifier,
  );
}

/** The clean file of the same part of the last reading. */
function findFormer(reading: Reading, part: SessionPart): string | null {
  const { previous, sessionsFolder } = reading;
  const file = findPart(previous, part)?.sortedFile ?? null;
  if (previous === null || file === null) return null;
  const path = join(sessionsFolder, previous.id, file);
  return existsSync(path) ? path : null;
}

/** Only files are cut at a row; a system that is asked says when it has no more. */
function judgeRows(reading: Reading, part: SessionPart, former: string): GuardFinding | null {
  const before = rowsOf(reading.previous?.tables, part);
  const now = rowsOf(reading.tables, part);
  const isFile = reading.tables.some(
    ({ name, writtenAt }) => name === part.connectionTable && writtenAt !== undefined,
  );
  if (part.kind === 'association' || !part.isComplete || !isFile || before < smallSource)
    return null;
  const paths = { before: former, now: join(reading.folder, part.sortedFile ?? '') };
  const cut = judgeCut(paths, { before, now });
  if (cut === null) return null;
  return {
    guard: 'cut-source',
    identifier: part.identifier,
    connectionTable: part.connectionTable,
    action: 'block',
    message: `${part.connectionTable} (${part.identifier}) has ${now} rows, and they are the first ${now} of the ${before} it had: ${cut.lost === 1 ? 'the last row is' : `the last ${cut.lost} rows are`} missing, as in a file that was cut.`,
    hint: lookFirst,
  };
}

interface OpenPart {
  readonly part: SessionPart;
  readonly columns: PartColumns;
  readonly profile: readonly ColumnProfile[];
  readonly now: CleanFile;
}

function findDrift(reading: Reading, open: OpenPart, former: string | null): readonly Drift[] {
  const { part, profile, now } = open;
  const known = findPart(reading.previous, part)?.profile ?? [];
  if (former === null) return compareProfiles(known, profile);
  using before = new CleanFile(former);
  const columns = withoutRemapped(open.columns, known, before);
  if (columns.kind === 'association') {
    const others = openOthers(reading, part);
    try {
      return compareLinks(before, now, columns, others);
    } finally {
      for (const other of others) other.before[Symbol.dispose]();
    }
  }
  const compared = compareEntities(before, now, columns);
  if (compared.common >= leastCommon || compared.drifts.length > 0) return compared.drifts;
  return compareProfiles(known, profile);
}

/** Columns whose mapping is the one of the last reading: a changed mapping changes values, and somebody wanted it. */
function withoutRemapped(
  columns: PartColumns,
  known: readonly ColumnProfile[],
  before: CleanFile,
): PartColumns {
  if (columns.kind === 'association') return columns;
  const values = columns.values.filter(({ cell, column, format }) => {
    const former = known.find((each) => each.cell === cell);
    const isMappedAsBefore =
      former === undefined || (former.column === column && former.format === format);
    return before.columns.includes(cell) && isMappedAsBefore;
  });
  return { ...columns, values };
}

function openOthers(reading: Reading, part: SessionPart): readonly OtherLinks[] {
  return reading.parts.flatMap((other) => {
    const isOther =
      other.kind === 'association' &&
      other.connectionTable === part.connectionTable &&
      other.identifier !== part.identifier;
    const columns = isOther ? findColumns(reading.model, other) : undefined;
    const path = isOther ? findFormer(reading, other) : null;
    if (path === null || columns?.kind !== 'association') return [];
    return [{ before: new CleanFile(path), columns }];
  });
}

function describeDrift(
  part: SessionPart,
  drift: Drift,
  limits: SourceGuardLimits,
  header: HeaderChange | undefined,
): GuardFinding {
  const isMoved = header?.moved.has(drift.column) === true;
  const isHeld = (drift.isCertain || isMoved) && limits.driftAction === 'Block';
  const moved = isMoved ? ' The header has its columns in another order than before.' : '';
  return {
    guard: 'drift',
    identifier: part.identifier,
    connectionTable: part.connectionTable,
    column: drift.column,
    action: isHeld ? 'block' : 'warn',
    message: `${part.connectionTable} (${part.identifier}): ${drift.message}${moved}`,
    hint: isHeld
      ? lookFirst
      : 'If that is not meant, throw the reading away with "lockstep synchronize --discard" before it is applied.',
  };
}

/** A column that feeds several entity types and associations is named once. */
function withoutRepetition(findings: readonly GuardFinding[]): readonly GuardFinding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    if (finding.column === undefined) return true;
    const name = `${finding.connectionTable}\n${finding.column}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}
