/** What the risks of a request mean for it: pure, over what an evaluation found. */
import type { Risk } from '../../../config/index.ts';
import type { AssignmentParameters } from '../../evaluate/index.ts';
import type { RequestedKind } from '../../store/index.ts';
import type { RiskVerdict } from './circuit.ts';

/** A role or a resource type that an owner would hold, were everybody to agree. */
export interface RoleWish {
  readonly ownerId: number;
  readonly kind: RequestedKind;
  readonly role: string;
  readonly parameters: AssignmentParameters;
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** Stored rows whose place it would take. */
  readonly replaces: readonly number[];
}

/** By owner: the risks that the wishes would bring and that are not there without them. */
export type RisksOfWishes = ReadonlyMap<number, readonly Risk[]>;

/** What the person who asks is told. */
export interface RequestRisk {
  readonly risk: string;
  readonly name: string;
  readonly level: number;
  readonly effect: 'warning' | 'approval' | 'blocking';
  readonly remediation: string | null;
}

const effects = {
  Warning: 'warning',
  Blocking: 'blocking',
  ApprovalRequired: 'approval',
  BlockingUponProfile: 'blocking',
  ApprovalRequiredUponProfile: 'approval',
} as const;

/** @param isOverridden the person who asks stands in for it: what depends on a profile only warns */
export function describeRisks(
  risks: readonly Risk[],
  isOverridden: boolean,
): readonly RequestRisk[] {
  return risks.map(({ identifier, displayName, level, exemption, remediation }) => {
    const isSoftened = isOverridden && exemption.endsWith('UponProfile');
    const effect = isSoftened ? 'warning' : effects[exemption];
    return {
      ...{ risk: identifier, name: displayName, level, effect },
      remediation: remediation ?? null,
    };
  });
}

/** One that blocks outweighs all; one that asks for an approval outweighs remarks. */
export function verdictOf(risks: readonly RequestRisk[]): RiskVerdict {
  if (risks.some(({ effect }) => effect === 'blocking')) return 'blocking';
  return risks.some(({ effect }) => effect === 'approval') ? 'approval' : 'none';
}

/** The kind of a decision that stands in for risks; kept with person and comment like any other. */
export const overrideKind = 'role assign override-risks';
