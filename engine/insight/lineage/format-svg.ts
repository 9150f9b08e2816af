/** A lineage as a drawing: plain SVG, without scripts, fonts or anything loaded from elsewhere. */
import { layOut, type PlacedNode } from './lay-out.ts';
import type { Lineage, LineageKind, LineageNode } from './lineage.ts';

const characterWidth = 7.3;
const maxCharacters = 44;

const fills: Readonly<Record<LineageKind, string>> = {
  column: '#e3ecf7',
  mapping: '#f4f4f4',
  property: '#ffffff',
  expression: '#fdf3d8',
  context: '#fdf3d8',
  dimension: '#ece6f6',
  role: '#ece6f6',
  rule: '#fdf3d8',
  order: '#e2f2e4',
  attribute: '#e3ecf7',
};

export function formatSvg(lineage: Lineage): string {
  const layout = layOut(lineage, widthOf);
  const { width, height } = layout;
  const paths = lineage.edges.flatMap(({ from, to }) => {
    const start = layout.nodes.get(from);
    const end = layout.nodes.get(to);
    return start === undefined || end === undefined ? [] : [drawEdge(start, end)];
  });
  const what = lineage.direction === 'sources' ? 'Where it comes from' : 'Where it goes';
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" font-family="ui-monospace, monospace" font-size="12">`,
    `<title>${escapeXml(`${lineage.subject}: ${what.toLowerCase()}`)}</title>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>',
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    '<g fill="none" stroke="#667" marker-end="url(#arrow)">',
    ...paths,
    '</g>',
    ...[...layout.nodes.values()].map(drawNode),
    '</svg>',
  ].join('\n')}\n`;
}

function linesOf({ label, text, at }: LineageNode): readonly [string, string] {
  const place = at === null ? '' : `${at.file}:${at.line}`;
  return [label, [place, text ?? ''].filter((part) => part !== '').join(' ')];
}

function widthOf(node: LineageNode): number {
  const longest = Math.max(...linesOf(node).map((line) => [...line].length));
  return 20 + characterWidth * Math.min(maxCharacters, longest);
}

function drawNode({ node, x, y, width, height }: PlacedNode): string {
  const [first, second] = linesOf(node);
  const middle = y + (second === '' ? height / 2 + 4 : height / 2 - 4);
  const line = (text: string, at: number, fill: string): string =>
    text === ''
      ? ''
      : `<text x="${round(x + 10)}" y="${round(at)}" fill="${fill}">${escapeXml(shorten(text))}</text>`;
  return [
    `<g><title>${escapeXml([node.kind, first, second].filter((part) => part !== '').join(': '))}</title>`,
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="5" fill="${fills[node.kind]}" stroke="#99a"/>`,
    line(first, middle, '#112'),
    line(second, middle + 16, '#556'),
    '</g>',
  ].join('');
}

function drawEdge(start: PlacedNode, end: PlacedNode): string {
  const x1 = start.x + start.width;
  const y1 = start.y + start.height / 2;
  const x2 = end.x;
  const y2 = end.y + end.height / 2;
  const bend = Math.max(30, Math.abs(x2 - x1) / 2);
  const points = [x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2].map(round);
  return `<path d="M${points[0]} ${points[1]}C${points[2]} ${points[3]} ${points[4]} ${points[5]} ${points[6]} ${points[7]}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function shorten(text: string): string {
  const characters = [...text];
  if (characters.length <= maxCharacters) return text;
  return `${characters.slice(0, maxCharacters - 1).join('')}…`;
}

/** Characters that no XML file may hold become `?`. */
export function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '?')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
  );
}
