/**
 * Provisioning orders as JSON files: `{ "ProvisioningOrdersList": [ … ] }`. Sections and attributes a reader does not know are
 * ignored; what the schema calls ours is not part of the published shape. Empty lists of added or removed links are absent, never `[]`.
 */
import { Ajv } from 'ajv';
import Type, { type Static } from 'typebox';
import { ConnectorError } from './errors.ts';
import type {
  ChangeType,
  LinkedResource,
  PropertyChange,
  ProvisioningOrder,
  Values,
} from './order.ts';

const id = Type.Union([Type.String(), Type.Integer()]);
const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);
const resource = Type.Record(Type.String(), Type.Unknown());
const named = Type.Object({ Id: Type.Optional(id), Identifier: Type.String() });
const changeValue = Type.Union([scalar, resource, Type.Array(resource)]);
const date = Type.Union([Type.String(), Type.Null()]);

/** The JSON Schema of an order file, for the reference and for reading. */
export const orderFile = Type.Object({
  ProvisioningOrdersList: Type.Array(
    Type.Object({
      OrderId: Type.Optional(
        Type.Union([Type.String(), Type.Integer()], {
          description: 'Number of the order; results name it. Ours.',
        }),
      ),
      AssignedResourceTypeId: Type.Union([Type.String(), Type.Integer()], {
        description: 'The assignment that the order delivers.',
      }),
      ChangeType: Type.Union(
        [Type.Literal('Added'), Type.Literal('Modified'), Type.Literal('Deleted')],
        { description: 'What happens to the resource.' },
      ),
      WorkflowInstanceId: Type.Optional(
        Type.Union([Type.String(), Type.Integer()], {
          description: 'The request that caused the order; absent when none did.',
        }),
      ),
      Owner: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), {
          description:
            'The source resource: Id, InternalDisplayName, Identifier, then its scalars.',
        }),
      ),
      ResourceType: Type.Object({
        Id: Type.Optional(id),
        Identifier: Type.String(),
        SourceEntityType: Type.Optional(named),
        TargetEntityType: Type.Optional(named),
      }),
      Resource: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), {
          description:
            'The target as last read, keys included: Id, then its scalars. Present on Modified and Deleted.',
        }),
      ),
      Changes: Type.Optional(
        Type.Record(Type.String(), changeValue, {
          description:
            'What to write. A scalar is a value, null clears it; a link to one resource is that resource, null clears it; a property_add and a property_remove list resources to link and unlink, and are absent when there are none. A property that is not mentioned is untouched. Absent on Deleted.',
        }),
      ),
      Expected: Type.Optional(
        Type.Record(Type.String(), Type.Union([scalar, resource]), {
          description:
            'By property what the system held when the order was made; any other value is a conflict. Ours.',
        }),
      ),
      Arguments: Type.Optional(
        Type.Record(Type.String(), Type.String(), {
          description: 'What ArgumentsExpression of the resource type gave. Ours.',
        }),
      ),
      StartDate: Type.Optional(
        Type.Union([Type.String(), Type.Null()], {
          description:
            'Since when what the order brings is given, yyyyMMddHHmmss in UTC; null is unbounded. Ours.',
        }),
      ),
      EndDate: Type.Optional(date),
      Attempt: Type.Optional(
        Type.Integer({
          description: 'How often the order has been handed over, this time included. Ours.',
        }),
      ),
    }),
  ),
});
type JsonOrder = Static<typeof orderFile>['ProvisioningOrdersList'][number];
type JsonResource = Readonly<Record<string, unknown>>;

const changeTypeNames = {
  added: 'Added',
  modified: 'Modified',
  deleted: 'Deleted',
} as const satisfies Record<ChangeType, string>;

/** The text of a file with these orders. `indent` is the number of spaces; 0 puts everything on one line. */
export function formatOrders(orders: readonly ProvisioningOrder[], indent = 2): string {
  const content = { ProvisioningOrdersList: orders.map(orderToJson) };
  return `${JSON.stringify(content, undefined, indent)}\n`;
}

