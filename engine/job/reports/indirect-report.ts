/** The report on what is held without having been given. */
import { type IndirectPermissionRow, listIndirectPermissions } from '../../store/index.ts';
import { linkedType } from '../views/linked-type.ts';
import { ownerColumns } from './holdings.ts';
import {
  chosenTypes,
  moment,
  nameAll,
  type Report,
  type ReportInputs,
  type ReportRow,
  text,
} from './report.ts';

const pageSize = 1_000;

export const indirectPermissions: Report = {
  name: 'indirect-permissions',
  doc: 'What people hold through groups of groups or through another system, by the last evaluation, and the account it comes through.',
  columns: [
    ...ownerColumns,
    text('Item'),
    text('Property'),
    text('Value'),
    text('Value name'),
    text('Account'),
    moment('Since'),
  ],
  filters: ['resource-type', 'entity-type', 'owner'],
  async *rows(inputs) {
    for await (const page of indirectPages(inputs)) yield describeIndirectRows(inputs, page);
  },
};

/** What the request lets through, by ascending id. */
export async function* indirectPages(
  inputs: ReportInputs,
): AsyncGenerator<readonly IndirectPermissionRow[]> {
  const { t, request } = inputs;
  const resourceTypes = chosenTypes(inputs);
  const filter = {
    ...(request.owner === undefined ? {} : { owner: request.owner }),
    ...(resourceTypes === undefined ? {} : { resourceTypes }),
  };
  for (let after = 0; ; ) {
    const rows = await listIndirectPermissions(t, filter, { after, limit: pageSize });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    after = last.id;
  }
}

async function describeIndirectRows(
  { t, model }: ReportInputs,
  page: readonly IndirectPermissionRow[],
): Promise<readonly ReportRow[]> {
  const accounts = (row: IndirectPermissionRow): string | undefined =>
    model.resourceTypes.get(row.through)?.targetEntityType;
  const linked = (row: IndirectPermissionRow): string | undefined =>
    linkedType(model, row.resource_type, row.property);
  const nameOf = await nameAll(
    t,
    model,
    page.flatMap((row) => [
      [row.owner_type, row.owner_id] as const,
      [accounts(row), row.target_id] as const,
      [linked(row), row.linked_id] as const,
    ]),
  );
  return page.map((row) => [
    row.owner_type,
    ...nameOf(row.owner_type, row.owner_id),
    row.resource_type,
    row.property,
    ...nameOf(linked(row), row.linked_id),
    nameOf(accounts(row), row.target_id)[0],
    row.valid_from,
  ]);
}
