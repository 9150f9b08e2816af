/** What a query selects, as columns of a report. */
import type { ScalarType } from '../../entity-model.ts';
import type { ResourceView } from '../values.ts';
import type { PathNode } from './query-tree.ts';
import { followAll, type Join, type ResolvedPath, type Scope } from './resolve-path.ts';

/** Something a query selects, to be shown. */
export interface QueryColumn {
  /** As it is written. */
  readonly name: string;
  /** Of values; `Id` for ids, `Key` for linked resources, which are shown by their keys. */
  readonly type: ScalarType | 'Id' | 'Key';
  /** No more than one value. */
  readonly isSingle: boolean;
  /** Of a resource that was found; stored texts, without empty ones. */
  read(resource: ResourceView): readonly string[];
}

const idColumn: QueryColumn = {
  name: 'Id',
  type: 'Id',
  isSingle: true,
  read: ({ id }) => [String(id)],
};

/** In the order of the selection; without one, the ids. */
export function columnsOf(
  scope: Scope,
  nodes: readonly PathNode[],
  paths: readonly (ResolvedPath | undefined)[],
): readonly QueryColumn[] {
  if (nodes.length === 0) return [idColumn];
  const columns: QueryColumn[] = [];
  for (const [index, { segments }] of nodes.entries()) {
    const path = paths[index];
    const name = segments.map((segment) => segment.name).join('.');
    if (path !== undefined) columns.push(columnOf(scope, name, path));
  }
  return columns;
}

function columnOf({ model, joins }: Scope, name: string, path: ResolvedPath): QueryColumn {
  const { end, isSingle, steps, row } = path;
  const at = (root: ResourceView): readonly ResourceView[] =>
    rowsAt(root, joins, row).flatMap((start) => followAll(start, steps));
  switch (end.kind) {
    case 'id':
      return { name, type: 'Id', isSingle, read: (root) => at(root).map(({ id }) => String(id)) };
    case 'scalar': {
      const { property, type } = end;
      const read = (root: ResourceView): readonly string[] =>
        texts(at(root).map((resource) => resource.scalar(property)));
      return { name, type, isSingle, read };
    }
    case 'resource': {
      const { identifier, isCollection, target } = end.property;
      const key = model.entityTypes.get(target)?.keys[0];
      const last = [{ property: identifier, isCollection }];
      const keyOf = (resource: ResourceView): string =>
        (key === undefined ? null : resource.scalar(key)) ?? `#${resource.id}`;
      const read = (root: ResourceView): readonly string[] =>
        at(root).flatMap((start) => followAll(start, last).map(keyOf));
      return { name, type: 'Key', isSingle, read };
    }
  }
}

function texts(values: readonly (string | null)[]): readonly string[] {
  return values.flatMap((value) => (value === null || value === '' ? [] : [value]));
}

/** The resources of a joined row, all of them, from the root. */
function rowsAt(root: ResourceView, joins: readonly Join[], row: number): readonly ResourceView[] {
  const join = row === 0 ? undefined : joins[row - 1];
  if (join === undefined) return [root];
  return rowsAt(root, joins, join.from).flatMap((start) => followAll(start, join.steps));
}
