/** Settings of one connection that hands orders to a script of PowerShell. */
import Type, { type Static } from 'typebox';
import { scriptEnvironment, scriptOptions } from '../spi/process/script-options.ts';

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
    OrdersAtOnce: Type.Integer({
      default: 50,
      minimum: 1,
      maximum: 100,
      description: 'Most orders one start of the script gets.',
    }),
    TimeoutSeconds: Type.Number({
      default: 300,
      exclusiveMinimum: 0,
      maximum: 86_400,
      description:
        'Most seconds between two results; a script that gives none for longer is ended.',
    }),
    IsRepeatable: Type.Boolean({
      default: false,
      description:
        'The script ends in the same place when it gets an order twice: orders it was interrupted at are given to it again by themselves. false leaves them to a person.',
    }),
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
