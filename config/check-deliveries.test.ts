import { describe, expect, it } from 'vitest';
import { findDelivery, usualDelivery } from './delivery.ts';
import { loadConfiguration } from './load.ts';

const load = (deliveries: string) =>
  loadConfiguration([
    {
      path: 'staff.xml',
      text: `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Connector Identifier="Staff" DisplayName_L1="Staff" />
  <Connection Identifier="People" DisplayName_L1="People" Connector="Staff" Package="Usercube.CSV@0000001" />
  ${deliveries}
</ConfigurationFile>`,
    },
  ]);

describe('limits of delivery', () => {
  it('are the usual ones where nothing is written', () => {
    const loaded = load('<ls:Delivery Connection="People" />');
    if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));

    expect(findDelivery(loaded.model.deliveries, 'People')).toMatchObject(usualDelivery);
    expect(findDelivery(loaded.model.deliveries, 'Other')).toEqual(usualDelivery);
  });

  it('are read as written', () => {
    const loaded = load(
      '<ls:Delivery Connection="People" Concurrency="8" MaximumAttempts="2" OnConflict="Overwrite" BreakerFailures="0" />',
    );
    if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));

    expect(findDelivery(loaded.model.deliveries, 'People')).toMatchObject({
      concurrency: 8,
      maximumAttempts: 2,
      onConflict: 'Overwrite',
      breakerFailures: 0,
    });
  });

  it.each([
    ['<ls:Delivery Connection="Peple" />', 'CONFIG_REFERENCE_UNKNOWN', 'Peple'],
    ['<ls:Delivery />', 'CONFIG_ATTRIBUTE_MISSING', 'Connection'],
    [
      '<ls:Delivery Connection="People" MaximumAttempts="0" />',
      'CONFIG_VALUE_INVALID',
      'MaximumAttempts',
    ],
    [
      '<ls:Delivery Connection="People" /><ls:Delivery Connection="People" />',
      'CONFIG_ATTRIBUTES_CONFLICT',
      'two elements',
    ],
    [
      '<ls:Delivery Connection="People" RetryDelaySeconds="60" MaximumRetryDelaySeconds="30" />',
      'CONFIG_ATTRIBUTES_CONFLICT',
      'longer than the longest',
    ],
  ])('%s is found', (deliveries, code, text) => {
    const { diagnostics } = load(deliveries);

    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code, severity: 'error', line: 5 });
    expect(diagnostics[0]?.message).toContain(text);
  });
});
