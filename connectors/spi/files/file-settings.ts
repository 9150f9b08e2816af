/** Settings that connections to files have in common. */
import Type from 'typebox';

/** Texts to cut off, and when a file is whole. */
export const valuesToTrim = Type.Array(Type.String({ minLength: 1 }), {
  default: [],
  description:
    'Texts cut off both ends of headers and values, as often as they stand there, one after the other in this order.',
});

export const isFileNameRegex = Type.Boolean({
  default: false,
  description:
    'The last part of both paths is a regular expression for the whole file name; of several files the last created is read.',
});

export const wholeFileFields = {
  SecondsToSettle: Type.Number({
    default: 0,
    minimum: 0,
    maximum: 3_600,
    description: 'How long size and date of the file must stay the same before it is read.',
  }),
  DoneFileSuffix: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^[^/\\\\]+$',
      description:
        'The file is read only when a file with its name and this ending stands beside it, such as ".done".',
    }),
  ),
};

/** A connection reads one file, or one of changes, or has both. */
export const eitherPath = {
  additionalProperties: false,
  anyOf: [{ required: ['Path'] }, { required: ['PathIncremental'] }],
};
