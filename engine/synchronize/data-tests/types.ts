/** What data tests are asked, and what they answer. */
import type { DataTest, Model, Position } from '../../../config/index.ts';
import type { StoreTransaction } from '../../store/index.ts';

export interface DataTestRequest {
  /** The data are looked at as this transaction sees them. */
  readonly transaction: StoreTransaction;
  readonly model: Model;
  /** The tests to run; all of the model unless stated. */
  readonly tests?: readonly DataTest[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** When the source was read or last written, by entity type: ISO, UTC. Freshness without it and without a property passes. */
  readonly readAt?: ReadonlyMap<string, string>;
  /** How many resources there were before, by entity type; a type without a number, or with 0, is not compared. */
  readonly countsBefore?: ReadonlyMap<string, number>;
  readonly signal?: AbortSignal;
}

export interface DataTestExample {
  /** The mapping key of a resource that fails. */
  readonly key: string;
  /** The row it was read from, such as `StaffList row 3`, where that is known. */
  readonly origin: string | null;
}

export interface DataTestResult {
  readonly identifier: string;
  readonly kind: DataTest['kind'];
  readonly severity: DataTest['severity'];
  readonly entityType: string;
  readonly property: string | null;
  readonly status: 'passed' | 'failed';
  /** How many resources were looked at. */
  readonly rows: number;
  /** How many of them fail; 1 for a failed `Freshness` or `RowCount`, which fail as a whole. */
  readonly failures: number;
  /** Up to ten of the resources that fail. */
  readonly examples: readonly DataTestExample[];
  /** One sentence that says what was found, without any value but keys. */
  readonly message: string;
  readonly at: Position;
}

/** What was found, before it is judged. */
export interface DataTestFindings {
  readonly rows: number;
  readonly failures: number;
  readonly keys: readonly string[];
  /** What a test of the whole entity type found, in words: `the newest Updated is 40 hours old`. */
  readonly whole?: string;
}

/** A result as it is kept with a synchronization. */
export interface RecordedDataTest extends DataTestResult {
  /** The run that looked. A later run that touched nothing of it passes the result on. */
  readonly runId: number;
}
