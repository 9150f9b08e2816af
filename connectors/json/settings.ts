/** Settings of a connection that writes orders to files. */
import Type, { type Static } from 'typebox';

export const jsonSettings = Type.Object(
  {
    OutputDirectory: Type.String({
      minLength: 1,
      description: 'Existing folder that receives one file per order.',
    }),
    FileNameTemplate: Type.String({
      default: '{connection}_{timestamp}_{sequence}_{assignedResourceTypeId}_{changeType}.json',
      minLength: 1,
      maxLength: 150,
      pattern: '^[^/\\\\]+$',
      description:
        'Name of a file, from {connection}, {timestamp}, {sequence}, {assignedResourceTypeId}, {changeType}, {resourceType} and other text.',
    }),
    OnePerOrder: Type.Literal(true, {
      default: true,
      type: 'boolean',
      description:
        'Each order has a file of its own, which is there before the order counts as carried out; false is not offered.',
    }),
    Indent: Type.Boolean({
      default: true,
      description: 'Spreads a file over lines for people; false puts it on one line.',
    }),
  },
  { additionalProperties: false },
);
export type JsonSettings = Static<typeof jsonSettings>;
