/** The sources of a connector against what is known of its former readings. */
import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findLimits } from '../../../config/index.ts';
import type { TableFacts } from '../../../connectors/index.ts';
import {
  describeBeingWritten,
  type FormerSource,
  type GuardFinding,
  judgeSource,
  type SourceTable,
  sealFile,
} from '../../prepare/index.ts';
import {
  listDeliveredSessions,
  type SessionSources,
  type SynchronizationSessionRow,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';

/** Sessions looked back at. */
const lookBack = 30;
/** A file written so lately is looked at a second time, after a while. */
const justWrittenMs = 2_000;
const secondLookMs = 1_000;

/** A file as it was at one moment. */
export interface DroppedFile {
  readonly path: string;
  readonly bytes: number;
  /** ISO, UTC. */
  readonly writtenAt: string;
}

export interface SourcesToJudge {
  readonly tables: readonly SourceTable[];
  readonly writtenAt: ReadonlyMap<string, string>;
  readonly sha256: ReadonlyMap<string, string>;
  /** Whether the file ends with a line break, as its export says. */
  readonly isTerminated: ReadonlyMap<string, boolean>;
  readonly dropped: ReadonlyMap<string, DroppedFile>;
}

type SourceFacts = Pick<TableFacts, 'sha256' | 'writtenAt' | 'isTerminated'>;

export interface JudgedSources {
  readonly facts: ReadonlyMap<string, SourceFacts>;
  readonly findings: readonly GuardFinding[];
}

/** Null when there is no file. */
export async function lookAtFile(path: string): Promise<DroppedFile | null> {
  try {
    const { size, mtime } = await stat(path);
    return { path, bytes: size, writtenAt: mtime.toISOString() };
  } catch {
    return null;
  }
}

/** Findings for files that are not as they were at the first look. */
export async function findChanging(
  dropped: ReadonlyMap<string, DroppedFile>,
): Promise<readonly GuardFinding[]> {
  const findings: GuardFinding[] = [];
  for (const [table, first] of dropped) {
    const now = await lookAtFile(first.path);
    if (now?.bytes !== first.bytes || now.writtenAt !== first.writtenAt)
      findings.push(describeBeingWritten(table));
  }
  return findings;
}

export async function judgeSources(
  workspace: Workspace,
  connector: string,
  sources: SourcesToJudge,
): Promise<JudgedSources> {
  const { effects, model, store } = workspace;
  const now = effects.now();
  const isFresh = [...sources.dropped.values()].some(
    ({ writtenAt }) => Math.abs(now - Date.parse(writtenAt)) < justWrittenMs,
  );
  if (isFresh) await wait(secondLookMs, undefined, { signal: effects.signal });
  const sessions = await store.transaction((t) => listDeliveredSessions(t, connector, lookBack));
  const findings: GuardFinding[] = [...(await findChanging(sources.dropped))];
  const facts = new Map<string, SourceFacts>();
  for (const table of sources.tables) {
    const { name } = table;
    const writtenAt = sources.writtenAt.get(name);
    const sha256 = sources.sha256.get(name) ?? (await digestDropped(sources.dropped.get(name)));
    const isTerminated = await findTermination(table, sources);
    const fact = {
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(writtenAt === undefined ? {} : { writtenAt }),
      ...(isTerminated === undefined ? {} : { isTerminated }),
    };
    facts.set(name, fact);
    const state = {
      connectionTable: name,
      ...fact,
      ...(table.expectedRows === undefined ? {} : { rows: table.expectedRows }),
    };
    const limits = findLimits(model.sourceGuards, connector, name);
    findings.push(...judgeSource(state, readFormer(sessions, name), limits, now));
  }
  return { facts, findings };
}

/** Lists of changes are one file or another: how the last one ended tells nothing about the next. */
async function findTermination(
  { name, commandColumn }: SourceTable,
  sources: SourcesToJudge,
): Promise<boolean | undefined> {
  if (commandColumn !== null) return undefined;
  const dropped = sources.dropped.get(name);
  if (dropped === undefined) return sources.isTerminated.get(name);
  if (dropped.bytes === 0) return undefined;
  await using file = await open(dropped.path, 'r');
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, dropped.bytes - 1);
  return last[0] === 10 || last[0] === 13;
}

async function digestDropped(file: DroppedFile | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return (await sealFile(dirname(file.path), basename(file.path))).sha256;
}

function readFormer(
  sessions: readonly SynchronizationSessionRow[],
  table: string,
): readonly FormerSource[] {
  return sessions.flatMap((session) => {
    // Written when the session was queued, and kept with it.
    const { sources } = JSON.parse(session.details) as SessionSources;
    const source = sources?.[table];
    if (source === undefined) return [];
    return [{ session: session.id, at: session.settled_at ?? session.arrived_at, ...source }];
  });
}
