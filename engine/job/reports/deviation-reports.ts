/** Reports on what deviates from the rules: found, excepted, orphaned, held back. */
import { workflowStates } from '../../../config/index.ts';
import {
  type AssignmentFilter,
  countFoundAt,
  listOrphans,
  listThresholdTrips,
  readTableMap,
} from '../../store/index.ts';
import {
  aboutAll,
  holdings,
  itemColumns,
  lastDecisions,
  ownerColumns,
  stateCells,
  stateColumns,
} from './holdings.ts';
import { date, daysSince, moment, nameAll, number, type Report, text } from './report.ts';

const { found, historic, approved, approvedRisk, questioned } = workflowStates;

function holdingReport(name: string, doc: string, filter: AssignmentFilter): Report {
  return {
    name,
    doc,
    columns: [
      ...ownerColumns,
      ...itemColumns,
      text('Proposed'),
      text('Current'),
      ...stateColumns,
      number('Confidence'),
    ],
    filters: ['resource-type', 'entity-type', 'role', 'owner', 'days'],
    async *rows(inputs) {
      const least = inputs.request.days ?? 0;
      for await (const page of holdings(inputs, filter)) {
        const meant = page.filter((one) => (daysSince(inputs.now, one.since) ?? 0) >= least);
        const about = await aboutAll(inputs, meant);
        yield meant.map((one) => [...about(one), ...stateCells(one, inputs.now), one.confidence]);
      }
    },
  };
}

const gaps = holdingReport(
  'gaps',
  'What exists and no rule explains: accounts, values and roles, non-conforming or pre-existing, with their age.',
  { workflowStates: [found, historic], isDirect: true },
);

const preExisting = holdingReport(
  'pre-existing',
  'What was there at the first evaluation and nobody has decided about.',
  { workflowStates: [historic] },
);

const lowConfidence = holdingReport(
  'low-confidence',
  'Accounts and links that a rule of less than 100 % found and that wait for a person.',
  { isUnsure: true, provisioningStates: [5] },
);

const exceptions: Report = {
  name: 'exceptions',
  doc: 'What is held or kept away by a decision instead of a rule: approved, questioned and denied, with who decided and when.',
  columns: [
    ...ownerColumns,
    ...itemColumns,
    text('Proposed'),
    text('Current'),
    ...stateColumns,
    text('Decision'),
    text('By'),
    moment('At'),
    text('Comment'),
  ],
  filters: ['resource-type', 'entity-type', 'role', 'owner', 'days'],
  async *rows(inputs) {
    const states = [approved, approvedRisk, questioned];
    const filter = { workflowStates: states, orDenied: true };
    for await (const page of holdings(inputs, filter)) {
      const about = await aboutAll(inputs, page);
      const decisions = await lastDecisions(inputs.t, page);
      yield page
        .filter((one) => (daysSince(inputs.now, one.since) ?? 0) >= (inputs.request.days ?? 0))
        .map((one) => {
          const last = decisions(one);
          return [
            ...about(one),
            ...stateCells(one, inputs.now),
            last?.kind ?? (one.requestedBy === null ? null : 'request'),
            last?.decided_by ?? one.requestedBy,
            last?.decided_at ?? null,
            last?.comment ?? null,
          ];
        });
    }
  },
};

const gapTrend: Report = {
  name: 'gap-trend',
  doc: 'How many roles, accounts and values no rule explained, week by week, up to now.',
  columns: [date('At'), number('Roles'), number('Accounts'), number('Values')],
  filters: ['days'],
  async *rows({ t, now, request }) {
    const weeks = Math.ceil((request.days ?? 84) / 7);
    for (let week = weeks; week >= 0; week--) {
      const at = new Date(Date.parse(now) - week * 7 * 86_400_000).toISOString();
      const { roles, types, values } = await countFoundAt(t, at);
      yield [[at, roles, types, values]];
    }
  },
};

const orphans: Report = {
  name: 'orphans',
  doc: 'Accounts that nobody owns, by entity type.',
  columns: [text('Entity type'), text('Account'), text('Name')],
  filters: ['entity-type'],
  async *rows({ t, model, request }) {
    const tables = await readTableMap(t);
    const byTarget = Map.groupBy(model.resourceTypes.values(), (type) => type.targetEntityType);
    for (const [entityType, types] of [...byTarget].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const entity = tables.entities.get(entityType);
      const isChosen = request.entityType === undefined || request.entityType === entityType;
      if (entity === undefined || !isChosen) continue;
      const of = { table: entity.table, resourceTypes: types.map((type) => type.identifier) };
      for (let after = 0; ; ) {
        const ids = await listOrphans(t, of, { after, limit: 2_000 });
        const last = ids.at(-1);
        if (last === undefined) break;
        const nameOf = await nameAll(
          t,
          model,
          ids.map((id) => [entityType, id] as const),
        );
        yield ids.map((id) => [entityType, ...nameOf(entityType, id)]);
        after = last;
      }
    }
  },
};

const thresholdTrips: Report = {
  name: 'threshold-trips',
  doc: 'What thresholds and guards stopped, and who let it pass, the newest first.',
  columns: [moment('At'), text('What'), text('About'), text('By'), number('Run')],
  filters: [],
  async *rows({ t }) {
    const trips = await listThresholdTrips(t);
    yield trips.map(({ at, what, subject, by, run }) => [at, what, subject, by, run]);
  },
};

export const deviationReports: readonly Report[] = [
  gaps,
  gapTrend,
  preExisting,
  exceptions,
  orphans,
  lowConfidence,
  thresholdTrips,
];
