/** A lineage as an indented tree for people. */
import type { Lineage, LineageNode } from '../engine/index.ts';
import type { Palette } from './palette.ts';
import { toPrintableLine } from './printable-text.ts';

/** What is told already is not told again below another branch. */
export function formatLineage(lineage: Lineage, palette: Palette): string {
  const { nodes, edges, direction } = lineage;
  const next = new Map<string, string[]>();
  const isFed = new Set<string>();
  for (const { from, to } of edges) {
    const [above, below] = direction === 'sources' ? [to, from] : [from, to];
    next.set(above, [...(next.get(above) ?? []), below]);
    isFed.add(below);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const lines: string[] = [];
  const told = new Set<string>();
  const tell = (id: string, depth: number): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const below = next.get(id) ?? [];
    const isTold = told.has(id);
    told.add(id);
    const again = isTold && below.length > 0 ? palette.dim(' (see above)') : '';
    lines.push(`${'  '.repeat(depth)}${describe(node, palette)}${again}`);
    if (!isTold) for (const one of below) tell(one, depth + 1);
  };
  for (const { id } of nodes) if (!isFed.has(id)) tell(id, 0);
  // What only stands in a circle hangs below nothing.
  for (const { id } of nodes) if (!told.has(id)) tell(id, 0);
  return lines.join('\n');
}

function describe({ kind, label, text, at }: LineageNode, palette: Palette): string {
  const place = at === null ? '' : palette.dim(` ${at.file}:${at.line}`);
  const said = text === null ? '' : ` ${toPrintableLine(text)}`;
  return `${kind} ${palette.bold(toPrintableLine(label))}${place}${said}`;
}
