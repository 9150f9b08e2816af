/** The contract every package is held to, loaded when somebody asks whether one keeps it. */
export type { CaseResult, ContractCase } from './spi/contract/suite.ts';

export async function loadContractSuite(): Promise<typeof import('./spi/contract/suite.ts')> {
  return import('./spi/contract/suite.ts');
}
