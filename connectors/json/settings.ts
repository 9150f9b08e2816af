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
    AcknowledgementDirectory: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Existing folder in which whoever carries orders out puts a file, named as the order file with .done or .error behind; an order waits for it.',
      }),
    ),
    AcknowledgementSeconds: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 3_600,
      description: 'How long an order waits for its acknowledgement.',
    }),
  },
  { additionalProperties: false },
);
export type JsonSettings = Static<typeof jsonSettings>;
