/** What a program reads on its standard input: one line of JSON with what there is of options, orders and passwords. */
import type { ProvisioningOrder } from '../spi/order.ts';
import { formatOrders } from '../spi/order-json.ts';
import { escapeNonAscii } from '../spi/process/redaction.ts';
import {
  formatScriptInput,
  passwordsName,
  type ScriptInput,
  type ScriptOptions,
} from '../spi/process/script-options.ts';

/** `input` is absent when there is nothing to say. */
export function formatCommandInput(
  options: ScriptOptions | undefined,
  orders: readonly ProvisioningOrder[] = [],
  sendsPasswords = false,
): ScriptInput {
  const { input, secrets } = formatScriptInput(options, orders, sendsPasswords);
  const { [passwordsName]: passwords, ...texts } = JSON.parse(input ?? '{}');
  const content = {
    ...(orders.length === 0 ? {} : JSON.parse(formatOrders(orders, 0))),
    ...(options === undefined ? {} : { Options: texts }),
    ...(sendsPasswords && passwords !== undefined ? { [passwordsName]: passwords } : {}),
  };
  if (Object.keys(content).length === 0) return { secrets };
  return { input: `${escapeNonAscii(JSON.stringify(content))}\n`, secrets };
}
