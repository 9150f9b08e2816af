/** Orders as LDIF (RFC 2849): what a simulation would change, readable by people and by tools of directories. */
import type { EntityType, Model } from '../../config/index.ts';
import type { LinkedResource, PropertyChange, ProvisioningOrder } from '../../connectors/index.ts';

export const ldifHeader = 'version: 1\n';

/**
 * One change record. The name is the target's property `dn` where it has one, else its key below its entity type:
 * `Login=aroy,ou=Wiki_User`. Linked resources are written by their keys.
 */
export function formatLdif(model: Model, order: ProvisioningOrder): string {
  const type = model.entityModel.entityTypes.get(order.resourceType.targetEntityType);
  const about = `${order.resourceType.identifier} of ${order.resourceType.sourceEntityType} ${order.owner.identifier}`;
  const lines = [
    '',
    foldLine(`# ${about.replaceAll(/[\r\n]/g, ' ')}`),
    formatLine('dn', nameOf(order, type)),
    ...bodyOf(model, order),
  ];
  return `${lines.join('\n')}\n`;
}

function bodyOf(model: Model, order: ProvisioningOrder): readonly string[] {
  switch (order.changeType) {
    case 'deleted':
      return ['changetype: delete'];
    case 'added':
      return [
        'changetype: add',
        formatLine('objectClass', order.resourceType.targetEntityType),
        ...order.changes.map((change) => formatLine(change.property, textOf(model, change) ?? '')),
      ];
    case 'modified':
      return [
        'changetype: modify',
        ...order.changes.flatMap((change) => {
          const text = textOf(model, change);
          return [
            `${verbOf(change)}: ${change.property}`,
            ...(text === null ? [] : [formatLine(change.property, text)]),
            '-',
          ];
        }),
      ];
  }
}

function verbOf({ kind }: PropertyChange): 'replace' | 'add' | 'delete' {
  switch (kind) {
    case 'set':
    case 'link':
      return 'replace';
    case 'add':
      return 'add';
    case 'remove':
      return 'delete';
  }
}

function textOf(model: Model, { value }: PropertyChange): string | null {
  return value === null || typeof value === 'string' ? value : keyOf(model, value);
}

function keyOf(model: Model, { id, entityType, values }: LinkedResource): string {
  const [key] = model.entityModel.entityTypes.get(entityType)?.keys ?? [];
  return (key === undefined ? null : values[key]) ?? `#${id}`;
}

function nameOf(order: ProvisioningOrder, type: EntityType | undefined): string {
  const read = (property: string): string | null => {
    const change = order.changes.find((one) => one.property === property);
    const changed = change?.kind === 'set' ? change.value : undefined;
    // What is renamed still has its former name.
    return order.resource?.values[property] ?? changed ?? null;
  };
  const dn = read('dn');
  if (dn !== null) return dn;
  const [key = 'key'] = type?.keys ?? [];
  const name = read(key) ?? order.owner.identifier;
  return `${key}=${escapeName(name)},ou=${order.resourceType.targetEntityType}`;
}

/** https://www.rfc-editor.org/rfc/rfc4514#section-2.4 */
function escapeName(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll(/[",+;<>=]/g, (sign) => `\\${sign}`)
    .replaceAll('\0', '\\00')
    .replace(/^([ #])/, '\\$1')
    .replace(/ $/, '\\ ');
}

/** https://www.rfc-editor.org/rfc/rfc2849: plain texts as they are, all others in Base64. */
function formatLine(name: string, value: string): string {
  const isSafe = /^(?:[!-9;=-~][ -~]*)?$/;
  const text =
    isSafe.test(value) && !value.endsWith(' ')
      ? `${name}: ${value}`
      : `${name}:: ${Buffer.from(value).toString('base64')}`;
  return foldLine(text);
}

/** Lines of at most 76 characters; what goes on begins with a space. Comments may be longer than ASCII: they fold alike. */
function foldLine(line: string): string {
  if (line.length <= 76) return line;
  const parts = [line.slice(0, 76)];
  for (let start = 76; start < line.length; start += 75)
    parts.push(` ${line.slice(start, start + 75)}`);
  return parts.join('\n');
}
