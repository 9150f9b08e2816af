/** A fulfiller over a script that takes a folder of orders: how it is started is all that kinds of scripts differ in. */
import type { ProvisioningOrder } from '../order.ts';
import type { ConnectorContext } from '../package.ts';
import { type OrderBatches, openOrderBatches } from './order-batches.ts';
import {
  type OrderScriptPlaces,
  placesBelow,
  readOrderLeftover,
  runOrderScript,
  writeOrderPlaces,
} from './order-script.ts';
import { formatScriptInput, type ScriptOptions } from './script-options.ts';

export interface ScriptFulfiller {
  readonly settings: {
    readonly OrdersAtOnce: number;
    readonly IsRepeatable: boolean;
    readonly TimeoutSeconds: number;
    readonly Options?: ScriptOptions;
  };
  readonly program: string;
  readonly args: (places: OrderScriptPlaces) => readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly takesPasswords: boolean;
  /** Whether passwords are among what a run with these orders is sent. */
  readonly sendsPasswords: (orders: readonly ProvisioningOrder[]) => boolean;
}

const name = 'The script';

export function openScriptFulfiller(
  { settings, program, args, environment, takesPasswords, sendsPasswords }: ScriptFulfiller,
  context: ConnectorContext,
): Promise<OrderBatches> {
  const { OrdersAtOnce: ordersAtOnce, IsRepeatable: isRepeatable, Options: options } = settings;
  const timeoutMs = settings.TimeoutSeconds * 1_000;
  return openOrderBatches({
    context,
    ordersAtOnce,
    isRepeatable,
    takesPasswords,
    carryOut: async (orders, { path, marker }, signal) => {
      const places = placesBelow(path);
      await writeOrderPlaces(places, orders);
      const sent = formatScriptInput(options, orders, sendsPasswords(orders));
      return runOrderScript(
        {
          program,
          args: args(places),
          environment,
          marker,
          ...sent,
          isRepeatable,
          timeoutMs,
          name,
        },
        orders,
        places,
        { context, signal },
      );
    },
    readLeftover: (path) => {
      const { secrets } = formatScriptInput(options);
      return readOrderLeftover(path, { name, isRepeatable, secrets, writesResults: true });
    },
  });
}
