/** Reports on orders: what is on its way, what failed, how long proof takes. */
import {
  countGroups,
  type ProvisioningOrderRow,
  pageOrders,
  readVerifications,
} from '../../store/index.ts';
import {
  chosenTypes,
  daysSince,
  moment,
  nameAll,
  number,
  type Report,
  type ReportInputs,
  type ReportRow,
  text,
} from './report.ts';

const openStatuses = ['generated', 'intent', 'ticket'];

function ofTypes(inputs: ReportInputs): { readonly resourceTypes?: readonly string[] } {
  const resourceTypes = chosenTypes(inputs);
  return resourceTypes === undefined ? {} : { resourceTypes };
}

interface OwnedOrder {
  readonly row: ProvisioningOrderRow;
  readonly key: string | null;
  readonly name: string | null;
}

/** Orders of the resource types asked for with the names of their owners; with `--days` those that are as old. */
async function* pagesWithOwners(
  inputs: ReportInputs,
  statuses: readonly string[],
  since: 'generated_at' | 'outcome_at',
): AsyncGenerator<readonly OwnedOrder[]> {
  const { t, model, now, request } = inputs;
  const sourceOf = (type: string) => model.resourceTypes.get(type)?.sourceEntityType;
  for await (const page of pageOrders(t, { ...ofTypes(inputs), statuses })) {
    const old = page.filter((row) => (daysSince(now, row[since]) ?? 0) >= (request.days ?? 0));
    const nameOf = await nameAll(
      t,
      model,
      old.map((row) => [sourceOf(row.resource_type), row.owner_id] as const),
    );
    yield old.map((row) => {
      const [key, name] = nameOf(sourceOf(row.resource_type), row.owner_id);
      return { row, key, name };
    });
  }
}

const aboutOwned = [text('Resource type'), text('Owner'), text('Name'), text('Operation')] as const;

function tellOwned({ row, key, name }: OwnedOrder): ReportRow {
  return [row.resource_type, key, name, row.change_type];
}

const orders: Report = {
  name: 'orders',
  doc: 'How many orders are in which status, by resource type, with the oldest and the newest.',
  columns: [
    text('Resource type'),
    text('Status'),
    number('Orders'),
    moment('Oldest'),
    moment('Newest'),
  ],
  filters: ['resource-type', 'entity-type'],
  async *rows(inputs) {
    const types = chosenTypes(inputs);
    const groups = await countGroups(inputs.t, 'provisioning_orders', ['resource_type', 'status'], {
      least: 'generated_at',
      most: 'generated_at',
      where: (query) => {
        if (types !== undefined) query.whereIn('resource_type', [...types]);
      },
    });
    yield groups.map((row) => [
      String(row['resource_type']),
      String(row['status']),
      row.n,
      row.least,
      row.most,
    ]);
  },
};

const openOrders: Report = {
  name: 'open-orders',
  doc: 'Orders that are not settled, the oldest first.',
  columns: [
    number('Order'),
    ...aboutOwned,
    text('Status'),
    moment('Made'),
    number('Days'),
    number('Attempts'),
    moment('Next attempt'),
    text('Message'),
  ],
  filters: ['resource-type', 'entity-type', 'days'],
  async *rows(inputs) {
    const { now } = inputs;
    for await (const page of pagesWithOwners(inputs, openStatuses, 'generated_at'))
      yield page.map((order) => {
        const { id, status, generated_at, attempts, next_attempt_at, message } = order.row;
        const days = daysSince(now, generated_at);
        const tries = [attempts, next_attempt_at, message];
        return [id, ...tellOwned(order), status, generated_at, days, ...tries];
      });
  },
};

