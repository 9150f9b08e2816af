/** When a source is not believed, as the engine reads it. */
import type { Position } from './errors.ts';

export type GuardAction = 'Block' | 'Warn' | 'Ignore';

export interface SourceGuardLimits {
  /** 0: no limit. */
  readonly minimumRows: number;
  readonly maxShrinkPercent: number;
  readonly maxNullKeyPercent: number;
  readonly driftAction: GuardAction;
  readonly oldSourceAction: GuardAction;
  /** Absent: no limit. */
  readonly staleAfterHours?: number;
}

export interface SourceGuard extends SourceGuardLimits {
  readonly connector: string;
  /** Absent: all tables of the connector that have no guard of their own. */
  readonly connectionTable?: string;
  readonly at: Position;
}

/** What holds where nothing is configured: the defaults of the element. */
export const usualLimits: SourceGuardLimits = {
  minimumRows: 0,
  maxShrinkPercent: 50,
  maxNullKeyPercent: 50,
  driftAction: 'Block',
  oldSourceAction: 'Block',
};

/** The guard of a table: its own, else its connector's, else the usual one. */
export function findLimits(
  guards: readonly SourceGuard[],
  connector: string,
  connectionTable: string,
): SourceGuardLimits {
  const own = guards.filter((guard) => guard.connector === connector);
  return (
    own.find((guard) => guard.connectionTable === connectionTable) ??
    own.find((guard) => guard.connectionTable === undefined) ??
    usualLimits
  );
}
