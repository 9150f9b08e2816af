/** Templates: scaffoldings that stand for several others with the same profile and entity type. */
import type { Names } from '../check-names.ts';
import { type Declared, textOf } from '../schema/declare.ts';
import type { Expand } from './expansion-context.ts';
import type { Generated } from './generated-element.ts';

const view = (table: string) => ['EntityTypeDisplayName', table, 'ViewAccessControlRules'];
const report = [
  'TargetResourceReport',
  'TargetResourceReportAccessControlRules',
  'TargetResourceReportMenus',
];

const templates: Readonly<Record<string, readonly string[]>> = {
  ViewTemplate: view('EntityTypeDisplayTable'),
  ViewTemplateAdaptable: view('EntityTypeDisplayTableAdaptable'),
  ViewTargetResourceTemplate: [...view('EntityTypeDisplayTargetResourceTable'), ...report],
  EntityReportDefault: ['ReportAccessControlRules', ...report],
  CreateUpdateDeleteTemplate: [
    'CreateUpdateDeleteAccessControlRules',
    'CreateUpdateDeleteMenus',
    'CreateUpdateDeleteWorkflows',
    ...view('EntityTypeDisplayTable'),
    'EntityTypeSearchBar',
    'WorkflowEntityType',
  ],
  UpdateResourcesTemplate: [
    ...view('EntityTypeDisplayTable'),
    'UpdateResourcesAccessControlRules',
    'UpdateResourcesMenus',
    'UpdateResourcesWorkflows',
    'WorkflowEntityType',
  ],
};

/** The templates, made of these scaffoldings; one that does not expand stays an element. */
export function templateScaffoldings(
  expanders: ReadonlyMap<string, Expand>,
): ReadonlyMap<string, Expand> {
  return new Map(
    Object.entries(templates).map(([name, parts]) => [name, expandTemplate(parts, expanders)]),
  );
}

function expandTemplate(parts: readonly string[], expanders: ReadonlyMap<string, Expand>): Expand {
  return (scaffolding, context) =>
    parts.flatMap((part) => {
      if (isWrittenToo(part, scaffolding, context.names)) return [];
      const expand = expanders.get(part);
      return expand === undefined ? keep(part, scaffolding) : expand(scaffolding, context);
    });
}

/** A part that is written for the same entity type and profile counts in the place of the template's. */
function isWrittenToo(part: string, scaffolding: Declared, names: Names): boolean {
  const entityType = textOf(scaffolding, 'EntityType');
  return names
    .all(part)
    .some(
      (each) =>
        textOf(each, 'EntityType') === entityType &&
        (textOf(each, 'Profile') ?? textOf(scaffolding, 'Profile')) ===
          textOf(scaffolding, 'Profile'),
    );
}

function keep(part: string, scaffolding: Declared): readonly Generated[] {
  const EntityType = scaffolding.written.get('EntityType');
  return EntityType === undefined ? [] : [{ name: part, attributes: { EntityType } }];
}
