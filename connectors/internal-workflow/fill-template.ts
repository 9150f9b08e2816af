/** Texts with places for values: `$Changes:LastName$`, `$Changes:Site.Label$`, `$Resource:LastName$`. */
import { ConnectorError } from '../spi/errors.ts';
import type { ProvisioningOrder } from '../spi/order.ts';

const place = /\$(Changes|Resource):([\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*)\$/gu;
/** What looks as if it were meant to be one. */
const almost = /\$(?:Changes|Resource)\b[^$\s]*\$?/iu;

/** The paths a template reads. Throws `invalid-value` for a place that cannot be read. */
export function placesOf(
  template: string,
): readonly { readonly from: 'Changes' | 'Resource'; readonly path: string }[] {
  const rest = template.replace(place, '');
  const bad = almost.exec(rest)?.[0];
  if (bad !== undefined) {
    throw new ConnectorError(
      'invalid-value',
      `The template holds a place that cannot be read: ${bad}`,
      {
        hint: 'Write $Changes:Property$, $Changes:Link.Property$ or $Resource:Property$.',
      },
    );
  }
  return [...template.matchAll(place)].map(([, from, path = '']) => ({
    from: from === 'Resource' ? 'Resource' : 'Changes',
    path,
  }));
}

/**
 * The text for an order. `Changes` reads what the order writes; `Resource` reads the resource as the store holds it, and the
 * owner where there is none yet. An empty value is an empty text; a value that is not there at all throws `invalid-value`.
 */
export function fillTemplate(template: string, order: ProvisioningOrder): string {
  placesOf(template);
  // Values are put in once: a value that looks like a place stays as it is.
  return template.replace(place, (whole, from: string, path: string) => {
    const value = from === 'Changes' ? readChange(order, path) : readResource(order, path);
    if (value !== undefined) return value ?? '';
    throw new ConnectorError(
      'invalid-value',
      `The template asks for ${whole}, which the order does not hold.`,
      {
        hint:
          from === 'Changes'
            ? 'Let a rule of the resource type write the property, or take the place out of the template.'
            : 'Name a property of the resource itself, or take the place out of the template.',
      },
    );
  });
}

function readChange(order: ProvisioningOrder, path: string): string | null | undefined {
  const [property = '', ...further] = path.split('.');
  const found = order.changes.find((change) => change.property === property);
  if (found === undefined) return undefined;
  if (found.kind === 'set') return further.length === 0 ? found.value : undefined;
  const [name] = further;
  if (name === undefined || further.length > 1) return undefined;
  const linked = order.changes.flatMap((change) =>
    change.property === property && change.kind !== 'set' && change.kind !== 'remove'
      ? [change.value]
      : [],
  );
  const values = linked.flatMap((resource) => {
    if (resource === null) return [''];
    return Object.hasOwn(resource.values, name) ? [resource.values[name] ?? ''] : [];
  });
  return values.length === 0 ? undefined : values.join(', ');
}

function readResource(order: ProvisioningOrder, path: string): string | null | undefined {
  const values = order.resource?.values ?? order.owner.values;
  return Object.hasOwn(values, path) ? (values[path] ?? null) : undefined;
}
