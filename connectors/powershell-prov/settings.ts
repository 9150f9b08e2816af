/** Settings of one connection that hands orders to a script of PowerShell. */
import Type, { type Static } from 'typebox';
import {
  orderScriptSettings,
  scriptEnvironment,
  scriptOptions,
} from '../spi/process/script-options.ts';

export const powershellProvSettings = Type.Object(
  {
    PowerShellScriptPath: Type.String({
      minLength: 1,
      description: 'The script; relative to the project. Environment.ps1 stands beside it.',
    }),
    Options: scriptOptions,
    PowerShellPath: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The interpreter: a path or a name. Else pwsh, on Windows powershell.exe.',
      }),
    ),
    ...orderScriptSettings,
    SendsPasswords: Type.Boolean({
      default: false,
      description:
        'The script sets passwords: it gets those of its orders on its standard input, under OrderPasswords.',
    }),
    Environment: scriptEnvironment,
  },
  { additionalProperties: false },
);
export type PowershellProvSettings = Static<typeof powershellProvSettings>;
