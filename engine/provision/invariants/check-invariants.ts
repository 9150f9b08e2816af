/** All invariants of a configuration against one whole set of orders. */
import { type Invariant, type Model, suggest } from '../../../config/index.ts';
import type { ProvisioningOrder } from '../../../connectors/index.ts';
import type { StoreTransaction } from '../../store/index.ts';
import { DecisionError } from '../errors.ts';
import { MaximumChangeCheck } from './maximum-change.ts';
import { MembershipCheck } from './members.ts';
import { nameOwnAccount, type OwnAccount, OwnAccountCheck, ProtectedCheck } from './protected.ts';
import type { Violation } from './violation.ts';

interface Check {
  see(order: ProvisioningOrder): void;
  finish(t: StoreTransaction, now: string): Promise<readonly Violation[]>;
}

/** Shown every order of a run first, then asked: nothing may be made of the orders before the answer. */
export class InvariantCheck {
  readonly #checks: readonly Check[];

  constructor(model: Model, accounts: readonly OwnAccount[]) {
    const self = (entityType: string): readonly string[] =>
      accounts
        .filter((account) => account.entityTypes.includes(entityType))
        .flatMap((account) => account.names);
    this.#checks = [
      ...model.invariants.map((invariant) => checkOf(model, invariant, self)),
      ...accounts.map((account) => new OwnAccountCheck(model, account)),
    ];
  }

  see(order: ProvisioningOrder): void {
    for (const check of this.#checks) check.see(order);
  }

  /** Everything that is violated, in the order of the invariants' names. @param now internal form, UTC */
  async finish(t: StoreTransaction, now: string): Promise<readonly Violation[]> {
    const violations: Violation[] = [];
    for (const check of this.#checks) violations.push(...(await check.finish(t, now)));
    return violations.sort((a, b) => (a.invariant < b.invariant ? -1 : 1));
  }
}

function checkOf(
  model: Model,
  invariant: Invariant,
  self: (entityType: string) => readonly string[],
): Check {
  switch (invariant.kind) {
    case 'ProtectedResources':
      return new ProtectedCheck(model, invariant);
    case 'MinimumMembers':
    case 'RequiredMembers':
      return new MembershipCheck(model, invariant, self(invariant.entityType));
    case 'MaximumChange':
      return new MaximumChangeCheck(model, invariant);
  }
}

/** Who insists, in spite of which invariants, and why. */
export interface InvariantOverride {
  readonly invariants: readonly string[];
  readonly person: string;
  readonly comment: string;
}

/** Throws `INVARIANT_UNKNOWN` for an override that names no invariant there is. */
export function refuseUnknownOverrides(
  model: Model,
  accounts: readonly OwnAccount[],
  invariants: readonly string[],
): void {
  const known = [
    ...model.invariants.map(({ identifier }) => identifier),
    ...accounts.map(({ connection }) => nameOwnAccount(connection)),
  ];
  for (const name of invariants) {
    if (known.includes(name)) continue;
    throw new DecisionError('INVARIANT_UNKNOWN', `There is no invariant "${name}".`, {
      hint: [suggest(name, known), `The invariants are: ${known.join(', ') || '(none)'}.`]
        .filter((part) => part !== undefined)
        .join(' '),
    });
  }
}

/** Those that nobody overrides. */
export function unoverridden(
  violations: readonly Violation[],
  override: InvariantOverride | undefined,
): readonly Violation[] {
  return violations.filter(({ invariant }) => override?.invariants.includes(invariant) !== true);
}

export function describeViolations(violations: readonly Violation[]): string {
  return violations.map(({ invariant, message }) => `${invariant}: ${message}`).join('\n  ');
}
