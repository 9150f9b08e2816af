/** Which property stands for `InternalDisplayName` when an expression says so. */
import type { Names } from './check-names.ts';
import { type Declared, textOf } from './schema/declare.ts';

const neutralName = 'InternalDisplayName';
const defaultName = `${neutralName}_L1`;

/**
 * The property that an expression takes over as the name of resources: of its own entity type, and nothing more than that.
 * `undefined` for expressions that compute something.
 */
export function displayBindingOf(expression: Declared): string | undefined {
  const computed = computedBy(expression);
  if (!/^InternalDisplayName(_L\d+)?$/.test(computed) || expression.written.has('Expression')) {
    return undefined;
  }
  const binding = textOf(expression, 'Binding') ?? '';
  const prefix = `${textOf(expression, 'EntityType') ?? ''}:`;
  const path = binding.startsWith(prefix) ? binding.slice(prefix.length) : binding;
  return /^\w+$/.test(path) ? path : undefined;
}

/** The property's name in `Type:Property` or `Property`. */
function computedBy(expression: Declared): string {
  const text = textOf(expression, 'Property') ?? '';
  return text.slice(text.lastIndexOf(':') + 1);
}

/** By entity type. The name without language counts before the one of the default language; others are not shown. */
export function displayBindings(names: Names): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  for (const wanted of [defaultName, neutralName]) {
    for (const expression of names.all('EntityPropertyExpression')) {
      const entityType = textOf(expression, 'EntityType');
      const property = displayBindingOf(expression);
      const computed = computedBy(expression);
      if (computed !== wanted || entityType === undefined || property === undefined) continue;
      chosen.set(entityType, property);
    }
  }
  return chosen;
}