/** The same text for orders that come page by page, in pieces. Memory: one page. */
export async function* formatOrderPages(
  pages: AsyncIterable<readonly ProvisioningOrder[]>,
): AsyncGenerator<string> {
  // What stands around the orders of any page: read off one without an order of its own.
  const [head = '', tail = ''] = JSON.stringify({ ProvisioningOrdersList: ['|'] }, null, 2).split(
    '    "|"',
  );
  let isFirst = true;
  for await (const page of pages) {
    if (page.length === 0) continue;
    const text = formatOrders(page);
    yield `${isFirst ? head : ',\n'}${text.slice(head.length, -(tail.length + 1))}`;
    isFirst = false;
  }
  yield isFirst ? formatOrders([]) : `${tail}\n`;
}

/**
 * Reads the text of an order file. Throws `invalid-value` that names `file` and the place. A `null` is read as a scalar that
 * is cleared: the file does not say whether the property is a navigation property.
 */
export function parseOrders(text: string, file: string): readonly ProvisioningOrder[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw describeBroken(file, 'it is not JSON', error);
  }
  // Our own schema: checking it against that of all schemas costs more than everything else here.
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
  if (!ajv.validate(orderFile, content)) {
    const first = ajv.errors?.[0];
    const place = first?.instancePath === '' ? 'its top level' : first?.instancePath;
    throw describeBroken(file, `${place} ${first?.message ?? 'is wrong'}`, ajv.errors);
  }
  // The schema has just accepted the value.
  return (content as Static<typeof orderFile>).ProvisioningOrdersList.map(orderFromJson);
}

function orderToJson(order: ProvisioningOrder): JsonOrder {
  const { sourceEntityType, targetEntityType, identifier } = order.resourceType;
  const expected = order.changes.flatMap((change) => {
    if ((change.kind !== 'set' && change.kind !== 'link') || change.expected === undefined)
      return [];
    return [
      [change.property, change.kind === 'set' ? change.expected : writeLink(change.expected)],
    ];
  });
  return {
    OrderId: order.id,
    AssignedResourceTypeId: order.assignedResourceTypeId,
    ChangeType: changeTypeNames[order.changeType],
    ...(order.requestId === undefined ? {} : { WorkflowInstanceId: order.requestId }),
    Owner: {
      ...order.owner.values,
      Id: order.owner.id,
      InternalDisplayName: order.owner.displayName,
      Identifier: order.owner.identifier,
    },
    ResourceType: {
      Id: identifier,
      Identifier: identifier,
      SourceEntityType: { Id: sourceEntityType, Identifier: sourceEntityType },
      TargetEntityType: { Id: targetEntityType, Identifier: targetEntityType },
    },
    ...(order.resource === undefined
      ? {}
      : { Resource: { ...order.resource.values, Id: order.resource.id } }),
    ...(order.changes.length === 0 ? {} : { Changes: writeChanges(order.changes) }),
    ...(expected.length === 0 ? {} : { Expected: Object.fromEntries(expected) }),
    ...(order.arguments === undefined ? {} : { Arguments: { ...order.arguments } }),
    ...(order.validity === undefined
      ? {}
      : { StartDate: order.validity.startDate, EndDate: order.validity.endDate }),
    ...(order.attempt === undefined ? {} : { Attempt: order.attempt }),
  };
}

function writeChanges(changes: readonly PropertyChange[]): NonNullable<JsonOrder['Changes']> {
  const written = new Map<string, NonNullable<JsonOrder['Changes']>[string]>();
  const lists = new Map<string, Record<string, unknown>[]>();
  for (const change of changes) {
    switch (change.kind) {
      case 'set':
        written.set(change.property, change.value);
        break;
      case 'link':
        written.set(change.property, writeLink(change.value));
        break;
      case 'add':
      case 'remove': {
        const key = `${change.property}_${change.kind}`;
        const list = lists.get(key) ?? [];
        list.push(writeResource(change.value));
        lists.set(key, list);
        written.set(key, list);
        break;
      }
    }
  }
  // fromEntries defines members, so that a property named __proto__ is data like any other.
  return Object.fromEntries(written);
}

