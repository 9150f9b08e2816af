/** What a query of a report finds, page by page: of the present without holding it, of former states within a bound. */
import { QueryResources, type ReportQuery, type ResourceView } from '../../../config/index.ts';
import {
  listResourceIds,
  ResourceGraph,
  readFormerResources,
  readTableMap,
} from '../../store/index.ts';
import { JobError } from '../errors.ts';
import type { ReportInputs } from './report.ts';

/** Resources that are looked at together. */
const pageSize = 1_000;
/** Of looking at one page, joined resources included; as many as a program has any use for. */
const maxSteps = 50_000_000;
/** Resources that are held by what orders them, and by nothing else: some 200 MB. */
const maxOrdered = 1_000_000;

type Inputs = Pick<ReportInputs, 't' | 'model' | 'workspace'>;
type Found = readonly ResourceView[];

/** In the order of the report. A page is to be read before the next one is asked for. */
export function findInPages(inputs: Inputs, query: ReportQuery): AsyncIterable<Found> {
  if (query.history !== null) return findFormer(inputs, query);
  return query.order === null ? findById(inputs, query) : findOrdered(inputs, query);
}

async function* findById(inputs: Inputs, query: ReportQuery): AsyncGenerator<Found> {
  let left = query.pageSize;
  for await (const found of findUnordered(inputs, query)) {
    yield found.slice(0, left);
    left -= found.length;
    if (left <= 0) return;
  }
}

interface Place {
  readonly id: number;
  readonly keys: ReturnType<NonNullable<ReportQuery['order']>['keysOf']>;
}

/** Reads twice: what orders the resources, then the resources in their order. */
async function* findOrdered(inputs: Inputs, query: ReportQuery): AsyncGenerator<Found> {
  const { order, entityType, pageSize: limit } = query;
  if (order === null) return;
  const inOrder = (places: readonly Place[]): Place[] =>
    places.toSorted((a, b) => order.compare(a.keys, b.keys) || a.id - b.id).slice(0, limit);
  let places: Place[] = [];
  for await (const found of findUnordered(inputs, query)) {
    for (const resource of found) places.push({ id: resource.id, keys: order.keysOf(resource) });
    // The last of more than are asked for are not held.
    if (places.length > 2 * limit + pageSize) places = inOrder(places);
    if (places.length > maxOrdered) throw tooManyToOrder(query);
  }
  const { t, model, workspace } = inputs;
  const graph = await ResourceGraph.open(t, model.entityModel, query.reads);
  const sorted = inOrder(places);
  for (let start = 0; start < sorted.length; start += pageSize) {
    workspace.effects.signal.throwIfAborted();
    const ids = sorted.slice(start, start + pageSize).map(({ id }) => id);
    await graph.load(t, entityType, ids);
    yield ids.flatMap((id) => graph.view(entityType, id) ?? []);
    graph.forgetPage();
  }
}

/** By id; a page of roots and what can be reached from them is in memory at a time. */
async function* findUnordered(inputs: Inputs, query: ReportQuery): AsyncGenerator<Found> {
  const { t, model, workspace } = inputs;
  const { entityType, reads } = query;
  const entity = (await readTableMap(t)).entities.get(entityType);
  if (entity === undefined) return;
  const graph = await ResourceGraph.open(t, model.entityModel, reads);
  for (let after = 0; ; ) {
    workspace.effects.signal.throwIfAborted();
    const ids = await listResourceIds(t, entity, after, pageSize);
    await graph.load(t, entityType, ids);
    const page = ids.flatMap((id) => graph.view(entityType, id) ?? []);
    yield query.select(hostOf(entityType, page), meterOf(query));
    graph.forgetPage();
    const last = ids.at(-1);
    if (last === undefined || ids.length < pageSize) return;
    after = last;
  }
}

/** Read whole: what was then is put together from versions of everything it leads to. */
async function* findFormer(
  { t, model, workspace }: Inputs,
  query: ReportQuery,
): AsyncGenerator<Found> {
  const { entityType, reads, history } = query;
  if (history === null) return;
  const span = { from: history.from, to: history.to };
  const versions = await readFormerResources(t, model.entityModel, { entityType, reads, span });
  const chosen =
    history.kind === 'contained in'
      ? versions.filter(
          ({ validFrom, validTo }) =>
            validFrom >= span.from && validTo !== null && validTo <= span.to,
        )
      : versions;
  const found = query.find(hostOf(entityType, chosen), meterOf(query));
  for (let start = 0; start < found.length; start += pageSize) {
    workspace.effects.signal.throwIfAborted();
    yield found.slice(start, start + pageSize);
  }
}

function hostOf(entityType: string, resources: Found): QueryResources {
  return new QueryResources((type) => (type === entityType ? resources : []));
}

/** Of one page: many resources are no reason to stop, many joined to one are. */
function meterOf({ identifier, reads, entityType }: ReportQuery): (more: number) => void {
  let steps = 0;
  return (more) => {
    steps += more;
    if (steps <= maxSteps) return;
    throw new JobError(
      'REPORT_TOO_LARGE',
      `The report ${identifier} looks at too many combinations of what it joins (${[...reads].length} properties of ${entityType} and others).`,
      { hint: 'Narrow it with where, or join less.' },
    );
  };
}

function tooManyToOrder({ identifier }: ReportQuery): JobError {
  return new JobError(
    'REPORT_TOO_LARGE',
    `The report ${identifier} orders more than ${maxOrdered} resources.`,
    {
      hint: 'Narrow it with where, ask for fewer with pagesize, or leave the order out: it is by id then.',
    },
  );
}
