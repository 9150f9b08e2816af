/** Carries out orders through a program: it reads them on standard input and says on standard output what became of them. */
import { ConnectorError } from '../spi/errors.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { ConnectorContext, FulfillerFactory } from '../spi/package.ts';
import { programEnvironment } from '../spi/process/environment.ts';
import { findProgram } from '../spi/process/find-program.ts';
import { openOrderBatches } from '../spi/process/order-batches.ts';
import { placesBelow, readOrderLeftover, writeHandedOver } from '../spi/process/order-script.ts';
import { formatCommandInput } from './input.ts';
import { isOrderName, readOrderName } from './order-arguments.ts';
import { type Argument, fillArguments, namesIn, parseArgument } from './placeholders.ts';
import { runForOrders } from './run-for-orders.ts';
import type { CommandSettings, FulfilSection } from './settings.ts';

export const commandFulfiller: FulfillerFactory<CommandSettings> = {
  checkConnection: async (settings, context) => {
    const { program } = await prepare(settings, context);
    return `${program} is there and can be executed.`;
  },
  openFulfiller: async (settings, _targets, context) => {
    const { program, list, section } = await prepare(settings, context);
    const environment = programEnvironment(context.environment ?? {}, settings.Environment);
    const isRepeatable = section.IsRepeatable;
    return openOrderBatches({
      context,
      ordersAtOnce: section.OrdersAtOnce,
      isRepeatable,
      takesPasswords: section.SendsPasswords,
      carryOut: async (orders, { path, marker }, signal) => {
        const places = placesBelow(path);
        // Filled in before anything is written: a value that cannot be an argument touches nothing.
        const args = fillArguments(list, (name) => readName(orders, name, context));
        await writeHandedOver(places, orders);
        const sent = formatCommandInput(settings.Options, orders, section.SendsPasswords);
        return runForOrders(
          {
            ...{ program, args, environment, marker, ...sent, isRepeatable },
            timeoutMs: section.TimeoutSeconds * 1_000,
            result: section.Result,
            kinds: settings.ExitCodes ?? {},
          },
          orders,
          places,
          { context, signal },
        );
      },
      readLeftover: (path) => {
        const { secrets } = formatCommandInput(settings.Options);
        return readOrderLeftover(path, {
          name: 'The program',
          isRepeatable,
          secrets,
          writesResults: false,
        });
      },
    });
  },
};

const projectFolder = 'ProjectFolder';

function isKnown(name: string): boolean {
  return name === projectFolder || isOrderName(name);
}

/** Arguments of several orders at once say nothing of a single one. */
function readName(
  orders: readonly ProvisioningOrder[],
  name: string,
  context: ConnectorContext,
): string | null {
  if (name === projectFolder) return context.projectFolder ?? null;
  const [order] = orders;
  return order === undefined ? null : readOrderName(order, name);
}

async function prepare(
  settings: CommandSettings,
  context: ConnectorContext,
): Promise<{
  readonly program: string;
  readonly list: readonly Argument[];
  readonly section: FulfilSection;
}> {
  const section = settings.Fulfil;
  if (section === undefined) {
    throw new ConnectorError('unsupported', 'The connection has no program for orders.', {
      hint: 'Add the section Fulfil to its settings.',
    });
  }
  const list = section.Args.map((text) => parseArgument(text, isKnown, 'Fulfil.Args'));
  const isOneByOne =
    section.Result === 'exitCode' || list.some((one) => namesIn(one).some(isOrderName));
  if (isOneByOne && section.OrdersAtOnce > 1) {
    throw new ConnectorError(
      'invalid-value',
      'Fulfil.OrdersAtOnce is more than 1, but arguments or the exit code tell of one order only.',
      {
        hint: 'Set OrdersAtOnce to 1, or have orders read from standard input and told on standard output.',
      },
    );
  }
  return { program: await findProgram(section.Command, 'Fulfil.Command', context), list, section };
}
