/** Settings of a connection to a system in memory, sound or with one fault. */
import Type, { type TSchema } from 'typebox';
import type { Secret } from '../../../connectors/index.ts';
import { secretText } from '../../../connectors/index.ts';
import type { Faults } from './faults.ts';

export interface MemorySettings {
  readonly Address: string;
  readonly Password: Secret;
  readonly TimeoutMs: number;
  readonly IsStrict: boolean;
}

export function memorySettings(faults: Faults): TSchema {
  const port = { minimum: 0, description: 'Where the proxy listens.' };
  const size = { minimum: 1, default: 100, description: 'Rows asked for at once, a wish.' };
  return Type.Object(
    {
      Address: Type.String({
        ...(faults.has('settings-refused') ? {} : { minLength: 1 }),
        description: 'Name of the system in memory.',
      }),
      Password: secretText('What the system is shown.'),
      TimeoutMs: Type.Integer({
        minimum: 1,
        default: 500,
        description: faults.has('settings-described') ? '' : 'How long an answer may take.',
      }),
      IsStrict: Type.Boolean({ default: true, description: 'Refuses what is not mapped.' }),
      PageSize: faults.has('settings-spelled')
        ? Type.Unsafe<number>({ ...size, type: ['integer', 'string'] })
        : Type.Integer(size),
      Proxy: Type.Optional(
        Type.Object(
          {
            Port: Type.Integer({
              ...port,
              default: faults.has('settings-defaults-fit') ? -1 : 8080,
            }),
          },
          { additionalProperties: false, description: 'Who passes requests on.' },
        ),
      ),
      ...(faults.has('settings-secrets-marked')
        ? { ApiToken: Type.Optional(Type.String({ description: 'Another way to be let in.' })) }
        : {}),
    },
    { additionalProperties: faults.has('settings-closed') },
  );
}
