/** What the command line uses of the contract. */
export { contractCases } from './all-cases.ts';
export type { ContractCase } from './contract-case.ts';
export { loadSubject } from './load-subject.ts';
export { type CaseResult, type ContractOptions, chooseCases, runContract } from './run-contract.ts';
