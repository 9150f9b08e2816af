/** The contract between the engine and everything that talks to a managed system. */
import type { TSchema } from 'typebox';
import type { PropertyChange, ProvisioningOrder, Values } from './order.ts';
import type { Row } from './row.ts';

/** The JSON Schema (TypeBox) of one connection's settings; no extra keys; secrets are marked `format: 'secret'`. */
export type SettingsSchema = TSchema;

/** Structured logging; `warn` and `error` messages are fixed strings, data go in fields. pino's loggers fit. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What a package may reach for; nothing else (no `process.env`). */
export interface ConnectorContext {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A folder of this connection's own, created, below Work. */
  readonly workFolder: string;
  /** Folders that file connections may read, after resolving symbolic links; empty: no restriction was configured. */
  readonly sourcesRootPaths: readonly string[];
  /** Identifier of the connection, for names of files. */
  readonly connection?: string;
  /** Where relative paths of settings start; absent: only absolute paths are understood. */
  readonly projectFolder?: string;
  /** Variables of our own environment, for `programEnvironment` alone; absent: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** One file the export is asked to write, and what the mappings use of it. */
export interface TableRequest {
  /** File name without extension: the connection's identifier, or `<connection>_<suffix>`. */
  readonly name: string;
  /** The part after the first `_`; empty for one-file connections. */
  readonly suffix: string;
  /** Columns named by entity type and association mappings, in order of the mappings, without duplicates. */
  readonly columns: readonly string[];
  /** `Format` by column, where the mapping gives one. */
  readonly formats: Readonly<Record<string, string>>;
  /**
   * Columns that mappings take the primary keys of entity types from, each once: what a row that says "gone" must carry. Absent:
   * nobody said.
   */
  readonly keyColumns?: readonly string[];
}

export interface ExportRequest<S> {
  readonly connection: string;
  readonly settings: S;
  readonly mode: 'initial' | 'complete' | 'incremental';
  readonly tables: readonly TableRequest[];
  /** The bookmark of the last accepted export, where the package keeps one. */
  readonly cookie?: Uint8Array;
  /** Tables without formats may come as `lines`: no transformation waits for their rows. */
  readonly takesLines?: boolean;
}

/**
 * What an export yields. `rows` carries up to 1,000 rows of one table (the first batch of a table gives its columns, in
 * order); `end` is the completion proof of one table: the source said that this was all. A table without an `end` is
 * partial, and nothing will be deleted on its account. `nothing` says that this mode has no input here, by configuration.
 */
export type TableBatch =
  | {
      readonly kind: 'rows';
      readonly table: string;
      readonly columns: readonly string[];
      readonly rows: readonly Row[];
    }
  | {
      /** Lines just as the files between steps have them; only where the request `takesLines`. Good until the next batch is asked for. */
      readonly kind: 'lines';
      readonly table: string;
      readonly columns: readonly string[];
      readonly bytes: Uint8Array;
      readonly rows: number;
    }
  | {
      readonly kind: 'end';
      readonly table: string;
      readonly rows: number;
      readonly evidence: string;
      readonly commandColumn?: string;
      /** When what was read was last written, ISO, UTC, where the source knows: the time of a file. */
      readonly writtenAt?: string;
      /** Whether its last line ends with a line break, where the source is a file of lines. */
      readonly isTerminated?: boolean;
    }
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'cookie'; readonly cookie: Uint8Array };

export type ExportTables<S> = (
  request: ExportRequest<S>,
  context: ConnectorContext,
) => AsyncIterable<TableBatch>;

/** One table a system offers, for `connection schema`. */
export interface TableDescription {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type?: string;
    readonly isKey?: boolean;
  }[];
}

export interface Exporter<S> {
  /** Cheap proof that the system can be reached and read; throws a `ConnectorError` that says what is missing. */
  checkConnection(settings: S, context: ConnectorContext): Promise<string>;
  readonly exportTables: ExportTables<S>;
  describeTables?(settings: S, context: ConnectorContext): Promise<readonly TableDescription[]>;
}

