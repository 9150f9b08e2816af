/** Data tests as the engine reads them: what must hold of the resources of one entity type after a synchronization. */
import type { Position } from './errors.ts';
import type { CompiledExpression } from './expression/values.ts';

interface DataTestCommon {
  readonly identifier: string;
  readonly displayName: string;
  readonly entityType: string;
  /** `Block` holds the synchronization, as a threshold does. */
  readonly severity: 'Warn' | 'Block';
  /** Most rows that may fail; absent: no limit of this kind was given. */
  readonly toleratedFailures?: number;
  /** Most rows that may fail, in percent of the rows looked at. Without either limit no row may fail. */
  readonly toleratedPercent?: number;
  /** Rooted at the entity type; gives a boolean. Absent: all rows are looked at. */
  readonly where?: CompiledExpression;
  /** Where the element's opening tag stands. */
  readonly at: Position;
}

export type DataTest = DataTestCommon &
  (
    | {
        readonly kind: 'Unique';
        readonly property: string;
        /** Only rows that share this property's value are compared. */
        readonly within?: string;
      }
    /** Scalar or navigation property. */
    | { readonly kind: 'NotNull'; readonly property: string }
    | {
        readonly kind: 'AcceptedValues';
        readonly property: string;
        /** In the internal form. */
        readonly values: readonly string[];
      }
    | {
        readonly kind: 'Matches';
        readonly property: string;
        /** As written. */
        readonly pattern: string;
        /** Whether the whole value matches; takes time in proportion to the value's length. */
        readonly matches: (value: string) => boolean;
      }
    | {
        readonly kind: 'Relationship';
        /** A navigation property, or a scalar one whose value is looked up in `target`. */
        readonly property: string;
        readonly target?: { readonly entityType: string; readonly property: string };
      }
    | {
        readonly kind: 'Freshness';
        /** Absent: the time of the reading itself is looked at. */
        readonly property?: string;
        readonly maximumAgeHours: number;
      }
    | {
        readonly kind: 'RowCount';
        readonly minimum?: number;
        readonly maximum?: number;
        /** Against the number of rows before the synchronization. */
        readonly maximumChangePercent?: number;
      }
  );
