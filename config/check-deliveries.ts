/** Checks limits of delivery: that no connection has two, and that delays do not contradict each other. */
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { shorten, textOf, valuesOf } from './schema/declare.ts';
import { delivery } from './schema/delivery-elements.ts';
import { spanOfName } from './source/element-tree.ts';

export function checkDeliveries(names: Names, findings: Findings): void {
  const seen = new Set<string>();
  for (const declared of names.all(delivery.name)) {
    const connection = textOf(declared, 'Connection') ?? '';
    if (connection !== '' && seen.has(connection)) {
      findings.report(spanOfName(declared.source), {
        code: 'CONFIG_ATTRIBUTES_CONFLICT',
        message: `The connection ${shorten(connection)} has two elements that say how its orders are delivered.`,
        hint: 'Put the limits into one of them and remove the other.',
      });
    }
    seen.add(connection);
    const { RetryDelaySeconds: first, MaximumRetryDelaySeconds: most } = valuesOf(
      declared,
      delivery,
    );
    if (first > most) {
      findings.report(spanOf(declared, 'RetryDelaySeconds'), {
        code: 'CONFIG_ATTRIBUTES_CONFLICT',
        message: `The first delay, ${first} seconds, is longer than the longest, ${most} seconds.`,
        hint: 'Raise MaximumRetryDelaySeconds, or lower RetryDelaySeconds.',
      });
    }
  }
}
