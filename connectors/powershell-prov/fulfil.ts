/** Hands orders to a script of PowerShell, a folder of them at a time, and reads its results file. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConnectorError } from '../spi/errors.ts';
import { resolveSettingPath } from '../spi/file-access.ts';
import type { ConnectorContext, FulfillerFactory } from '../spi/package.ts';
import { programEnvironment } from '../spi/process/environment.ts';
import { findScript } from '../spi/process/find-program.ts';
import { openOrderBatches } from '../spi/process/order-batches.ts';
import {
  placesBelow,
  readOrderLeftover,
  runOrderScript,
  writeOrderPlaces,
  writeRuntimeFiles,
} from '../spi/process/order-script.ts';
import { findPowerShell, powerShellArgs } from '../spi/process/powershell.ts';
import { formatScriptInput } from '../spi/process/script-options.ts';
import { powershellRuntime } from './runtime-files.ts';
import type { PowershellProvSettings } from './settings.ts';

export const powershellProvFulfiller: FulfillerFactory<PowershellProvSettings> = {
  checkConnection: async (settings, context) => {
    const { program, script } = await locate(settings, context);
    await checkEnvironmentFile(script, context);
    return `${script} can be read and ${program} is there to run it.`;
  },
  openFulfiller: async (settings, _targets, context) => {
    const { program, script } = await locate(settings, context);
    const runtime = await writeRuntimeFiles(context.workFolder, powershellRuntime);
    const name = 'The script';
    const environment = programEnvironment(context.environment ?? {}, {
      ...settings.Environment,
      LOCKSTEP_RUNTIME_PATH: runtime,
    });
    const timeoutMs = settings.TimeoutSeconds * 1_000;
    const isRepeatable = settings.IsRepeatable;
    return openOrderBatches({
      context,
      ordersAtOnce: settings.OrdersAtOnce,
      isRepeatable,
      takesPasswords: settings.SendsPasswords,
      carryOut: async (orders, { path, marker }, signal) => {
        const places = placesBelow(path);
        await writeOrderPlaces(places, orders);
        const sent = formatScriptInput(settings.Options, orders, settings.SendsPasswords);
        const parameters = { resultsFilePath: places.results, ordersPath: places.orders };
        const args = powerShellArgs(script, parameters);
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

async function locate(
  settings: PowershellProvSettings,
  context: ConnectorContext,
): Promise<{ readonly program: string; readonly script: string }> {
  const setting = 'PowerShellScriptPath';
  const path = resolveSettingPath(setting, settings.PowerShellScriptPath, context);
  const script = await findScript(path, setting);
  return { script, program: await findPowerShell(settings.PowerShellPath, context) };
}

/** Scripts of the documented form load Environment.ps1 to learn where the loop over orders is. */
async function checkEnvironmentFile(script: string, context: ConnectorContext): Promise<void> {
  const isAskedFor = /environment\.ps1/i.test(await readFile(script, 'latin1'));
  const path = join(dirname(script), 'Environment.ps1');
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isAskedFor || isThere) return;
  const runtime = join(context.workFolder, 'runtime');
  throw new ConnectorError('not-found', `The script loads ${path}, which is not there.`, {
    hint: `Create it with this line: $runtimePath = '${runtime.replaceAll("'", "''")}'`,
    details: { path },
  });
}
