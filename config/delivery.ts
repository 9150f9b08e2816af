/** How orders are delivered over a connection, as the engine reads it. */
import type { Position } from './errors.ts';

export interface DeliveryLimits {
  readonly concurrency: number;
  /** 0: no limit. */
  readonly orderTimeoutSeconds: number;
  readonly maximumAttempts: number;
  readonly retryDelaySeconds: number;
  readonly maximumRetryDelaySeconds: number;
  readonly retryWaitSeconds: number;
  /** 0: the system is never left in peace. */
  readonly breakerFailures: number;
  readonly breakerPauseSeconds: number;
  readonly onConflict: 'Hold' | 'Overwrite';
}

export interface Delivery extends DeliveryLimits {
  readonly connection: string;
  readonly at: Position;
}

/** What holds where nothing is configured: the defaults of the element. */
export const usualDelivery: DeliveryLimits = {
  concurrency: 4,
  orderTimeoutSeconds: 600,
  maximumAttempts: 5,
  retryDelaySeconds: 5,
  maximumRetryDelaySeconds: 3_600,
  retryWaitSeconds: 30,
  breakerFailures: 5,
  breakerPauseSeconds: 60,
  onConflict: 'Hold',
};

export function findDelivery(deliveries: readonly Delivery[], connection: string): DeliveryLimits {
  return deliveries.find((delivery) => delivery.connection === connection) ?? usualDelivery;
}
