/** What lists of things to decide can be narrowed by, as conditions of SQL: nothing is loaded that is not shown. */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';

/** A text, or a pattern in which `*` stands for any text. The letters of ASCII may be large or small. Empty: no value. */
export interface TextCondition {
  readonly pattern: string;
  /** Where linked resources stand by which links of this property are named. */
  readonly links: readonly LinkedColumn[];
}

export interface LinkedColumn {
  readonly resourceType: string;
  readonly property: string;
  readonly table: string;
  readonly column: string;
}

/** Owners of these resource types (or roles of this entity type) whose key or name fits. */
export interface OwnerCondition {
  readonly entityType: string;
  readonly resourceTypes: readonly string[];
  readonly table: string;
  readonly columns: readonly string[];
  readonly pattern: string;
}

export interface DecidableFilter {
  /** Of assigned resource types; no more than the dialect has parameters for. */
  readonly ids?: readonly number[];
  readonly resourceTypes?: readonly string[];
  /** Values of this property, and nothing but values. */
  readonly property?: string;
  readonly proposed?: TextCondition;
  readonly current?: TextCondition;
  /** What would write this value: values, and resources to be created with it. */
  readonly value?: { readonly property: string; readonly is: TextCondition };
  /** Percent, both included. */
  readonly confidence?: { readonly from: number; readonly to: number };
  /** UTC ISO, both included. */
  readonly since?: { readonly from?: string; readonly until?: string };
  readonly owners?: readonly OwnerCondition[];
  readonly postponed?: { readonly now: string; readonly show: 'hidden' | 'only' };
  /** Only resource types themselves, or only values. */
  readonly part?: 'resource' | 'value';
}

type Query = Knex.QueryBuilder;

/** Conditions on `a`, an assigned resource type that is itself to be decided about. */
export function whereResourceType(
  { tx, dialect }: StoreTransaction,
  query: Query,
  filter: DecidableFilter,
): void {
  const { value, proposed, current, property, part } = filter;
  if (property !== undefined || part === 'value') query.whereRaw('1 = 0');
  whereCommon({ tx, dialect }, query, filter, 'a');
  const holds = (of: string | null, text: TextCondition): void => {
    query.where((any: Query) => {
      any.whereRaw(...holdsText(dialect, of, text));
      if (text.pattern === '') return;
      for (const link of text.links)
        if (of === null || of === link.property)
          any.orWhere((one: Query) => whereLinks({ tx, dialect }, one, link, text.pattern));
    });
  };
  // What exists has no values of its own: those have rows.
  if (value !== undefined || proposed !== undefined) query.whereNull('a.target_id');
  if (value !== undefined) holds(value.property, value.is);
  if (proposed !== undefined) holds(null, proposed);
  if (current !== undefined && current.pattern !== '') query.whereRaw('1 = 0');
}

/** A value of what is to be created; `of`: of this property. */
function holdsText(
  dialect: StoreTransaction['dialect'],
  of: string | null,
  { pattern }: TextCondition,
): [sql: string, bindings: readonly string[]] {
  const entries = dialect.jsonEntries('a.policy_values');
  const key = of === null ? '' : 'e.key = ? and ';
  const fits =
    pattern === '' ? 'e.value is null' : `e.value ${dialect.likeIgnoringCase} ? escape '!'`;
  const bindings = [...(of === null ? [] : [of]), ...(pattern === '' ? [] : [toLike(pattern)])];
  return [`exists (select 1 from ${entries} e where ${key}${fits})`, bindings];
}

/** A linked resource, by its name, of what is to be created. */
function whereLinks(
  { tx, dialect }: StoreTransaction,
  query: Query,
  { resourceType, property, table, column }: LinkedColumn,
  pattern: string,
): void {
  query.where('a.resource_type', resourceType).whereExists(
    tx
      .from(tx.raw(`${dialect.jsonIds('a.policy_values')} l`))
      .where('l.key', property)
      .whereIn('l.id', fittingIds(tx, table, [column], pattern, dialect))
      .select(tx.raw('1')),
  );
}

/** Conditions on `v`, an assigned value, of the resource type `a`. */
export function whereValue(
  transaction: StoreTransaction,
  query: Query,
  filter: DecidableFilter,
): void {
  const { value, proposed, current, property, part } = filter;
  if (part === 'resource') query.whereRaw('1 = 0');
  whereCommon(transaction, query, filter, 'v');
  if (property !== undefined) query.where('v.property', property);
  if (value !== undefined) {
    query.where('v.property', value.property);
    whereText(transaction, query, 'policy_value', value.is);
  }
  if (proposed !== undefined) whereText(transaction, query, 'policy_value', proposed);
  if (current !== undefined) whereText(transaction, query, 'current_value', current);
}

