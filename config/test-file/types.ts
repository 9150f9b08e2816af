/** A test of a configuration, as its file says it: every part knows where it stands, so that a failure can point there. */
import type { Position } from '../errors.ts';

/** A stretch of a test file. */
export interface Place extends Position {
  readonly length: number;
}

export interface Placed<T> {
  readonly value: T;
  readonly at: Place;
}

/** Text as the file writes it: numbers and booleans are text, `null` is no value, a list is several links. */
export type GivenValue = Placed<string | null | readonly Placed<string>[]>;

/** A value under its name; the place of the name is where a finding about the name points. */
export interface Named<T> extends Placed<T> {
  readonly name: string;
  readonly nameAt: Place;
}

export type GivenRow = Placed<readonly Named<GivenValue['value']>[]>;

/** Rows as the source holds them, or a CSV file beside the test file. */
export type TableRows = readonly GivenRow[] | { readonly csv: string };

export interface TestDecision {
  readonly at: Place;
  readonly decision: Placed<DecisionKind>;
  readonly owner: Placed<string>;
  readonly resourceType: Placed<string>;
  readonly property: Placed<string> | undefined;
}

export const decisionKinds = ['approve', 'decline', 'unblock', 'keep', 'accept', 'delete'] as const;
export type DecisionKind = (typeof decisionKinds)[number];

export const orderChanges = ['added', 'modified', 'deleted', 'none'] as const;
export type OrderChange = (typeof orderChanges)[number];

export interface ExpectedOrder {
  readonly change: Placed<OrderChange>;
  /** `undefined`: whatever it changes. */
  readonly values: readonly Named<GivenValue['value']>[] | undefined;
}

/** What an owner should have of one resource type. */
export interface ExpectedResource {
  readonly at: Place;
  readonly workflow: Placed<string> | undefined;
  readonly provisioning: Placed<string> | undefined;
  /** Key of the account; `null`: there is none yet. */
  readonly target: Placed<string | null> | undefined;
  /** Days or instants, as `on`; `null`: unbounded. */
  readonly from: Placed<string | null> | undefined;
  readonly until: Placed<string | null> | undefined;
  readonly values: readonly Named<GivenValue['value']>[] | undefined;
  /** Properties that differ in the system and wait for a person. */
  readonly differs: Placed<readonly Placed<string>[]> | undefined;
  readonly order: ExpectedOrder | undefined;
}

export interface OwnerExpectation {
  readonly at: Place;
  /** `EntityType:key`. */
  readonly owner: Placed<string>;
  readonly isPartial: boolean;
  readonly properties: readonly Named<GivenValue['value']>[];
  readonly roles: Placed<readonly Placed<string>[]> | undefined;
  /** An empty list: nothing of this resource type. `undefined`: not looked at. */
  readonly resourceTypes: Placed<readonly Named<readonly ExpectedResource[]>[]> | undefined;
}

/** One look at the company on one day. */
export interface TestStep {
  readonly at: Place;
  /** Milliseconds since the epoch. */
  readonly now: Placed<number>;
  readonly given: readonly Named<readonly GivenRow[]>[];
  readonly tables: readonly Named<TableRows>[];
  readonly removed: readonly Named<readonly Placed<string>[]>[];
  /** Orders of the steps before are carried out, just as ordered, before anything else happens. */
  readonly isDelivered: boolean;
  readonly decisions: readonly TestDecision[];
  readonly expect: readonly OwnerExpectation[];
  /** How the data tests named here end over the data of the day; the others are not looked at. */
  readonly dataTests: readonly Named<'passed' | 'failed'>[];
}

export interface ConfigurationTest {
  readonly name: string;
  readonly at: Place;
  readonly steps: readonly TestStep[];
}

export interface TestFile {
  /** Relative to the project folder, with slashes. */
  readonly path: string;
  readonly tests: readonly ConfigurationTest[];
}
