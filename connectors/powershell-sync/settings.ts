/** Settings of one connection that a script of PowerShell reads. */
import Type, { type Static } from 'typebox';
import { scriptEnvironment, scriptOptions } from '../spi/process/script-options.ts';
import { tableSettings } from '../spi/process/table-settings.ts';

export const powershellSyncSettings = Type.Object(
  {
    PowerShellScriptPath: Type.String({
      minLength: 1,
      description: 'The script; relative to the project.',
    }),
    Options: scriptOptions,
    PowerShellPath: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The interpreter: a path or a name. Else pwsh, on Windows powershell.exe.',
      }),
    ),
    TimeoutSeconds: Type.Number({
      default: 3_600,
      exclusiveMinimum: 0,
      maximum: 86_400,
      description:
        'Most seconds the script may take; it is ended then, and nothing it wrote is used.',
    }),
    ...tableSettings,
    Environment: scriptEnvironment,
  },
  { additionalProperties: false },
);
export type PowershellSyncSettings = Static<typeof powershellSyncSettings>;
