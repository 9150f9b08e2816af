/** What a preparation is given, and what comes of it. */
import type { Model, SynchronizationMode } from '../../config/index.ts';
import type { Session, SessionPart, TableFacts } from '../../connectors/index.ts';
import type { SourceTable } from './cleanse-table.ts';
import type { GuardFinding } from './guards.ts';

export interface PrepareRequest {
  readonly model: Model;
  readonly connector: string;
  readonly mode: SynchronizationMode;
  /** Identifies the session; the folder of this name appears below `sessionsFolder` as the last act. */
  readonly sessionId: string;
  readonly exportedAt: string;
  readonly tables: readonly SourceTable[];
  /** Work/Collect/<connector>: clean files and side files of the last preparation, for people to look at. */
  readonly collectFolder: string;
  /** Work/Synchronization. */
  readonly sessionsFolder: string;
  /** The last session that reached the store: what changes are computed against. */
  readonly previous: Session | null;
  /** Tables that have no input in this mode, by configuration. */
  readonly withoutInput: ReadonlySet<string>;
  /** Accept what guards would hold. */
  readonly force: boolean;
  /** Resources and links the store holds now, by `entity:<identifier>` and `association:<identifier>`: for the guards. */
  readonly stored?: ReadonlyMap<string, number>;
  /** By connection table: what is known about the source beside its rows. */
  readonly sources?: ReadonlyMap<string, Pick<TableFacts, 'sha256' | 'writtenAt' | 'isTerminated'>>;
  /** What the sources gave reason to doubt before they were read. */
  readonly found?: readonly GuardFinding[];
  readonly signal: AbortSignal;
  readonly maxRowsInMemory?: number;
}

export type PrepareOutcome =
  | {
      readonly status: 'prepared';
      readonly session: Session;
      /** Of the session's description: who keeps it elsewhere can tell the description from any other. */
      readonly seal: string;
      /** What guards would have held, let pass by `force`. */
      readonly accepted: readonly GuardFinding[];
      readonly warnings: readonly GuardFinding[];
      readonly notes: readonly string[];
      /** When all tables were first read as they are, where none of them changed since the last session. */
      readonly unchangedSince: string | null;
    }
  | {
      readonly status: 'blocked';
      readonly findings: readonly GuardFinding[];
      readonly parts: readonly SessionPart[];
    };
