/** Hands orders to a script of Robot Framework, a folder of them at a time, and reads its results file. */
import { resolveSettingPath } from '../spi/file-access.ts';
import type { ConnectorContext, FulfillerFactory } from '../spi/package.ts';
import { programEnvironment } from '../spi/process/environment.ts';
import { findProgram, findScript } from '../spi/process/find-program.ts';
import { openOrderBatches } from '../spi/process/order-batches.ts';
import {
  placesBelow,
  readOrderLeftover,
  runOrderScript,
  writeOrderPlaces,
  writeRuntimeFiles,
} from '../spi/process/order-script.ts';
import { formatScriptInput } from '../spi/process/script-options.ts';
import { robotRuntime } from './runtime-files.ts';
import type { RobotFrameworkSettings } from './settings.ts';

/** Output is read as it comes, in one encoding; nothing is written beside the script. */
const pythonVariables = {
  PYTHONUNBUFFERED: '1',
  PYTHONUTF8: '1',
  PYTHONDONTWRITEBYTECODE: '1',
};

export const robotFrameworkFulfiller: FulfillerFactory<RobotFrameworkSettings> = {
  checkConnection: async (settings, context) => {
    const { program, script } = await locate(settings, context);
    return `${script} can be read and ${program} is there to run it.`;
  },
  openFulfiller: async (settings, _targets, context) => {
    const { program, script } = await locate(settings, context);
    const runtime = await writeRuntimeFiles(context.workFolder, robotRuntime);
    const name = 'The script';
    const environment = programEnvironment(context.environment ?? {}, {
      ...pythonVariables,
      ...settings.Environment,
    });
    const timeoutMs = settings.TimeoutSeconds * 1_000;
    const isRepeatable = settings.IsRepeatable;
    return openOrderBatches({
      context,
      ordersAtOnce: settings.OrdersAtOnce,
      isRepeatable,
      takesPasswords: true,
      carryOut: async (orders, { path, marker }, signal) => {
        const places = placesBelow(path);
        await writeOrderPlaces(places, orders);
        const hasPasswords = orders.some((order) => order.password !== undefined);
        const sent = formatScriptInput(settings.Options, orders, hasPasswords);
        const args = robotArgs(script, {
          ORDERPATH: places.orders,
          RUNTIMEPATH: runtime,
          RESULTPATH: places.results,
        });
        return runOrderScript(
          { program, args, environment, marker, ...sent, isRepeatable, timeoutMs, name },
          orders,
          places,
          { context, signal },
        );
      },
      readLeftover: (path) => {
        const { secrets } = formatScriptInput(settings.Options);
        return readOrderLeftover(path, { name, isRepeatable, secrets, writesResults: true });
      },
    });
  },
};

/** No files of Robot Framework's own: they would hold the values of the orders. */
function robotArgs(script: string, variables: Readonly<Record<string, string>>): readonly string[] {
  return [
    ...['--output', 'NONE', '--log', 'NONE', '--report', 'NONE', '--loglevel', 'NONE'],
    ...['--console', 'none'],
    ...Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}:${value}`]),
    script,
  ];
}

async function locate(
  settings: RobotFrameworkSettings,
  context: ConnectorContext,
): Promise<{ readonly program: string; readonly script: string }> {
  const setting = 'RobotFrameworkScriptPath';
  const path = resolveSettingPath(setting, settings.RobotFrameworkScriptPath, context);
  const script = await findScript(path, setting);
  return { script, program: await findProgram(settings.RobotPath, 'RobotPath', context) };
}
