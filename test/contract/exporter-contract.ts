/**
 * What every package that reads a system promises, for tests written against the two former suites. A subject that sets `isWhole`
 * runs every case of the contract there is now, not only the ones known by the names below; it then names cases it leaves out by
 * their ids (`lockstep connector test --list`), offers what `PreparedSource` lists as optional, and says in the README under
 * Limits, in the words of `skips`, why cases do not apply. New connectors put one subject for reading and writing into
 * `contract.ts` in their folder and call `describeConnectorContract(contract)`.
 */
import type { ConnectorPackage, Exporter, TableRequest } from '../../connectors/index.ts';
import {
  type ConnectorSubject,
  type ContractRow,
  defineContract,
  type PreparedSource,
} from '../../connectors/spi/contract/subject.ts';
import { describeConnectorContract, describeFormerCases } from './connector-contract.ts';

export type { ContractRow, PreparedSource };

type ExporterCase =
  | 'check connection'
  | 'check connection refused'
  | 'two reads'
  | 'no rows'
  | 'empty and null'
  | 'spaces'
  | 'unicode'
  | 'line breaks and quotes'
  | 'large value'
  | 'formulas'
  | 'abort'
  | 'batches'
  | 'missing table'
  | 'missing column'
  | 'two instances'
  | 'tables described'
  | 'secrets';

export interface ExporterSubject<S>
  extends Pick<
    ConnectorSubject<S>,
    'name' | 'folder' | 'badSettings' | 'badCredentials' | 'secret'
  > {
  readonly definition: Pick<ConnectorPackage<S>, 'settings' | 'displayName'> &
    Partial<Pick<ConnectorPackage<S>, 'incremental'>>;
  loadExporter(): Promise<Exporter<S>>;
  /** A fresh system for one case, or for one of two that must not meet. */
  prepare(rows: readonly ContractRow[]): Promise<PreparedSource>;
  /** Settings of the right shape that lead nowhere, or to a system that says no. */
  unreachable(): Promise<Readonly<Record<string, unknown>>>;
  /** A request for a table that is not there; absent: the package has one table only. */
  missingTable?(source: PreparedSource): TableRequest;
  /** Every case of the contract, not only those that had a name before. */
  readonly isWhole?: true;
  /** By the names above, or by ids of cases. */
  readonly skips?:
    | Readonly<Partial<Record<ExporterCase, string>>>
    | Readonly<Record<string, string>>;
}

/** Declares the cases; call it once at the top of the connector's test. */
export function describeExporterContract<S>(former: ExporterSubject<S>): void {
  const { missingTable, skips, isWhole, loadExporter, prepare, ...rest } = former;
  const subject = defineContract<S>({
    ...rest,
    exporter: {
      load: () => loadExporter.call(former),
      prepare: (rows) => prepare.call(former, rows),
      ...(missingTable === undefined ? {} : { missingTable }),
    },
    ...(skips === undefined ? {} : { skips: skips as Readonly<Record<string, string>> }),
  });
  if (isWhole === true) describeConnectorContract(subject);
  else describeFormerCases(`${subject.name}: contract of exporters`, subject);
}
