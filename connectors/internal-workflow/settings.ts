/** Settings of a connection that turns orders into workflows. */
import Type, { type Static } from 'typebox';

export const workflowSettings = Type.Object(
  {
    WorkflowJsonPath: Type.String({
      minLength: 1,
      description: 'JSON file that says which workflow each kind of change starts, and with what.',
    }),
  },
  { additionalProperties: false },
);
export type WorkflowSettings = Static<typeof workflowSettings>;
