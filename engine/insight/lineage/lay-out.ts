/** Where the nodes of a drawing stand: layers from left to right, each ordered so that few edges cross. Deterministic. */
import type { Lineage, LineageNode } from './lineage.ts';

export interface PlacedNode {
  readonly node: LineageNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: ReadonlyMap<string, PlacedNode>;
}

const margin = 24;
const layerGap = 70;
const rowGap = 18;
const nodeHeight = 46;
const sweeps = 8;

/** `widthOf` in the drawing's units. */
export function layOut({ nodes, edges }: Lineage, widthOf: (node: LineageNode) => number): Layout {
  const incoming = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  const outgoing = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  for (const { from, to } of edges) {
    outgoing.get(from)?.push(to);
    incoming.get(to)?.push(from);
  }
  const layers = orderLayers(layer(nodes, outgoing, incoming), incoming, outgoing);
  const placed = new Map<string, PlacedNode>();
  const heightOf = (count: number): number => count * (nodeHeight + rowGap) - rowGap;
  const tallest = Math.max(0, ...layers.map((ids) => heightOf(ids.length)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  let x = margin;
  for (const ids of layers) {
    const own = ids.map((id) => byId.get(id)).filter((node) => node !== undefined);
    const width = Math.max(...own.map(widthOf));
    let y = margin + (tallest - heightOf(own.length)) / 2;
    for (const node of own) {
      placed.set(node.id, { node, x, y, width, height: nodeHeight });
      y += nodeHeight + rowGap;
    }
    x += width + layerGap;
  }
  const width = layers.length === 0 ? 2 * margin : x - layerGap + margin;
  return { width, height: tallest + 2 * margin, nodes: placed };
}

/** Each node right of everything that feeds it. Of a circle, the edge that closes it is not counted. */
function layer(
  nodes: readonly LineageNode[],
  outgoing: ReadonlyMap<string, readonly string[]>,
  incoming: ReadonlyMap<string, readonly string[]>,
): readonly (readonly string[])[] {
  const depth = new Map<string, number>();
  const open = new Set<string>();
  // Walked with a list of its own: a long chain must not exhaust the stack.
  const settle = (start: string): void => {
    const stack: { readonly id: string; next: number; deepest: number }[] = [];
    const enter = (id: string): void => {
      open.add(id);
      stack.push({ id, next: 0, deepest: 0 });
    };
    enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const source = incoming.get(top.id)?.[top.next];
      if (source === undefined) {
        depth.set(top.id, top.deepest);
        open.delete(top.id);
        stack.pop();
        continue;
      }
      const known = depth.get(source);
      if (known === undefined && !open.has(source)) {
        enter(source);
        continue;
      }
      if (known !== undefined) top.deepest = Math.max(top.deepest, known + 1);
      top.next += 1;
    }
  };
  for (const { id } of nodes) if (!depth.has(id)) settle(id);
  // Sources stand just left of the first thing they feed, not all at the edge.
  for (const { id } of nodes) {
    if ((incoming.get(id) ?? []).length > 0) continue;
    const fed = (outgoing.get(id) ?? []).map((to) => depth.get(to) ?? 0);
    if (fed.length > 0) depth.set(id, Math.max(0, Math.min(...fed) - 1));
  }
  const layers = Map.groupBy(nodes, ({ id }) => depth.get(id) ?? 0);
  return [...layers]
    .sort(([left], [right]) => left - right)
    .map(([, own]) => own.map(({ id }) => id));
}

/** Sweeps over the layers, each ordered by the middle of its neighbours; ties by id. */
function orderLayers(
  layers: readonly (readonly string[])[],
  incoming: ReadonlyMap<string, readonly string[]>,
  outgoing: ReadonlyMap<string, readonly string[]>,
): readonly (readonly string[])[] {
  const ordered = layers.map((ids) => [...ids]);
  const place = new Map<string, number>();
  const note = (ids: readonly string[]): void => {
    for (const [index, id] of ids.entries()) place.set(id, index / Math.max(1, ids.length));
  };
  for (const ids of ordered) note(ids);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const isForward = sweep % 2 === 0;
    const neighbours = isForward ? incoming : outgoing;
    for (const ids of isForward ? ordered : ordered.toReversed()) {
      const middle = new Map(ids.map((id) => [id, middleOf(id, neighbours, place)]));
      ids.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || (a < b ? -1 : 1));
      note(ids);
    }
  }
  return ordered;
}

function middleOf(
  id: string,
  neighbours: ReadonlyMap<string, readonly string[]>,
  place: ReadonlyMap<string, number>,
): number {
  const places = (neighbours.get(id) ?? []).map((other) => place.get(other) ?? 0);
  if (places.length === 0) return place.get(id) ?? 0;
  return places.reduce((sum, one) => sum + one, 0) / places.length;
}
