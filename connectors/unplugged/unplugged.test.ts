import { describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { checkSettings } from '../spi/settings.ts';
import { contract } from './contract.ts';
import { unpluggedSettings } from './settings.ts';

describeConnectorContract(contract);

describe('a connection without a system', () => {
  const definition = { settings: unpluggedSettings, displayName: 'Custom/Unplugged' };

  it('takes no settings', () => {
    expect(checkSettings(definition, {})).toEqual({ status: 'valid', settings: {} });
    expect(checkSettings(definition, { Path: 'x' })).toMatchObject({
      status: 'invalid',
      findings: [{ code: 'CONNECTION_SETTING_UNKNOWN', path: 'Path' }],
    });
  });
});
