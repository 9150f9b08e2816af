/**
 * What every package that carries out orders promises, for tests written against the two former suites. How a subject opts into the
 * whole contract of today is told in `exporter-contract.ts`.
 */
import type { ConnectorPackage, Executed, FulfillerFactory } from '../../connectors/index.ts';
import {
  type ConnectorSubject,
  type ContractObject,
  defineContract,
  type PreparedTarget,
} from '../../connectors/spi/contract/subject.ts';
import { describeConnectorContract, describeFormerCases } from './connector-contract.ts';

export type { ContractObject, PreparedTarget };

type FulfillerCase =
  | 'check connection'
  | 'check connection refused'
  | 'secrets'
  | 'abort'
  | 'two instances'
  | 'objects'
  | 'unicode'
  | 'line breaks and quotes'
  | 'hostile values'
  | 'already exists'
  | 'not found'
  | 'delete twice'
  | 'modify twice'
  | 'clear'
  | 'conflicts'
  | 'links'
  | 'read';

export interface FulfillerSubject<S>
  extends Pick<
    ConnectorSubject<S>,
    'name' | 'folder' | 'badSettings' | 'badCredentials' | 'secret'
  > {
  readonly definition: Pick<ConnectorPackage<S>, 'settings' | 'displayName'>;
  loadFactory(): Promise<FulfillerFactory<S>>;
  prepare(): Promise<PreparedTarget>;
  unreachable(): Promise<Readonly<Record<string, unknown>>>;
  /** What a carried out order answers; `executed` unless a person does the work. */
  readonly status?: Executed['status'];
  /** Every case of the contract, not only those that had a name before. */
  readonly isWhole?: true;
  /** By the names above, or by ids of cases. */
  readonly skips?:
    | Readonly<Partial<Record<FulfillerCase, string>>>
    | Readonly<Record<string, string>>;
}

/** Declares the cases; call it once at the top of the connector's test. */
export function describeFulfillerContract<S>(former: FulfillerSubject<S>): void {
  const { skips, isWhole, status, loadFactory, prepare, ...rest } = former;
  const subject = defineContract<S>({
    ...rest,
    fulfiller: {
      load: () => loadFactory.call(former),
      prepare: () => prepare.call(former),
      ...(status === undefined ? {} : { status }),
    },
    ...(skips === undefined ? {} : { skips: skips as Readonly<Record<string, string>> }),
  });
  if (isWhole === true) describeConnectorContract(subject);
  else describeFormerCases(`${subject.name}: contract of fulfillers`, subject);
}
