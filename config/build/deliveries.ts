/** Limits of delivery of the model, from declarations that have passed all checks. */
import type { Names } from '../check-names.ts';
import type { Delivery } from '../delivery.ts';
import { valuesOf } from '../schema/declare.ts';
import { delivery } from '../schema/delivery-elements.ts';
import { positionOf } from '../source/element-tree.ts';

export function buildDeliveries(names: Names): readonly Delivery[] {
  return names.all(delivery.name).map((declared) => {
    const values = valuesOf(declared, delivery);
    return {
      connection: values.Connection,
      concurrency: values.Concurrency,
      orderTimeoutSeconds: values.OrderTimeoutSeconds,
      maximumAttempts: values.MaximumAttempts,
      retryDelaySeconds: values.RetryDelaySeconds,
      maximumRetryDelaySeconds: values.MaximumRetryDelaySeconds,
      retryWaitSeconds: values.RetryWaitSeconds,
      breakerFailures: values.BreakerFailures,
      breakerPauseSeconds: values.BreakerPauseSeconds,
      onConflict: values.OnConflict,
      at: positionOf(declared.source),
    };
  });
}