function writeLink(value: LinkedResource | null): Record<string, unknown> | null {
  return value === null ? null : writeResource(value);
}

function writeResource(value: LinkedResource): Record<string, unknown> {
  return { ...value.values, Id: value.id, EntityType: value.entityType };
}

function orderFromJson(order: JsonOrder): ProvisioningOrder {
  const owner: JsonResource = order.Owner ?? {};
  const assigned = String(order.AssignedResourceTypeId);
  const changeType = order.ChangeType.toLowerCase() as ChangeType;
  return {
    id: String(order.OrderId ?? assigned),
    assignedResourceTypeId: assigned,
    changeType,
    owner: {
      id: readText(owner['Id']) ?? '',
      displayName: readText(owner['InternalDisplayName']) ?? '',
      identifier: readText(owner['Identifier']) ?? '',
      values: readValues(owner, ['Id', 'InternalDisplayName', 'Identifier']),
    },
    resourceType: {
      identifier: order.ResourceType.Identifier,
      sourceEntityType: order.ResourceType.SourceEntityType?.Identifier ?? '',
      targetEntityType: order.ResourceType.TargetEntityType?.Identifier ?? '',
    },
    ...(order.Resource === undefined
      ? {}
      : {
          resource: {
            id: readText(order.Resource['Id']) ?? '',
            values: readValues(order.Resource, ['Id']),
          },
        }),
    changes: readChanges(order.Changes ?? {}, order.Expected ?? {}),
    ...(order.Arguments === undefined ? {} : { arguments: order.Arguments }),
    ...(order.WorkflowInstanceId === undefined
      ? {}
      : { requestId: String(order.WorkflowInstanceId) }),
    ...(order.StartDate === undefined && order.EndDate === undefined
      ? {}
      : { validity: { startDate: order.StartDate ?? null, endDate: order.EndDate ?? null } }),
    ...(order.Attempt === undefined ? {} : { attempt: order.Attempt }),
  };
}

function readChanges(
  changes: NonNullable<JsonOrder['Changes']>,
  expected: NonNullable<JsonOrder['Expected']>,
): PropertyChange[] {
  return Object.entries(changes).flatMap(([property, value]): PropertyChange[] => {
    const list = /^(.+)_(add|remove)$/s.exec(property);
    if (Array.isArray(value)) {
      const kind = list?.[2] === 'remove' ? 'remove' : 'add';
      const name = list?.[1] ?? property;
      return value.map((item) => ({ kind, property: name, value: readResource(item) }));
    }
    const before = Object.hasOwn(expected, property) ? expected[property] : undefined;
    if (isResource(value)) {
      const known = before === undefined ? {} : { expected: readLink(before) };
      return [{ kind: 'link', property, value: readResource(value), ...known }];
    }
    const known = before === undefined ? {} : { expected: readText(before) };
    return [{ kind: 'set', property, value: readText(value), ...known }];
  });
}

function isResource(value: unknown): value is JsonResource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readLink(value: unknown): LinkedResource | null {
  return isResource(value) ? readResource(value) : null;
}

function readResource(value: JsonResource): LinkedResource {
  return {
    id: readText(value['Id']) ?? '',
    entityType: readText(value['EntityType']) ?? '',
    values: readValues(value, ['Id', 'EntityType']),
  };
}

/** Scalars of a resource; nested objects are not values of the resource itself. */
function readValues(value: JsonResource, reserved: readonly string[]): Values {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      reserved.includes(name) || (typeof item === 'object' && item !== null)
        ? []
        : [[name, readText(item)]],
    ),
  );
}

function readText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function describeBroken(file: string, what: string, cause: unknown): ConnectorError {
  return new ConnectorError('invalid-value', `The order file ${file} cannot be read: ${what}.`, {
    hint: 'The file must hold an object with the list ProvisioningOrdersList.',
    cause,
    details: { file },
  });
}
