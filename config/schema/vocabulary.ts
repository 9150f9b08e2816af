/** The whole vocabulary: the one description that reading, checking, XSD, JSON schema and documentation derive from. */
import { accessControlElements } from './access-control-elements.ts';
import { connectorElements } from './connector-elements.ts';
import { contextElements } from './context-elements.ts';
import { dataTestElements } from './data-test-elements.ts';
import { deliveryElements } from './delivery-elements.ts';
import type { Element } from './element.ts';
import { entityElements } from './entity-elements.ts';
import { guardElements } from './guard-elements.ts';
import { interfaceElements } from './interface-elements.ts';
import { invariantElements } from './invariant-elements.ts';
import { namedScaffoldingElements } from './named-scaffolding-elements.ts';
import { policyElements } from './policy-elements.ts';
import { reportElements } from './report-elements.ts';
import { resourceTypeElements } from './resource-type-elements.ts';
import {
  passwordResetSettings,
  resourceTypeMappingElements,
} from './resource-type-mapping-elements.ts';
import { roleElements } from './role-elements.ts';
import { scaffoldingElements } from './scaffolding-elements.ts';
import { settingElements } from './setting-elements.ts';
import { jobElements } from './task-elements.ts';
import { workflowElements } from './workflow-elements.ts';

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
  { page: 'data-tests', title: 'Data tests', elements: dataTestElements },
  { page: 'guards', title: 'Guards of sources', elements: guardElements },
  { page: 'invariants', title: 'Invariants', elements: invariantElements },
  { page: 'delivery', title: 'Delivery of orders', elements: deliveryElements },
  { page: 'jobs', title: 'Jobs and tasks', elements: jobElements },
  { page: 'scaffoldings', title: 'Scaffoldings', elements: scaffoldingElements },
  { page: 'policy-automation', title: 'Automation, risks, contexts', elements: policyElements },
  { page: 'access-control', title: 'Access control', elements: accessControlElements },
  { page: 'interface', title: 'Web pages', elements: interfaceElements },
  { page: 'workflows', title: 'Workflows and notifications', elements: workflowElements },
  { page: 'reports', title: 'Reports, certifications, inline rows', elements: reportElements },
  { page: 'settings', title: 'Settings', elements: settingElements },
  {
    page: 'named-scaffoldings',
    title: 'Scaffoldings known by name',
    elements: namedScaffoldingElements,
  },
];

/** Elements that may stand directly in a file. */
export const topLevelElements: readonly Element[] = families.flatMap(({ elements }) => elements);

const topLevelByName: ReadonlyMap<string, Element> = new Map(
  topLevelElements.map((element) => [element.name, element]),
);

/** The description of an element that stands in `parent`, or directly in the file. */
export function findElement(name: string, parent?: Element): Element | undefined {
  if (parent === undefined) return topLevelByName.get(name);
  return parent.children.find((element) => element.name === name);
}
