/** What became of orders, as JSON files: `{ "ProvisioningResultsList": [ … ] }`. A copy for people and scripts. */
import Type, { type Static } from 'typebox';

/** The JSON Schema of a file of results. */
export const orderResultsFile = Type.Object({
  ProvisioningResultsList: Type.Array(
    Type.Object({
      OrderId: Type.String({ description: 'The order, as its file names it.' }),
      AssignedResourceTypeId: Type.String(),
      Attempt: Type.Integer({ description: 'Which attempt this tells of, from 1.' }),
      Outcome: Type.Union(
        [
          Type.Literal('executed'),
          Type.Literal('errored'),
          Type.Literal('conflict'),
          Type.Literal('expired'),
          Type.Literal('ticket'),
          Type.Literal('unknown'),
        ],
        {
          description:
            'executed: done by word of the system · errored: a person has to look · conflict: somebody else had changed the target, nothing was written · expired: nobody waited for it any more · ticket: a person carries it out · unknown: it is read before it is tried again.',
        },
      ),
      Message: Type.Union([Type.String(), Type.Null()]),
      Code: Type.Union([Type.String(), Type.Null()], {
        description: 'Code of the failure; null when there was none.',
      }),
      IsRetryable: Type.Boolean({ description: 'It is tried again by itself.' }),
      NextAttemptAt: Type.Optional(Type.String({ description: 'When, UTC.' })),
      WrittenValues: Type.Optional(
        Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), {
          description:
            'Keys the system gave, and values it wrote that differ from the order: a hint, never a proof.',
        }),
      ),
      StartedAt: Type.String({ description: 'UTC, ISO 8601.' }),
      EndedAt: Type.String({ description: 'UTC, ISO 8601.' }),
    }),
  ),
});

export type OrderResultRecord = Static<typeof orderResultsFile>['ProvisioningResultsList'][number];