/** How the target entity type of a resource type stands in the managed system: from mappings of the configuration. */
export interface FulfilTarget {
  readonly resourceType: string;
  readonly entityType: string;
  /** Connection table of the entity type, without the connection's identifier; empty for one-file connections. */
  readonly tableSuffix: string;
  readonly columns: readonly {
    readonly property: string;
    readonly column: string;
    readonly format?: string;
    readonly isPrimaryKey: boolean;
    readonly isUniqueKey: boolean;
  }[];
  /** Navigation properties of the target entity type with the columns that carry them. */
  readonly links: readonly LinkTarget[];
  /** All properties of the target entity type; absent: nobody said. */
  readonly properties?: readonly {
    readonly identifier: string;
    readonly kind: 'scalar' | 'navigation';
  }[];
  readonly mapping: {
    readonly element: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly children: readonly {
      readonly element: string;
      readonly attributes: Readonly<Record<string, string>>;
    }[];
  };
}
export interface LinkTarget {
  readonly property: string;
  readonly isCollection: boolean;
  /** Suffix of the connection table the link is read from. */
  readonly tableSuffix: string;
  /** Column that names the target resource itself, and the property of the target entity type it holds. */
  readonly ownColumn: string;
  readonly ownProperty: string;
  /** Column that names the linked resource, and the property of the linked entity type it holds. */
  readonly linkedColumn: string;
  readonly linkedProperty: string;
  readonly linkedEntityType: string;
  /** Column of every mapped property of the linked entity type. */
  readonly linkedColumns: Readonly<Record<string, string>>;
}

/** What a fulfilled order gave: the key the system chose or changed, values it wrote that differ from the order. */
export interface Executed {
  readonly status: 'executed' | 'ticket-opened';
  readonly values?: Values;
  readonly message?: string;
  /** What is kept in the store, by packages that record resources; absent: the changes of the order. */
  readonly recorded?: readonly PropertyChange[];
}

/** The object of an order as the managed system holds it now; `null` when it is not there. */
export interface FoundTarget {
  readonly values: Values;
  /** Linked resources by property, named by the value of the link's `linkedProperty`. */
  readonly links: Readonly<Record<string, readonly string[]>>;
}

export interface Fulfiller extends AsyncDisposable {
  /**
   * Orders it carries out in one go when they are handed over together; the engine hands over at least as many at a time, and
   * gives them the time of all. Absent: each has a time of its own.
   */
  readonly ordersAtOnce?: number;
  /**
   * Carries out one order. Called twice with one order it ends in the same place: deleting what is gone is executed,
   * adding what is there fails as `already-exists`. Throws a `ConnectorError`; the package never retries by itself.
   */
  fulfil(order: ProvisioningOrder): Promise<Executed>;
  /** Reads the object an order is about, to settle what a crash left open. Absent: the engine treats the order as unknown. */
  read?(order: ProvisioningOrder): Promise<FoundTarget | null>;
}

export interface FulfillerFactory<S> {
  checkConnection(settings: S, context: ConnectorContext): Promise<string>;
  openFulfiller(
    settings: S,
    targets: readonly FulfilTarget[],
    context: ConnectorContext,
  ): Promise<Fulfiller>;
}

/** One entry of the registry. What a package can do is what it has. */
export interface ConnectorPackage<S = unknown> {
  /** Identifiers without the `@` version; the first is the one documentation uses. */
  readonly ids: readonly string[];
  readonly displayName: string;
  readonly folder: string;
  readonly settings: SettingsSchema;
  /** The system itself can say what changed. */
  readonly incremental: boolean;
  /** Orders become tickets for a person. */
  readonly manual?: boolean;
  /** Elements, besides `ResourceTypeMapping`, that say what it needs to know of its orders; absent: it needs nothing. */
  readonly mappings?: readonly string[];
  /** Its orders may carry a password that replaces the one an account has. */
  readonly setsPasswords?: boolean;
  /** What a person confirms, or the package carries out, stands for a reading: there is no system that could be read. */
  readonly recordsResources?: boolean;
  /** One line of the generated list of connectors: the products and versions it was seen to work with. */
  readonly testedAgainst?: string;
  /** Folder below `samples/` with a project that uses it. */
  readonly sample?: string;
  readonly exporter?: () => Promise<Exporter<S>>;
  readonly fulfiller?: () => Promise<FulfillerFactory<S>>;
}

/** Keeps the settings type of one package together; the registry forgets it. */
export function definePackage<S>(definition: ConnectorPackage<S>): ConnectorPackage {
  // The registry validates settings against `definition.settings` before they reach the package, so S is what arrives.
  return definition as ConnectorPackage;
}
