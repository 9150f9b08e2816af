/** A provisioning order: one change to make in a managed system. Shape after the order files of the mould. */
import type { Secret } from './secret.ts';

export type ChangeType = 'added' | 'modified' | 'deleted';

/** Property identifiers of an entity type to values in the internal form. */
export type Values = Readonly<Record<string, string | null>>;

/** A resource a navigation property leads to, with the scalars needed to name it in the managed system. */
export interface LinkedResource {
  readonly id: string;
  readonly entityType: string;
  readonly values: Values;
}

/**
 * One change of one property. `set` writes a scalar (`null` clears it); `expected`, when present, is the value the
 * managed system should hold before: any other is a conflict. `link` writes a mono-valued navigation property;
 * `add` and `remove` change a multi-valued one. A property not mentioned is untouched.
 */
export type PropertyChange =
  | {
      readonly kind: 'set';
      readonly property: string;
      readonly value: string | null;
      readonly expected?: string | null;
    }
  | {
      readonly kind: 'link';
      readonly property: string;
      readonly value: LinkedResource | null;
      readonly expected?: LinkedResource | null;
    }
  | { readonly kind: 'add'; readonly property: string; readonly value: LinkedResource }
  | { readonly kind: 'remove'; readonly property: string; readonly value: LinkedResource };

/**
 * The password of an account, made by the engine from the `PasswordResetSettings` of the resource type's mapping. Only a
 * fulfiller calls `value.reveal()`, at the moment it writes: never into a log, an error, an argument, a file of its own,
 * `Executed` or what `read` returns; `formatOrders` leaves it out. On `added` the account is created with it and can only
 * be used once it is set; on `modified`, often without any change, it replaces the password the account has, after the
 * other changes. A repeated order carries the same password: setting it again must succeed. A fulfiller whose system has
 * no passwords, or that may not set them, throws `unsupported` before it writes anything.
 */
export interface OrderPassword {
  readonly value: Secret;
  /** The person must choose another one at the first login. */
  readonly mustChange: boolean;
}

export interface ProvisioningOrder {
  readonly id: string;
  readonly assignedResourceTypeId: string;
  readonly changeType: ChangeType;
  readonly owner: {
    readonly id: string;
    readonly displayName: string;
    readonly identifier: string;
    readonly values: Values;
  };
  readonly resourceType: {
    readonly identifier: string;
    readonly sourceEntityType: string;
    readonly targetEntityType: string;
  };
  /** The target as last read, keys included; present on `modified` and `deleted`. */
  readonly resource?: { readonly id: string; readonly values: Values };
  /** Empty on `deleted`. */
  readonly changes: readonly PropertyChange[];
  readonly arguments?: Readonly<Record<string, string>>;
  /** The request of a person that caused it; absent: no request did. */
  readonly requestId?: string;
  /** How long what it brings is given for, internal form; `null`: unbounded. */
  readonly validity?: { readonly startDate: string | null; readonly endDate: string | null };
  /** From 1; absent: not handed to a connector yet. */
  readonly attempt?: number;
  /** It was handed over before, and nobody knows what became of it. */
  readonly isInDoubt?: boolean;
  /** Absent: the order sets no password. Never on `deleted`. */
  readonly password?: OrderPassword;
  /**
   * On `modified` without changes: a person asked that the password of the account be replaced. Packages that set passwords
   * find the new one in `password`; where people carry orders out they choose it.
   */
  readonly passwordReset?: PasswordResetRequest;
}

export interface PasswordResetRequest {
  readonly mustChange: boolean;
  /** A mail tells the new password to whom the settings name. */
  readonly isTold: boolean;
}
