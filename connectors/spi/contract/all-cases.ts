/** Every case of the contract, in the order in which they are told. */
import { bookmarkCases } from './bookmark-cases.ts';
import { changeCases } from './change-cases.ts';
import { connectionCases } from './connection-cases.ts';
import type { ContractCase } from './contract-case.ts';
import { lifeCases } from './life-cases.ts';
import { linkCases } from './link-cases.ts';
import { orderCases } from './order-cases.ts';
import { readingCases } from './reading-cases.ts';
import { readmeCases } from './readme-cases.ts';
import { settingsCases } from './settings-cases.ts';
import { silenceCases } from './silence-cases.ts';
import { streamCases } from './stream-cases.ts';
import { surroundingsCases } from './surroundings-cases.ts';
import { tableCases } from './table-cases.ts';
import { troubleCases } from './trouble-cases.ts';
import { valueCases } from './value-cases.ts';
import { writtenCases } from './written-cases.ts';

export const contractCases: readonly ContractCase[] = [
  ...settingsCases,
  ...connectionCases,
  ...tableCases,
  ...readingCases,
  ...streamCases,
  ...valueCases,
  ...changeCases,
  ...bookmarkCases,
  ...orderCases,
  ...linkCases,
  ...writtenCases,
  ...lifeCases,
  ...silenceCases,
  ...troubleCases,
  ...surroundingsCases,
  ...readmeCases,
];
