/** Hands orders to a script of PowerShell, a folder of them at a time, and reads its results file. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConnectorError } from '../spi/errors.ts';
import { resolveSettingPath } from '../spi/file-access.ts';
import type { ConnectorContext, FulfillerFactory } from '../spi/package.ts';
import { programEnvironment } from '../spi/process/environment.ts';
import { findScript } from '../spi/process/find-program.ts';
import { type OrderScriptPlaces, writeRuntimeFiles } from '../spi/process/order-script.ts';
import { findPowerShell, powerShellArgs } from '../spi/process/powershell.ts';
import { openScriptFulfiller } from '../spi/process/script-fulfiller.ts';
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
    const environment = programEnvironment(context.environment ?? {}, {
      ...settings.Environment,
      LOCKSTEP_RUNTIME_PATH: runtime,
    });
    const args = ({ results, orders }: OrderScriptPlaces) =>
      powerShellArgs(script, { resultsFilePath: results, ordersPath: orders });
    const takesPasswords = settings.SendsPasswords;
    const sendsPasswords = () => takesPasswords;
    return openScriptFulfiller(
      { settings, program, args, environment, takesPasswords, sendsPasswords },
      context,
    );
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
