/** Scaffoldings of the workflows that change resources of an entity type: the workflows and the menus that start them. */
import { expandShown, type ShownType } from './display-scaffoldings.ts';
import type { Expand } from './expansion-context.ts';
import type { Generated } from './generated-element.ts';

interface Change {
  /** End of the workflow's identifier. */
  readonly name: string;
  readonly title: string;
  readonly icon: string;
  /** Menu that starts it: of all resources, or of one. */
  readonly menu: 'Search' | 'View';
}

const changes: readonly Change[] = [
  { name: 'Create', title: 'New', icon: 'Add', menu: 'Search' },
  { name: 'Update', title: 'Update', icon: 'Edit', menu: 'View' },
  { name: 'Delete', title: 'Delete', icon: 'Cancel', menu: 'View' },
];
const updateResources: Change = {
  name: 'UpdateResources',
  title: 'Modify Permissions',
  icon: 'Edit',
  menu: 'View',
};

/** Items name the menu they belong to, so that each can be replaced, and several scaffoldings can fill one menu. */
function expandMenus(made: readonly Change[]): Expand {
  return expandShown(({ identifier, titles }) => {
    const menus = [...new Set(made.map(({ menu }) => menu))];
    return [
      ...menus.map((menu) => ({
        name: 'MenuItem',
        attributes: { Identifier: `${menu}_${identifier}`, ...titles },
      })),
      ...made.map(({ name, title, icon, menu }) => ({
        name: 'MenuItem',
        attributes: {
          Identifier: `${menu}_${identifier}_${name}`,
          DisplayName_L1: title,
          IconCode: icon,
          ParentMenuItem: `${menu}_${identifier}`,
          Workflow: `${identifier}_${name}`,
        },
      })),
    ];
  });
}

function expandWorkflows(made: readonly Change[]): Expand {
  return expandShown((type) => made.map((change) => makeWorkflow(type, change)));
}

function makeWorkflow({ identifier, title }: ShownType, change: Change): Generated {
  return {
    name: 'Workflow',
    attributes: {
      Identifier: `${identifier}_${change.name}`,
      DisplayName_L1: `${title} - ${change.title}`,
      VariablesType: `Workflow_${identifier}`,
    },
    children: [makeActivity('Request', 'Action'), makeActivity('Persist', 'Persist')],
  };
}

function makeActivity(name: string, template: string): Generated {
  return {
    name: 'Activity',
    attributes: { Identifier: name, DisplayName_L1: name, Template: template },
  };
}

export const workflowScaffoldings: ReadonlyMap<string, Expand> = new Map<string, Expand>([
  ['CreateUpdateDeleteMenus', expandMenus(changes)],
  ['CreateUpdateDeleteWorkflows', expandWorkflows(changes)],
  ['UpdateResourcesMenus', expandMenus([updateResources])],
  ['UpdateResourcesWorkflows', expandWorkflows([updateResources])],
]);
