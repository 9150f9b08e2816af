/** What a ticket tells the person who carries out an order. */
import type {
  ChangeType,
  LinkedResource,
  PropertyChange,
  ProvisioningOrder,
} from '../spi/order.ts';

const verbs: Readonly<Record<ChangeType, string>> = {
  added: 'Create',
  modified: 'Change',
  deleted: 'Delete',
};

/** One line: `Create a Wiki_User (Wiki_Account) for Rey Ana (E1204).` */
export function summarizeOrder(order: ProvisioningOrder): string {
  const { owner, resourceType } = order;
  const who =
    owner.identifier === '' ? owner.displayName : `${owner.displayName} (${owner.identifier})`;
  const what = `a ${resourceType.targetEntityType} (${resourceType.identifier})`;
  return order.passwordReset === undefined
    ? `${verbs[order.changeType]} ${what} for ${who}.`
    : `Reset the password of ${what} of ${who}.`;
}

/**
 * Instructions in Markdown that also read well as plain text: what to do, for whom, the object as last read, and a table of
 * current and proposed values in the order of the changes. Values are escaped: they never become markup.
 */
export function describeOrder(order: ProvisioningOrder): string {
  const lines = [
    `**${escapeText(summarizeOrder(order))}**`,
    '',
    `- Order: ${escapeText(order.id)}`,
    `- Owner: ${escapeText(order.owner.displayName)} (${escapeText(order.owner.identifier)})`,
    `- Operation: ${order.changeType}`,
    `- Resource type: ${escapeText(order.resourceType.identifier)}`,
  ];
  const table = order.changeType === 'deleted' ? describeCurrent(order) : describeChanges(order);
  if (table.length > 0) lines.push('', ...table);
  for (const [name, value] of Object.entries(order.arguments ?? {})) {
    lines.push('', `- ${escapeText(name)}: ${escapeText(value)}`);
  }
  lines.push('', closingLine(order));
  return `${lines.join('\n')}\n`;
}

function closingLine({ changeType, passwordReset }: ProvisioningOrder): string {
  if (passwordReset === undefined) return closingLines[changeType];
  const after = passwordReset.mustChange ? ' that must be changed at the first login' : '';
  return `Set a new password${after}, hand it over to nobody but the owner, then confirm the ticket. Never write it into the ticket.`;
}

const closingLines: Readonly<Record<ChangeType, string>> = {
  added: 'Create the object with the proposed values, then confirm the ticket.',
  modified: 'Change the values listed and no other, then confirm the ticket.',
  deleted: 'Delete the object, then confirm the ticket.',
};

function describeCurrent(order: ProvisioningOrder): string[] {
  const values = Object.entries(order.resource?.values ?? {}).filter(([, value]) => value !== null);
  if (values.length === 0) return [];
  return [
    '| Property | Current value |',
    '| --- | --- |',
    ...values.map(([name, value]) => `| ${escapeText(name)} | ${showValue(value)} |`),
  ];
}

function describeChanges(order: ProvisioningOrder): string[] {
  const kept = describeKept(order);
  if (order.changes.length === 0) return kept;
  return [
    ...kept,
    '| Property | Current value | Proposed value |',
    '| --- | --- | --- |',
    ...order.changes.map((change) => describeChange(change, order)),
  ];
}

/** What tells the object apart: its values that the order leaves as they are. */
function describeKept(order: ProvisioningOrder): string[] {
  const changed = new Set(order.changes.map((change) => change.property));
  const kept = Object.entries(order.resource?.values ?? {}).filter(
    ([name, value]) => value !== null && !changed.has(name),
  );
  if (kept.length === 0) return [];
  const shown = kept.map(([name, value]) => `${escapeText(name)} = ${showValue(value)}`);
  return [`The object is: ${shown.join('; ')}`, ''];
}

function describeChange(change: PropertyChange, order: ProvisioningOrder): string {
  const name = escapeText(change.property);
  switch (change.kind) {
    case 'set': {
      const current = order.resource?.values[change.property] ?? change.expected ?? null;
      return `| ${name} | ${showValue(current)} | ${showValue(change.value)} |`;
    }
    case 'link':
      return `| ${name} | ${showLink(change.expected ?? null)} | ${showLink(change.value)} |`;
    case 'add':
      return `| ${name} |  | add ${showLink(change.value)} |`;
    case 'remove':
      return `| ${name} | ${showLink(change.value)} | remove |`;
  }
}

function showValue(value: string | null): string {
  return value === null ? '(empty)' : escapeText(value);
}

/** A linked resource by its values, which say more to a person than its number. */
function showLink(value: LinkedResource | null): string {
  if (value === null) return '(empty)';
  const values = Object.entries(value.values).filter(([, item]) => item !== null);
  if (values.length === 0) return `${escapeText(value.entityType)} ${escapeText(value.id)}`;
  return values.map(([name, item]) => `${escapeText(name)} = ${showValue(item)}`).join(', ');
}

/** Markup characters lose their meaning; line breaks are shown, because a table row has one line. */
function escapeText(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>#|~&!]/g, '\\$&')
    .replace(/\r\n|\r|\n/g, ' ⏎ ')
    .replace(/\t/g, ' ');
}
