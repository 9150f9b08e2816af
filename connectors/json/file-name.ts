/** Names of order files. */
import type { ProvisioningOrder } from '../spi/order.ts';

export interface FileNameFacts {
  readonly connection: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly sequence: number;
}

/**
 * The name a template gives. What comes from orders is reduced to letters, digits, dots, dashes and underscores, so that no
 * value leads out of the folder; the sequence is added where the template does not name it, so that no two names are equal.
 */
export function formatFileName(
  template: string,
  order: ProvisioningOrder,
  facts: FileNameFacts,
): string {
  const sequence = String(facts.sequence).padStart(10, '0');
  const values: Readonly<Record<string, string>> = {
    connection: sanitize(facts.connection),
    timestamp: new Date(facts.time).toISOString().replace(/[-:.]/g, ''),
    sequence,
    assignedResourceTypeId: sanitize(order.assignedResourceTypeId),
    changeType: order.changeType,
    resourceType: sanitize(order.resourceType.identifier),
  };
  const complete = template.includes('{sequence}') ? template : insertSequence(template);
  const name = complete
    .replace(/\{(\w+)\}/g, (written, key: string) =>
      Object.hasOwn(values, key) ? (values[key] ?? '') : written,
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced here
    .replace(/[/\\<>:"|?*\u0000-\u001f\u007f]/g, '-');
  // Hidden files and `..` start with a dot; Windows drops dots and spaces at the end.
  return name.replace(/^\.+/, '-').replace(/[. ]+$/, '-');
}

function insertSequence(template: string): string {
  const dot = template.lastIndexOf('.');
  return dot <= 0
    ? `${template}_{sequence}`
    : `${template.slice(0, dot)}_{sequence}${template.slice(dot)}`;
}

function sanitize(value: string): string {
  return value.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 60);
}
