/** A lineage as a Mermaid flow chart. https://mermaid.js.org/syntax/flowchart.html */
import type { Lineage, LineageKind, LineageNode } from './lineage.ts';

/** What stands around the label of each kind. */
const shapes: Readonly<Record<LineageKind, readonly [open: string, close: string]>> = {
  column: ['[(', ')]'],
  mapping: ['[/', '/]'],
  property: ['[', ']'],
  expression: ['{{', '}}'],
  context: ['{{', '}}'],
  dimension: ['([', '])'],
  role: ['([', '])'],
  rule: ['{{', '}}'],
  order: ['[[', ']]'],
  attribute: ['[(', ')]'],
};

/** Ids are `n1`, `n2` …: no name of the configuration can be taken for syntax. */
export function formatMermaid({ nodes, edges }: Lineage): string {
  const ids = new Map(nodes.map((node, index) => [node.id, `n${index + 1}`]));
  const idOf = (id: string): string => ids.get(id) ?? '';
  return [
    'flowchart LR',
    ...nodes.map((node) => {
      const [open, close] = shapes[node.kind];
      return `  ${idOf(node.id)}${open}"${labelOf(node)}"${close}`;
    }),
    ...edges.map(({ from, to }) => `  ${idOf(from)} --> ${idOf(to)}`),
    '',
  ].join('\n');
}

function labelOf({ label, text, at }: LineageNode): string {
  const place = at === null ? [] : [`${at.file}:${at.line}`];
  return [label, ...(text === null ? [] : [cut(text)]), ...place].map(escapeMermaid).join('<br/>');
}

const maxText = 120;

function cut(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText).toWellFormed()}…`;
}

/** Everything but letters, digits and harmless marks as the number of its character: Mermaid has no other escape. */
export function escapeMermaid(text: string): string {
  return [...text.toWellFormed()]
    .map((character) => {
      if (/[\p{L}\p{N} .,:/_=+*()'-]/u.test(character)) return character;
      return /[\p{C}\p{Z}]/u.test(character) ? ' ' : `#${character.codePointAt(0)};`;
    })
    .join('');
}
