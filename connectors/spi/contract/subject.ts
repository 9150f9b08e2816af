/**
 * What the contract of connectors is tested on: a package, and how to make systems for it that hold what a case asks for. A
 * connector's folder offers it as `contract.ts`; the cases are in the files beside this one.
 */
import type { LinkedResource, Values } from '../order.ts';
import type {
  ConnectorPackage,
  Executed,
  Exporter,
  FulfillerFactory,
  FulfilTarget,
  TableRequest,
} from '../package.ts';
import type { Row } from '../row.ts';

/** Settings as a project writes them, secrets in clear. */
export type RawSettings = Readonly<Record<string, unknown>>;

/** One object the system under test is asked to hold. `key` and `name` are never empty; keys are plain letters and digits. */
export interface ContractRow {
  readonly key: string;
  readonly name: string;
  readonly note: string | null;
  /** Several values of one property, in the order they were given; only asked for where `columns.values` is offered. */
  readonly values?: readonly string[];
}

/** A change that somebody else makes in the system: a row that is to be there, or a key that is to be gone. */
export type SourceChange =
  | { readonly kind: 'put'; readonly row: ContractRow }
  | { readonly kind: 'remove'; readonly key: string };

export interface ContextOptions {
  readonly signal?: AbortSignal;
  readonly now?: () => number;
  readonly sourcesRootPaths?: readonly string[];
  readonly projectFolder?: string;
}

/** What a test can do to a system besides filling it. What is absent has to be given a reason in the subject's `skips`. */
export interface SystemControls {
  /** How many connections, cursors and files of the package are open now. */
  opened?(): number | Promise<number>;
  /** From now on the system answers that it is asked too often. */
  throttle?(): void | Promise<void>;
  /** From now on the system takes what it is asked and never answers. */
  stall?(): void | Promise<void>;
  /** How long the settings let the package wait for an answer. */
  readonly timeoutMs?: number;
}

/** A system that holds exactly the rows asked for, in one table. */
export interface PreparedSource extends SystemControls, AsyncDisposable {
  readonly settings: RawSettings;
  readonly table: TableRequest;
  /** Columns of the table that carry key, name and note; `values` as one text, where a property may have several. */
  readonly columns: {
    readonly key: string;
    readonly name: string;
    readonly note: string;
    readonly values?: string;
  };
  readonly contextOptions?: ContextOptions;
  /** The key of a row, where the system has keys of its own and a deletion tells nothing else. */
  readKey?(row: Row): string;
  /** Changes the system behind the package's back, one after the other. */
  change?(changes: readonly SourceChange[]): Promise<void>;
  /** From now on a reading breaks off after about so many rows: the connection drops, the file ends. */
  breakAfter?(rows: number): void | Promise<void>;
  /** How many rows the system has given to the package so far. */
  served?(): number | Promise<number>;
  /** Makes the system forget the changes it could tell so far. */
  forgetChanges?(): void | Promise<void>;
  /** A bookmark like this one, of a time that is still to come. */
  postpone?(bookmark: Uint8Array): Uint8Array;
}

/** An object as the system holds it, read without the package. */
export interface ContractObject {
  readonly name: string | null;
  readonly note: string | null;
  /** Keys of linked resources, where the subject has links. */
  readonly links?: readonly string[];
  /** Where it lies, where objects can be moved. */
  readonly place?: string;
}

/** A fresh, empty system. Properties of the target entity type are `key`, `name`, `note` and, with links, `groups`. */
export interface PreparedTarget extends SystemControls, AsyncDisposable {
  readonly settings: RawSettings;
  readonly target: FulfilTarget;
  /** Values of key properties besides `key` that orders must carry, such as a distinguished name. */
  valuesFor?(key: string): Values;
  /** Reads the system by other means; absent where nothing can be read. */
  find?(key: string): Promise<ContractObject | null>;
  /** Makes a resource that `groups` may lead to; absent: no links. */
  addLinked?(key: string): Promise<LinkedResource>;
  /** What an order sets to move an object to another place of the system. */
  movedValuesFor?(key: string): Values;
  readonly contextOptions?: ContextOptions;
}

export interface ExportSubject<S> {
  load(): Promise<Exporter<S>>;
  /** A fresh system for one case, or for one of two that must not meet. */
  prepare(rows: readonly ContractRow[]): Promise<PreparedSource>;
  /** A request for a table that is not there; absent: the package has one table only. */
  missingTable?(source: PreparedSource): TableRequest;
}

export interface FulfilSubject<S> {
  load(): Promise<FulfillerFactory<S>>;
  prepare(): Promise<PreparedTarget>;
  /** What a carried out order answers; `executed` unless a person does the work. */
  readonly status?: Executed['status'];
}

export interface ConnectorSubject<S = unknown> {
  readonly name: string;
  readonly definition: Pick<ConnectorPackage<S>, 'settings' | 'displayName'> &
    Partial<Pick<ConnectorPackage<S>, 'incremental'>>;
  /** The folder with the package's code and README. */
  readonly folder?: string;
  /** Instead of the README in the folder. */
  readReadme?(): Promise<string>;
  /** Settings that must be refused, by reason. */
  readonly badSettings: Readonly<Record<string, RawSettings>>;
  /** Settings of the right shape that lead nowhere, or to a system that says no. */
  unreachable(): Promise<RawSettings>;
  /** Settings that lead to a system and show it the wrong password. */
  badCredentials?(): Promise<RawSettings>;
  /** A secret that the settings of `unreachable` and `badCredentials` hold. */
  readonly secret?: string;
  readonly exporter?: ExportSubject<S>;
  readonly fulfiller?: FulfilSubject<S>;
  /** Why cases do not apply, by their ids; the README repeats each reason under Limits. */
  readonly skips?: Readonly<Record<string, string>>;
}

/** Keeps the settings type of one package together; the cases forget it. */
export function defineContract<S>(subject: ConnectorSubject<S>): ConnectorSubject {
  // Settings go through `definition.settings` before they reach the package, so S is what arrives.
  return subject as ConnectorSubject;
}
