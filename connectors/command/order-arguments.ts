/** Values of an order for placeholders in arguments. */
import type { LinkedResource, ProvisioningOrder, Values } from '../spi/order.ts';

const plain = [
  'OrderId',
  'AssignedResourceTypeId',
  'ChangeType',
  'ResourceType',
  'TargetEntityType',
];

/** Whether a placeholder means something of an order. */
export function isOrderName(name: string): boolean {
  return plain.includes(name) || /^(Changes|Resource|Key|Owner|Arguments)\.[^.]+$/.test(name);
}

/** `null`: the order does not say. Links to one resource are given by the value of `Id`; those to many have no text. */
export function readOrderName(order: ProvisioningOrder, name: string): string | null {
  const dot = name.indexOf('.');
  const property = name.slice(dot + 1);
  switch (dot === -1 ? name : name.slice(0, dot)) {
    case 'OrderId':
      return order.id;
    case 'AssignedResourceTypeId':
      return order.assignedResourceTypeId;
    case 'ChangeType':
      return `${order.changeType.charAt(0).toUpperCase()}${order.changeType.slice(1)}`;
    case 'ResourceType':
      return order.resourceType.identifier;
    case 'TargetEntityType':
      return order.resourceType.targetEntityType;
    case 'Changes':
      return readChange(order, property) ?? null;
    case 'Resource':
      return readValue(order.resource?.values, property);
    case 'Key': {
      const changed = readChange(order, property);
      return changed === undefined ? readValue(order.resource?.values, property) : changed;
    }
    case 'Owner':
      return readValue(order.owner.values, property);
    case 'Arguments':
      return readValue(order.arguments, property);
    default:
      return null;
  }
}

/** `undefined`: the property is untouched. */
function readChange(order: ProvisioningOrder, property: string): string | null | undefined {
  for (const change of order.changes) {
    if (change.property !== property) continue;
    if (change.kind === 'set') return change.value;
    if (change.kind === 'link') return idOf(change.value);
  }
  return undefined;
}

function idOf(link: LinkedResource | null): string | null {
  return link === null ? null : link.id;
}

function readValue(values: Values | undefined, property: string): string | null {
  return values !== undefined && Object.hasOwn(values, property)
    ? (values[property] ?? null)
    : null;
}