/** Conditions on `r`, an assigned role. */
export function whereOwnerOfRole(
  { dialect, tx }: StoreTransaction,
  query: Query,
  owners: readonly OwnerCondition[],
): void {
  query.where((any: Query) => {
    any.whereRaw('1 = 0');
    for (const owner of owners)
      any.orWhere((one: Query) =>
        one
          .where('r.owner_type', owner.entityType)
          .whereIn(
            'r.owner_id',
            fittingIds(tx, owner.table, owner.columns, owner.pattern, dialect),
          ),
      );
  });
}

/** Conditions on the owner of `alias`, which has a resource type. */
export function whereOwner(
  { tx, dialect }: StoreTransaction,
  query: Query,
  alias: 'a' | 'o',
  owners: readonly OwnerCondition[],
): void {
  query.where((any: Query) => {
    any.whereRaw('1 = 0');
    for (const { resourceTypes, table, columns, pattern } of owners)
      any.orWhere((one: Query) =>
        one
          .whereIn(`${alias}.resource_type`, [...resourceTypes])
          .whereIn(`${alias}.owner_id`, fittingIds(tx, table, columns, pattern, dialect)),
      );
  });
}

function whereCommon(
  { tx, dialect }: StoreTransaction,
  query: Query,
  filter: DecidableFilter,
  alias: 'a' | 'v',
): void {
  const { ids, resourceTypes, confidence, since, owners, postponed } = filter;
  if (ids !== undefined) query.whereIn('a.id', [...ids]);
  if (resourceTypes !== undefined)
    query.whereIn(tx.raw("a.resource_type || ''") as unknown as string, [...resourceTypes]);
  if (confidence !== undefined)
    query.whereBetween(`${alias}.confidence`, [confidence.from, confidence.to]);
  if (since?.from !== undefined) query.where(`${alias}.state_since`, '>=', since.from);
  if (since?.until !== undefined) query.where(`${alias}.state_since`, '<=', since.until);
  if (owners !== undefined) whereOwner({ tx, dialect }, query, 'a', owners);
  if (postponed !== undefined) {
    const not = postponed.show === 'hidden' ? 'not ' : '';
    query.whereRaw(
      `${not}exists (select 1 from postponements p where p.row_id = ${alias}.id and p.as_of = ${alias}.valid_from and p.until > ?)`,
      [postponed.now],
    );
  }
}

function whereText(
  { tx, dialect }: StoreTransaction,
  query: Query,
  column: 'policy_value' | 'current_value',
  text: TextCondition,
): void {
  if (text.pattern === '') {
    query.whereNull(`v.${column}`);
    return;
  }
  query.where((any: Query) => {
    any.whereRaw(`v.kind = 'scalar' and v.${column} ${dialect.likeIgnoringCase} ? escape '!'`, [
      toLike(text.pattern),
    ]);
    for (const link of text.links)
      any.orWhere((one: Query) => {
        const fitting = (): Query =>
          fittingIds(tx, link.table, [link.column], text.pattern, dialect);
        one
          .where('a.resource_type', link.resourceType)
          .where('v.property', link.property)
          .where('v.kind', 'navigation')
          .whereNotNull(`v.${column}`)
          .where((end: Query) =>
            end
              .where((many: Query) =>
                many.whereNot('v.linked_id', 0).whereIn('v.linked_id', fitting()),
              )
              .orWhere((one: Query) =>
                one
                  .where('v.linked_id', 0)
                  .whereIn(
                    `v.${column}`,
                    fitting().clearSelect().select(tx.raw('cast(id as text)')),
                  ),
              ),
          );
      });
  });
}

function fittingIds(
  tx: Knex.Transaction,
  table: string,
  columns: readonly string[],
  pattern: string,
  { likeIgnoringCase }: StoreTransaction['dialect'],
): Query {
  return tx(table)
    .where((any) => {
      for (const column of columns)
        any.orWhereRaw(`?? ${likeIgnoringCase} ? escape '!'`, [column, toLike(pattern)]);
    })
    .select('id');
}

/** `*` stands for any text, everything else for itself. */
function toLike(pattern: string): string {
  return pattern.replaceAll(/[!%_]/g, (sign) => `!${sign}`).replaceAll('*', '%');
}
