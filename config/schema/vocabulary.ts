/** The whole vocabulary: the one description that reading, checking, XSD, JSON schema and documentation derive from. */
import { connectorElements } from './connector-elements.ts';
import { contextElements } from './context-elements.ts';
import type { Element } from './element.ts';
import { entityElements } from './entity-elements.ts';
import { notYetUsedElements } from './not-yet-used-elements.ts';
import { resourceTypeElements } from './resource-type-elements.ts';
import {
  passwordResetSettings,
  resourceTypeMappingElements,
} from './resource-type-mapping-elements.ts';
import { roleElements } from './role-elements.ts';
import { scaffoldingElements } from './scaffolding-elements.ts';
import { jobElements } from './task-elements.ts';

export interface ElementFamily {
  /** File name of the family's reference page, without extension. */
  readonly page: string;
  readonly title: string;
  readonly elements: readonly Element[];
}

export const families: readonly ElementFamily[] = [
  { page: 'entity-model', title: 'Entity model', elements: entityElements },
  { page: 'connectors', title: 'Connectors and mappings', elements: connectorElements },
  { page: 'roles', title: 'Policies and roles', elements: roleElements },
  { page: 'resource-types', title: 'Resource types and rules', elements: resourceTypeElements },
  { page: 'contexts', title: 'Contexts', elements: contextElements },
  {
    page: 'resource-type-mappings',
    title: 'Resource type mappings',
    elements: [...resourceTypeMappingElements, passwordResetSettings],
  },
  { page: 'jobs', title: 'Jobs and tasks', elements: jobElements },
  { page: 'scaffoldings', title: 'Scaffoldings', elements: scaffoldingElements },
  { page: 'recognised', title: 'Recognised, not yet used', elements: notYetUsedElements },
];

/** Elements that may stand directly in a file. */
export const topLevelElements: readonly Element[] = families.flatMap(({ elements }) => elements);

/** The description of an element that stands in `parent`, or directly in the file. */
export function findElement(name: string, parent?: Element): Element | undefined {
  const candidates = parent === undefined ? topLevelElements : parent.children;
  return candidates.find((element) => element.name === name);
}
