/** A source by its age and its content as a whole, before it is read row by row. */
import type { SourceGuardLimits } from '../../../config/index.ts';
import { type GuardFinding, type GuardName, lookFirst, smallSource } from '../guards.ts';

/** What is known about one source now. */
export interface SourceState {
  readonly connectionTable: string;
  readonly rows?: number;
  readonly sha256?: string;
  /** When it was last written, where it is a file: ISO, UTC. */
  readonly writtenAt?: string;
  /** Its last line ends with a line break; absent where nobody can say. */
  readonly isTerminated?: boolean;
}

/** What former readings of the table are known to have been, newest first. */
export interface FormerSource {
  readonly session: string;
  /** When it reached the store, or was prepared: ISO, UTC. */
  readonly at: string;
  readonly sha256?: string;
  readonly writtenAt?: string;
  readonly isTerminated?: boolean;
}

const hourMs = 3_600_000;
/** Clocks of two machines may be apart by this much. */
const clockToleranceMs = hourMs;

/** The reasons not to believe a source; `now` in milliseconds. */
export function judgeSource(
  source: SourceState,
  former: readonly FormerSource[],
  limits: SourceGuardLimits,
  now: number,
): readonly GuardFinding[] {
  const findings = [judgeStale(source, limits, now), judgeEnd(source, former)];
  if (limits.oldSourceAction !== 'Ignore') {
    const action = limits.oldSourceAction === 'Block' ? 'block' : 'warn';
    const older = judgeOlder(source, former, now);
    findings.push(judgeFuture(source, now), older === null ? null : { ...older, action });
    // One of the two says it.
    const repeated = older === null ? judgeContent(source, former) : null;
    if (repeated !== null) findings.push({ ...repeated, action });
  }
  return findings.filter((finding) => finding !== null);
}

function judgeStale(
  source: SourceState,
  { staleAfterHours: hours }: SourceGuardLimits,
  now: number,
): GuardFinding | null {
  if (hours === undefined || source.writtenAt === undefined) return null;
  const age = now - Date.parse(source.writtenAt);
  if (age <= hours * hourMs) return null;
  return describe(
    'source-stale',
    source,
    `The file of ${source.connectionTable} was written at ${source.writtenAt}, ${Math.floor(age / hourMs)} hours ago; its guard accepts ${hours}.`,
  );
}

/** Cut within its last value, a file has as many rows as before: only the line break is missing. */
function judgeEnd(source: SourceState, former: readonly FormerSource[]): GuardFinding | null {
  const last = former.find(({ isTerminated }) => isTerminated !== undefined);
  if (source.isTerminated !== false || last?.isTerminated !== true) return null;
  if (source.rows !== undefined && source.rows < smallSource) return null;
  return describe(
    'cut-source',
    source,
    `The file of ${source.connectionTable} ends without a line break, and the one loaded before had one: it looks cut within its last line.`,
  );
}

function judgeFuture(source: SourceState, now: number): GuardFinding | null {
  if (source.writtenAt === undefined) return null;
  if (Date.parse(source.writtenAt) <= now + clockToleranceMs) return null;
  return {
    ...describe(
      'source-in-future',
      source,
      `The file of ${source.connectionTable} was written at ${source.writtenAt}, which is yet to come: compare the clock of the machine that wrote it with the one here.`,
    ),
    action: 'note',
  };
}

/** The file stands before the one that has been loaded. A time that was in the future then says nothing. */
function judgeOlder(
  source: SourceState,
  former: readonly FormerSource[],
  now: number,
): GuardFinding | null {
  const [last] = former;
  if (last?.writtenAt === undefined || source.writtenAt === undefined) return null;
  if (Date.parse(last.writtenAt) > now + clockToleranceMs) return null;
  if (source.writtenAt >= last.writtenAt || isSameContent(source, last)) return null;
  return describe(
    'source-older',
    source,
    `The file of ${source.connectionTable} was written at ${source.writtenAt}; the one loaded before is of ${last.writtenAt}.`,
  );
}

/** Byte for byte an earlier reading, but not the last one: somebody put an old file back. A system that is asked says what it holds. */
function judgeContent(source: SourceState, former: readonly FormerSource[]): GuardFinding | null {
  const [last, ...earlier] = former;
  if (source.writtenAt === undefined) return null;
  if (last === undefined || isSameContent(source, last)) return null;
  if (source.rows !== undefined && source.rows < smallSource) return null;
  const repeated = earlier.find((each) => isSameContent(source, each));
  if (repeated === undefined) return null;
  return describe(
    'content-of-earlier-reading',
    source,
    `${source.connectionTable} has exactly the content that was loaded at ${repeated.at}, and another one was loaded since.`,
  );
}

/** Both have a digest, and it is one. */
export function isSameContent(
  one: { readonly sha256?: string },
  other: { readonly sha256?: string },
): boolean {
  return one.sha256 !== undefined && one.sha256 === other.sha256;
}

/** A file that nobody vouches for has grown or changed between two looks. */
export function describeBeingWritten(connectionTable: string): GuardFinding {
  return {
    ...describe(
      'source-being-written',
      { connectionTable },
      `The file of ${connectionTable} changed while it was read: somebody still writes it.`,
    ),
    hint: 'Run the step again when the file has been written. Nothing was changed.',
  };
}

function describe(
  guard: GuardName,
  { connectionTable }: { readonly connectionTable: string },
  message: string,
): GuardFinding {
  return { guard, connectionTable, action: 'block', message, hint: lookFirst };
}