const erroredOrders: Report = {
  name: 'errored-orders',
  doc: 'Orders that failed, grouped by what the system said, with the last attempt.',
  columns: [
    text('Resource type'),
    text('Code'),
    text('Message'),
    number('Orders'),
    moment('First'),
    moment('Last'),
  ],
  filters: ['resource-type', 'entity-type'],
  async *rows(inputs) {
    const types = chosenTypes(inputs);
    const groups = await countGroups(
      inputs.t,
      'provisioning_orders',
      ['resource_type', 'error_code', 'message'],
      {
        least: 'outcome_at',
        most: 'outcome_at',
        where: (query) => {
          query.whereIn('status', ['errored', 'conflict']);
          if (types !== undefined) query.whereIn('resource_type', [...types]);
        },
      },
    );
    yield groups
      .toSorted((a, b) => b.n - a.n)
      .map((row) => [
        String(row['resource_type']),
        row['error_code'] ?? null,
        row['message'] ?? null,
        row.n,
        row.least,
        row.most,
      ]);
  },
};

const verificationLag: Report = {
  name: 'verification-lag',
  doc: 'How long it took until an executed order was seen in its system; without a time: not seen yet.',
  columns: [
    number('Order'),
    text('Resource type'),
    text('Owner'),
    text('Operation'),
    moment('Executed'),
    moment('Seen'),
    number('Hours'),
  ],
  filters: ['resource-type', 'entity-type', 'days'],
  async *rows(inputs) {
    const { t, now } = inputs;
    for await (const page of pagesWithOwners(inputs, ['executed'], 'outcome_at')) {
      const seen = await readVerifications(
        t,
        page.map(({ row }) => row),
      );
      yield page.map(({ row, key }) => {
        const at = seen.get(row.id) ?? null;
        return [
          row.id,
          row.resource_type,
          key,
          row.change_type,
          row.outcome_at,
          at,
          hoursBetween(row.outcome_at, at ?? now),
        ];
      });
    }
  },
};

const tickets: Report = {
  name: 'tickets',
  doc: 'Tickets that nobody has closed, the oldest first; with --days only those that are as old.',
  columns: [number('Order'), ...aboutOwned, moment('Opened'), number('Days'), text('Taken by')],
  filters: ['resource-type', 'entity-type', 'days'],
  async *rows(inputs) {
    const { now } = inputs;
    for await (const page of pagesWithOwners(inputs, ['ticket'], 'generated_at'))
      yield page.map((order) => {
        const { id, generated_at, taken_by } = order.row;
        return [id, ...tellOwned(order), generated_at, daysSince(now, generated_at), taken_by];
      });
  },
};

const ticketTimes: Report = {
  name: 'ticket-times',
  doc: 'How long closed tickets took, by resource type: how many, on average, at most.',
  columns: [
    text('Resource type'),
    number('Closed'),
    number('Average hours'),
    number('Longest hours'),
  ],
  filters: ['resource-type', 'entity-type'],
  async *rows(inputs) {
    const { t, model } = inputs;
    const times = new Map<string, { closed: number; sum: number; most: number }>();
    for await (const page of pageOrders(t, {
      ...ofTypes(inputs),
      statuses: ['executed', 'errored'],
    })) {
      for (const row of page) {
        const type = model.resourceTypes.get(row.resource_type);
        // What a person closed bears a name.
        if (row.decided_by === null || type === undefined) continue;
        const hours = hoursBetween(row.generated_at, row.outcome_at ?? row.generated_at) ?? 0;
        const known = times.get(row.resource_type) ?? { closed: 0, sum: 0, most: 0 };
        times.set(row.resource_type, {
          closed: known.closed + 1,
          sum: known.sum + hours,
          most: Math.max(known.most, hours),
        });
      }
    }
    yield [...times]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, { closed, sum, most }]) => [type, closed, tenth(sum / closed), most]);
  },
};

function hoursBetween(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null;
  return tenth((Date.parse(to) - Date.parse(from)) / 3_600_000);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

export const orderReports: readonly Report[] = [
  orders,
  openOrders,
  erroredOrders,
  verificationLag,
  tickets,
  ticketTimes,
];
