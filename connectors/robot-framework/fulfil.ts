/** Hands orders to a script of Robot Framework, a folder of them at a time, and reads its results file. */
import { resolveSettingPath } from '../spi/file-access.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { ConnectorContext, FulfillerFactory } from '../spi/package.ts';
import { programEnvironment } from '../spi/process/environment.ts';
import { findProgram, findScript } from '../spi/process/find-program.ts';
import { type OrderScriptPlaces, writeRuntimeFiles } from '../spi/process/order-script.ts';
import { openScriptFulfiller } from '../spi/process/script-fulfiller.ts';
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
    const environment = programEnvironment(context.environment ?? {}, {
      ...pythonVariables,
      ...settings.Environment,
    });
    const args = ({ orders, results }: OrderScriptPlaces) =>
      robotArgs(script, { ORDERPATH: orders, RUNTIMEPATH: runtime, RESULTPATH: results });
    const sendsPasswords = (orders: readonly ProvisioningOrder[]) =>
      orders.some((order) => order.password !== undefined);
    return openScriptFulfiller(
      { settings, program, args, environment, takesPasswords: true, sendsPasswords },
      context,
    );
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
