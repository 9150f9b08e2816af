/** What the risks of a request mean for it: pure, over what an evaluation found. */
import type { Risk } from '../../../config/index.ts';
import type { AssignmentParameters, HeldItem } from '../../evaluate/index.ts';
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

/** A risk that wishes would bring, with those of its rules that do not hold without them. */
export interface WishedRisk {
  readonly risk: Risk;
  readonly rules: readonly {
    /** Its number within the risk, from 1. */
    readonly rule: number;
    /** In the order of the rule; `isBrought`: the owner does not hold it, and is not about to. */
    readonly items: readonly (HeldItem & { readonly isBrought: boolean })[];
  }[];
}

/** By owner: the risks that the wishes would bring and that are not there without them, in the order of the model. */
export type RisksOfWishes = ReadonlyMap<number, readonly WishedRisk[]>;

/** The risks that owners of an entity type would have with these wishes, and have not without them. */
export type RisksOf = (ownerType: string, wishes: readonly RoleWish[]) => Promise<RisksOfWishes>;

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
  risks: readonly WishedRisk[],
  isOverridden: boolean,
): readonly RequestRisk[] {
  return risks.map(({ risk }) => {
    const { identifier, displayName, level, exemption, remediation } = risk;
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
