/** Which variables a part of the code assigns: what was known of them no longer holds when a loop comes round. */
import type { ExpressionNode, StatementNode } from './ast.ts';

/** Names that these parts assign, directly or as `out`. */
export function listAssigned(
  parts: readonly (StatementNode | ExpressionNode | undefined)[],
): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) {
      for (const one of part) visit(one);
      return;
    }
    if (typeof part !== 'object' || part === null) return;
    if ('kind' in part && 'name' in part && typeof part.name === 'string') {
      if (part.kind === 'assign' || part.kind === 'out') names.add(part.name);
    }
    for (const value of Object.values(part)) if (typeof value === 'object') visit(value);
  };
  visit(parts);
  return names;
}
