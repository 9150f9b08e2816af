export { InsightError } from './errors.ts';
export { findLineage, type LineageQuestion } from './lineage/find-lineage.ts';
export { formatMermaid } from './lineage/format-mermaid.ts';
export { formatSvg } from './lineage/format-svg.ts';
export {
  type Lineage,
  type LineageEdge,
  type LineageKind,
  type LineageNode,
  lineageKinds,
} from './lineage/lineage.ts';
