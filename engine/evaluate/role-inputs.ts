/** What the computation of one role of one owner starts from. */
import type { Role } from '../../config/index.ts';
import type { GrantInputs } from './role-grants.ts';
import type { AssignedRole, RoleKind, RoleRuleParts } from './types.ts';

export interface RoleInputs extends GrantInputs {
  readonly kind: RoleKind;
  readonly name: string;
  /** `null`: the configuration does not know the role any more. */
  readonly role: Role | null;
  readonly rules: readonly RoleRuleParts[];
  /** See `RoleRules`. */
  readonly isPlain: boolean;
  /** Of `rules`; `null`: there are none. */
  readonly digest: string | null;
  readonly formerRules: (digest: string) => readonly RoleRuleParts[] | null;
  readonly stored: readonly AssignedRole[];
  /** The owner has not begun yet. */
  readonly isNewOwner: boolean;
  readonly now: string;
  readonly timestamp: string;
}
