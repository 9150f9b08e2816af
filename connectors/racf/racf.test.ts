import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { contract } from './contract.ts';

describeConnectorContract(contract);
