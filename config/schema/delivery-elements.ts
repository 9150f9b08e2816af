/** How orders are delivered over a connection. An element of our own. */
import { choice, integer, requiredReference } from './attribute.ts';
import { defineElement } from './element.ts';

const onConflict = {
  members: [
    ['Hold', 0],
    ['Overwrite', 1],
  ],
  aliases: {},
} as const;

const day = 86_400;

export const delivery = defineElement({
  name: 'ls:Delivery',
  doc: 'How the orders of a connection are delivered: side by side, how long, how often, and when a system is left in peace. Every connection has these limits without it; this element changes them.',
  key: ['Connection'],
  attributes: [
    requiredReference('Connection', 'Connection', 'Connection that carries out the orders.'),
    integer(
      'Concurrency',
      'Orders carried out at the same time, each on an object of its own.',
      4,
      {
        minimum: 1,
        maximum: 64,
      },
    ),
    integer(
      'OrderTimeoutSeconds',
      'Most seconds one order may take; after that its outcome is unknown and is read from the system before anything is tried again. 0 is no limit.',
      600,
      { minimum: 0, maximum: day },
    ),
    integer(
      'MaximumAttempts',
      'How often an order is tried when the system cannot be reached, is busy or answers too late; after that it waits for a person.',
      5,
      { minimum: 1, maximum: 100 },
    ),
    integer(
      'RetryDelaySeconds',
      'Seconds before the second attempt; doubled with every further one, and spread so that orders do not come back all at once.',
      5,
      { minimum: 1, maximum: day },
    ),
    integer('MaximumRetryDelaySeconds', 'Most seconds between two attempts.', 3_600, {
      minimum: 1,
      maximum: day,
    }),
    integer(
      'RetryWaitSeconds',
      'Seconds one run waits for attempts that are soon due; others are left for the next run.',
      30,
      { minimum: 0, maximum: day },
    ),
    integer(
      'BreakerFailures',
      'After so many failures in a row to reach the system it is left in peace, and the run ends; 0 never does that.',
      5,
      { minimum: 0, maximum: 1_000 },
    ),
    integer(
      'BreakerPauseSeconds',
      'Seconds for which it is left in peace; then one order tries it. Doubled while that fails, up to `MaximumRetryDelaySeconds`.',
      60,
      { minimum: 1, maximum: day },
    ),
    choice(
      'OnConflict',
      onConflict,
      'What happens when somebody else has changed a value between the last reading and the order: `Hold` leaves it alone and a person decides, `Overwrite` writes the value of the order.',
      'Hold',
    ),
  ],
});

export const deliveryElements = [delivery] as const;
