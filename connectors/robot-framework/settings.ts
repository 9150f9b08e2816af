/** Settings of one connection that hands orders to a script of Robot Framework. */
import Type, { type Static } from 'typebox';
import {
  orderScriptSettings,
  scriptEnvironment,
  scriptOptions,
} from '../spi/process/script-options.ts';

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
    ...orderScriptSettings,
    Environment: scriptEnvironment,
  },
  { additionalProperties: false },
);
export type RobotFrameworkSettings = Static<typeof robotFrameworkSettings>;
