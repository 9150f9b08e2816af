/** Reads a system through a script of PowerShell that writes a CSV file per table. */
import { join } from 'node:path';
import { describeUnknownEncoding, findEncoding } from '../spi/decode-file.ts';
import { resolveSettingPath } from '../spi/file-access.ts';
import type { ConnectorContext, Exporter } from '../spi/package.ts';
import { programEnvironment } from '../spi/process/environment.ts';
import {
  describeScriptTables,
  type ExportScript,
  exportByScript,
} from '../spi/process/export-script.ts';
import { findScript } from '../spi/process/find-program.ts';
import { writeRuntimeFiles } from '../spi/process/order-script.ts';
import { findPowerShell, powerShellArgs } from '../spi/process/powershell.ts';
import { formatScriptInput } from '../spi/process/script-options.ts';
import { tableFormat } from '../spi/process/table-settings.ts';
import { exportStarter, powershellExportRuntime } from './runtime-files.ts';
import type { PowershellSyncSettings } from './settings.ts';

export const powershellSyncExporter: Exporter<PowershellSyncSettings> = {
  checkConnection: async (settings, context) => {
    const { program, script } = await locate(settings, context);
    return `${script} can be read and ${program} is there to run it.`;
  },
  exportTables: async function* (request, context) {
    yield* exportByScript(await prepare(request.settings, context), request, context);
  },
  describeTables: async (settings, context) =>
    describeScriptTables(await prepare(settings, context), context),
};

async function prepare(
  settings: PowershellSyncSettings,
  context: ConnectorContext,
): Promise<ExportScript> {
  context.signal.throwIfAborted();
  const { program, script } = await locate(settings, context);
  const runtime = await writeRuntimeFiles(context.workFolder, powershellExportRuntime);
  const { input, secrets } = formatScriptInput(settings.Options);
  const environment = programEnvironment(context.environment ?? {}, settings.Environment);
  return {
    name: 'The script',
    timeoutMs: settings.TimeoutSeconds * 1_000,
    format: tableFormat(settings),
    secrets,
    start: ({ outputPath, cookiePath, isIncremental }) => ({
      program,
      args: powerShellArgs(join(runtime, exportStarter), {
        LockstepScript: script,
        LockstepOutputPath: outputPath,
        LockstepIsIncremental: String(isIncremental),
        LockstepCookiePath: cookiePath,
      }),
      environment,
      ...(input === undefined ? {} : { input }),
    }),
  };
}

async function locate(
  settings: PowershellSyncSettings,
  context: ConnectorContext,
): Promise<{ readonly program: string; readonly script: string }> {
  if (findEncoding(settings.Encoding) === undefined)
    throw describeUnknownEncoding(settings.Encoding);
  const setting = 'PowerShellScriptPath';
  const path = resolveSettingPath(setting, settings.PowerShellScriptPath, context);
  const script = await findScript(path, setting);
  return { script, program: await findPowerShell(settings.PowerShellPath, context) };
}
