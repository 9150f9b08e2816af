/** What a lineage is made of: places that values come from, pass through and end in. */
import type { Position } from '../../../config/index.ts';

/**
 * column: of an exported file · mapping, expression, rule: elements of the configuration · property: of an entity type ·
 * context, dimension, role: what rules ask of an owner · order: what orders of a resource type write · attribute: in the
 * managed system.
 */
export const lineageKinds = [
  'column',
  'mapping',
  'property',
  'expression',
  'context',
  'dimension',
  'role',
  'rule',
  'order',
  'attribute',
] as const;
export type LineageKind = (typeof lineageKinds)[number];

export interface LineageNode {
  /** Unique among the nodes; the same configuration gives the same. */
  readonly id: string;
  readonly kind: LineageKind;
  /** Such as `HR_Employee:Title`, `ScalarRule`, `HR / HRTitles: title`. */
  readonly label: string;
  /** What an element of the configuration says, in one line. */
  readonly text: string | null;
  readonly at: Position | null;
}

/** `from` feeds `to`. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
}

/** Nodes and edges sorted by id: the order of files and elements does not show. */
export interface Lineage {
  /** What was asked for: `LDAP_Account_Employee.Title`, or `HR_Employee:Title`. */
  readonly subject: string;
  /** `sources`: what it comes from; `uses`: where it goes. */
  readonly direction: 'sources' | 'uses';
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}
