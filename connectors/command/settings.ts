/** Settings of one connection to programs of any kind. */
import Type, { type Static } from 'typebox';
import { connectorErrorKinds } from '../spi/errors.ts';
import { scriptEnvironment, scriptOptions } from '../spi/process/script-options.ts';
import { tableSettings } from '../spi/process/table-settings.ts';

const command = Type.String({
  minLength: 1,
  description: 'The program: a name that the PATH finds, or a path, relative to the project.',
});

const args = (placeholders: string) =>
  Type.Array(Type.String(), {
    default: [],
    description: `Its arguments, each on its own: no shell reads them. Known in braces: ${placeholders}. Two braces stand for one.`,
  });

const timeoutSeconds = (usual: number) =>
  Type.Number({
    default: usual,
    exclusiveMinimum: 0,
    maximum: 86_400,
    description: 'Most seconds one start may take; the program is ended then.',
  });

const exportSection = Type.Object(
  {
    Command: command,
    Args: args('OutputPath, CookiePath, IsIncremental, Mode, Connection, Table, ProjectFolder'),
    Writes: Type.Union([Type.Literal('output'), Type.Literal('files')], {
      default: 'output',
      description:
        'output: it prints a table; it is started for each table when an argument says {Table}. files: it writes a file per table, {OutputPath}<table>.csv.',
    }),
    TimeoutSeconds: timeoutSeconds(3_600),
    ...tableSettings,
  },
  { additionalProperties: false, description: 'How the system is read.' },
);

const fulfilSection = Type.Object(
  {
    Command: command,
    Args: args(
      'ProjectFolder, OrderId, AssignedResourceTypeId, ChangeType, ResourceType, TargetEntityType, and properties as Changes.<p>, Resource.<p>, Key.<p> (Changes, else Resource), Owner.<p>, Arguments.<p>',
    ),
    Result: Type.Union([Type.Literal('output'), Type.Literal('exitCode')], {
      default: 'output',
      description:
        'output: a line of JSON on standard output says what became of an order; without it the order has failed. exitCode: 0 is done.',
    }),
    OrdersAtOnce: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 100,
      description: 'Most orders one start gets; more than one only without properties in Args.',
    }),
    IsRepeatable: Type.Boolean({
      default: false,
      description:
        'The program ends in the same place when it gets an order twice: orders it was interrupted at are given to it again by themselves. false leaves them to a person.',
    }),
    SendsPasswords: Type.Boolean({
      default: false,
      description:
        'The program sets passwords: it gets those of its orders on its standard input, under OrderPasswords.',
    }),
    TimeoutSeconds: timeoutSeconds(300),
  },
  { additionalProperties: false, description: 'How orders are carried out.' },
);

export const commandSettings = Type.Object(
  {
    Export: Type.Optional(exportSection),
    Fulfil: Type.Optional(fulfilSection),
    Options: scriptOptions,
    Environment: scriptEnvironment,
    ExitCodes: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[0-9]{1,3}$' }),
        Type.Union(connectorErrorKinds.map((kind) => Type.Literal(kind))),
        {
          additionalProperties: false,
          description:
            'What exit codes mean, by the kinds of failures, as { "75": "unreachable" }; others are unexpected.',
        },
      ),
    ),
  },
  { additionalProperties: false, anyOf: [{ required: ['Export'] }, { required: ['Fulfil'] }] },
);
export type CommandSettings = Static<typeof commandSettings>;
export type ExportSection = Static<typeof exportSection>;
export type FulfilSection = Static<typeof fulfilSection>;
