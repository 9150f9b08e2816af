/** Thresholds of a synchronization: compared with the whole change set before anything is written. */
import type { LinkThresholds, Model, ResourceThresholds } from '../../config/index.ts';
import type { EntityCounts, LinkCounts } from '../store/index.ts';

export interface PartChange {
  readonly kind: 'entity' | 'association';
  readonly identifier: string;
  readonly stored: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** One limit that was passed: `count` of `action` is more than `limit` (lines, or percent of `stored`). */
export interface Breach {
  readonly level: 'connector' | 'entity-type' | 'association';
  readonly identifier: string;
  readonly attribute: string;
  readonly action: 'inserted' | 'updated' | 'deleted' | 'links inserted' | 'links deleted';
  readonly count: number;
  readonly stored: number;
  readonly limit: number;
  readonly unit: 'lines' | 'percent';
}

export function entityChange(identifier: string, counts: EntityCounts): PartChange {
  return { kind: 'entity', identifier, ...counts };
}

export function linkChange(identifier: string, counts: LinkCounts): PartChange {
  return { kind: 'association', identifier, updated: 0, ...counts };
}

/**
 * All limits that the changes pass. 0 switches a limit off; a limit is passed by strictly more than its value; percent is
 * of what is stored at the limit's own level. With nothing stored any insertion is infinitely many percent: the first load
 * of a connector stops unless it is made in initial mode, forced, or its percent limits are off.
 */
export function findBreaches(
  model: Model,
  connector: string,
  changes: readonly PartChange[],
): readonly Breach[] {
  const breaches: Breach[] = [];
  const settings = model.connectors.get(connector);
  if (settings !== undefined) {
    const entities = changes.filter((change) => change.kind === 'entity');
    const links = changes.filter((change) => change.kind === 'association');
    checkResources(
      breaches,
      'connector',
      connector,
      settings.thresholds,
      sum(connector, 'entity', entities),
    );
    checkLinks(
      breaches,
      'connector',
      connector,
      settings.thresholds,
      sum(connector, 'association', links),
    );
  }
  for (const change of changes) {
    if (change.kind === 'entity') {
      const mapping = model.entityTypeMappings.get(change.identifier);
      if (mapping !== undefined)
        checkResources(breaches, 'entity-type', change.identifier, mapping.thresholds, change);
    } else {
      const mapping = model.associationMappings.get(change.identifier);
      if (mapping !== undefined)
        checkLinks(breaches, 'association', change.identifier, mapping.thresholds, change);
    }
  }
  return breaches;
}

/** `maximumDeletedLines of connector HR: 120 deleted, limit 100`. */
export function describeBreach(breach: Breach): string {
  const limit =
    breach.unit === 'percent' ? `${breach.limit} % of ${breach.stored}` : `${breach.limit}`;
  return `${breach.attribute} of ${breach.level.replace('-', ' ')} ${breach.identifier}: ${breach.count} ${breach.action}, limit ${limit}`;
}

function sum(
  identifier: string,
  kind: PartChange['kind'],
  changes: readonly PartChange[],
): PartChange {
  const total = { kind, identifier, stored: 0, inserted: 0, updated: 0, deleted: 0 };
  for (const change of changes) {
    total.stored += change.stored;
    total.inserted += change.inserted;
    total.updated += change.updated;
    total.deleted += change.deleted;
  }
  return total;
}

function checkResources(
  breaches: Breach[],
  level: Breach['level'],
  identifier: string,
  t: ResourceThresholds,
  change: PartChange,
): void {
  check(
    breaches,
    { level, identifier, action: 'inserted', count: change.inserted, stored: change.stored },
    ['MaximumInsertedLines', t.maximumInsertedLines],
    ['MaxPercentageInsertedLines', t.maxPercentageInsertedLines],
  );
  check(
    breaches,
    { level, identifier, action: 'updated', count: change.updated, stored: change.stored },
    ['MaximumUpdatedLines', t.maximumUpdatedLines],
    ['MaxPercentageUpdatedLines', t.maxPercentageUpdatedLines],
  );
  check(
    breaches,
    { level, identifier, action: 'deleted', count: change.deleted, stored: change.stored },
    ['MaximumDeletedLines', t.maximumDeletedLines],
    ['MaxPercentageDeletedLines', t.maxPercentageDeletedLines],
  );
}

function checkLinks(
  breaches: Breach[],
  level: Breach['level'],
  identifier: string,
  t: LinkThresholds,
  change: PartChange,
): void {
  const [lines, percent] =
    level === 'connector' ? ['MaximumLink', 'MaxLinkPercentage'] : ['Maximum', 'MaxPercentage'];
  check(
    breaches,
    { level, identifier, action: 'links inserted', count: change.inserted, stored: change.stored },
    [`${lines}InsertedLines`, t.maximumLinkInsertedLines],
    [`${percent}InsertedLines`, t.maxLinkPercentageInsertedLines],
  );
  check(
    breaches,
    { level, identifier, action: 'links deleted', count: change.deleted, stored: change.stored },
    [`${lines}DeletedLines`, t.maximumLinkDeletedLines],
    [`${percent}DeletedLines`, t.maxLinkPercentageDeletedLines],
  );
}

function check(
  breaches: Breach[],
  what: Pick<Breach, 'level' | 'identifier' | 'action' | 'count' | 'stored'>,
  [linesName, lines]: readonly [string, number],
  [percentName, percent]: readonly [string, number],
): void {
  if (lines > 0 && what.count > lines)
    breaches.push({ ...what, attribute: linesName, limit: lines, unit: 'lines' });
  // count / stored > percent / 100, without division: exact, and defined when nothing is stored.
  if (percent > 0 && what.count * 100 > percent * what.stored) {
    breaches.push({ ...what, attribute: percentName, limit: percent, unit: 'percent' });
  }
}
