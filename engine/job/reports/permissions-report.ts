/** Everything one person holds, down to values and links. */
import { describeWorkflowState, workflowStates } from '../../../config/index.ts';
import { pageAssignedRoles, pageAssignedTypes, type StoreTransaction } from '../../store/index.ts';
import { linkedType } from '../views/linked-type.ts';
import { describeRoleState } from '../views/role-state.ts';
import { indirectPages } from './indirect-report.ts';
import {
  chosenTypes,
  date,
  isPermissionIn,
  nameAll,
  type Report,
  type ReportInputs,
  type ReportRow,
  text,
} from './report.ts';

/** The values an assignment was computed with, as its row keeps them. */
type PolicyValues = Readonly<Record<string, string | null | readonly number[]>>;

export const permissions: Report = {
  name: 'permissions',
  doc: 'Everything one person holds: roles, accounts, and every value and link of them. Needs --owner.',
  columns: [
    text('Kind'),
    text('Item'),
    text('Property'),
    text('Value'),
    text('Workflow state'),
    date('From'),
    date('Until'),
  ],
  filters: ['owner', 'resource-type'],
  needs: ['owner'],
  async *rows(inputs) {
    const { t, model, request } = inputs;
    const { owner } = request;
    if (owner === undefined) return;
    if (request.resourceType === undefined)
      for await (const page of pageAssignedRoles(t, { owner }))
        yield page
          .filter((row) => isPermissionIn(row.workflow_state))
          .map((row) => [
            `${row.kind} role`,
            row.role,
            null,
            null,
            describeRoleState(row),
            row.start_date,
            row.end_date,
          ]);
    const resourceTypes = chosenTypes(inputs) ?? [];
    for await (const page of pageAssignedTypes(t, { owner, resourceTypes })) {
      for (const row of page) {
        if (!isPermissionIn(row.workflow_state)) continue;
        const type = model.resourceTypes.get(row.resource_type);
        const nameOf = await nameAll(t, model, [[type?.targetEntityType, row.target_id]]);
        const state = describeWorkflowState(row.workflow_state);
        const cells = (kind: string, property: string | null, value: string | null): ReportRow => [
          kind,
          row.resource_type,
          property,
          value,
          state,
          row.start_date,
          row.end_date,
        ];
        yield [
          cells('resource-type', null, nameOf(type?.targetEntityType, row.target_id)[0]),
          ...(await valueRows(t, inputs, row, cells)),
        ];
      }
    }
    yield* indirectLinks(inputs);
  },
};

/** What no account has itself, and no rule gives. */
async function* indirectLinks(inputs: ReportInputs): AsyncGenerator<readonly ReportRow[]> {
  const { t, model } = inputs;
  const state = `${describeWorkflowState(workflowStates.found)}, indirect`;
  for await (const page of indirectPages(inputs)) {
    const linked = (row: (typeof page)[number]): string | undefined =>
      linkedType(model, row.resource_type, row.property);
    const nameOf = await nameAll(
      t,
      model,
      page.map((row) => [linked(row), row.linked_id] as const),
    );
    yield page.map((row) => [
      ...['indirect link', row.resource_type, row.property],
      ...[nameOf(linked(row), row.linked_id)[0], state, null, null],
    ]);
  }
}

async function valueRows(
  t: StoreTransaction,
  { model }: ReportInputs,
  row: { readonly resource_type: string; readonly policy_values: string },
  cells: (kind: string, property: string | null, value: string | null) => ReportRow,
): Promise<readonly ReportRow[]> {
  const target = model.resourceTypes.get(row.resource_type)?.targetEntityType ?? '';
  const properties = model.entityModel.entityTypes.get(target)?.properties;
  const rows: ReportRow[] = [];
  // Written by the evaluation.
  const values = JSON.parse(row.policy_values) as PolicyValues;
  for (const [property, value] of Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === null || typeof value === 'string') {
      rows.push(cells('value', property, value));
      continue;
    }
    const declared = properties?.get(property);
    const linked = declared?.kind === 'navigation' ? declared.target : undefined;
    const nameOf = await nameAll(
      t,
      model,
      value.map((id) => [linked, id] as const),
    );
    rows.push(...value.map((id) => cells('link', property, nameOf(linked, id)[0])));
  }
  return rows;
}
