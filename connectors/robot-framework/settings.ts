/** Settings of one connection that hands orders to a script of Robot Framework. */
import Type, { type Static } from 'typebox';
import { scriptEnvironment, scriptOptions } from '../spi/process/script-options.ts';

export const robotFrameworkSettings = Type.Object(
  {
    RobotFrameworkScriptPath: Type.String({
      minLength: 1,
      description: 'The script; relative to the project.',
    }),
    Options: scriptOptions,
    RobotPath: Type.String({
      default: 'robot',
      minLength: 1,
      description: 'The program robot: a path, as in a virtual environment, or a name.',
    }),
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
    Environment: scriptEnvironment,
  },
  { additionalProperties: false },
);
export type RobotFrameworkSettings = Static<typeof robotFrameworkSettings>;
