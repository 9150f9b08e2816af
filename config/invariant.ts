/** Invariants as the engine reads them: what no run may do, whoever insists. */
import type { Position } from './errors.ts';
import type { CompiledExpression } from './expression/values.ts';

interface InvariantCommon {
  readonly identifier: string;
  /** Where the element's opening tag stands. */
  readonly at: Position;
}

/** A navigation property of members that leads to groups with these keys. */
interface Membership {
  readonly entityType: string;
  readonly property: string;
  readonly groups: readonly string[];
}

export type Invariant = InvariantCommon &
  (
    | {
        readonly kind: 'ProtectedResources';
        readonly entityType: string;
        readonly keys: readonly string[];
        /** Rooted at the entity type; gives a boolean. */
        readonly where?: CompiledExpression;
        readonly forbids: 'AnyChange' | 'Deletion';
      }
    | (Membership & { readonly kind: 'MinimumMembers'; readonly minimum: number })
    | (Membership & {
        readonly kind: 'RequiredMembers';
        readonly members: readonly string[];
        /** The accounts that connections log in with are required too. */
        readonly includesSelf: boolean;
      })
    | {
        readonly kind: 'MaximumChange';
        /** Absent: orders to all connectors count. */
        readonly connector?: string;
        readonly changes: 'Any' | 'Added' | 'Modified' | 'Deleted';
        readonly maximum?: number;
        readonly maximumPercent?: number;
      }
  );
