/** How scripts of PowerShell are started. */
import type { ConnectorContext } from '../package.ts';
import { findProgram } from './find-program.ts';

/** The interpreter: the one the setting names, else the one of the system. Throws `not-found`. */
export function findPowerShell(
  setting: string | undefined,
  context: Pick<ConnectorContext, 'environment' | 'projectFolder'>,
): Promise<string> {
  const usual = process.platform === 'win32' ? 'powershell.exe' : 'pwsh';
  return findProgram(setting ?? usual, 'PowerShellPath', context);
}

/** Nothing of the profile, no questions; what follows `-File` is text, whatever it holds. */
export function powerShellArgs(
  script: string,
  parameters: Readonly<Record<string, string>>,
): readonly string[] {
  const named = Object.entries(parameters).flatMap(([name, value]) => [`-${name}`, value]);
  return ['-NoLogo', '-NoProfile', '-NonInteractive', '-File', script, ...named];
}
