/** Members of values that are objects: matches and their groups, text builders, dictionary entries. */
import { RegexGroup, RegexMatch } from './regex.ts';
import { asObject, type Frame, type Value } from './runtime.ts';
import { type MethodTable, methodTable } from './signature.ts';
import { boolType, intType, type ObjectName, type StaticType, stringType } from './static-type.ts';
import { builderMethods, TextBuilder } from './text-builder.ts';

type Property = readonly [type: StaticType, read: (value: Value, frame: Frame) => Value];

const group = (value: Value): RegexGroup => asObject(value, RegexGroup);

const groupProperties: readonly (readonly [string, Property])[] = [
  ['Success', [boolType, (value) => group(value).isSuccess]],
  ['Value', [stringType, (value) => group(value).value]],
  ['Index', [intType, (value) => group(value).span?.[0] ?? 0]],
  ['Length', [intType, (value) => group(value).value.length]],
];

/** Properties of each class. */
export const objectProperties: ReadonlyMap<ObjectName, ReadonlyMap<string, Property>> = new Map<
  ObjectName,
  ReadonlyMap<string, Property>
>([
  ['Group', new Map(groupProperties)],
  [
    'Match',
    new Map<string, Property>([
      ...groupProperties,
      ['Groups', [{ kind: 'object', name: 'GroupCollection' }, (value) => value]],
    ]),
  ],
  [
    'GroupCollection',
    new Map<string, Property>([
      ['Count', [intType, (value) => asObject(value, RegexMatch).regex.groupCount]],
    ]),
  ],
  [
    'StringBuilder',
    new Map<string, Property>([
      ['Length', [intType, (value) => asObject(value, TextBuilder).text.length]],
    ]),
  ],
]);

const groupText: MethodTable = methodTable([
  ['ToString', 'Group->string', ([value = null]) => group(value).value],
]);

/** Methods of each class. */
export const objectMethods: ReadonlyMap<ObjectName, MethodTable> = new Map<ObjectName, MethodTable>(
  [
    ['Group', groupText],
    [
      'Match',
      methodTable([
        ['ToString', 'Match->string', ([value = null]) => group(value).value],
        ['NextMatch', 'Match->Match', ([value], frame) => asObject(value, RegexMatch).next(frame)],
      ]),
    ],
    ['StringBuilder', builderMethods],
  ],
);
