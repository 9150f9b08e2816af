/** The history of a resource, for people: one block for each moment, newest first. */
import type { HistoryEvent, ResourceHistory } from '../engine/index.ts';
import type { Palette } from './palette.ts';
import { toPrintableLine } from './printable-text.ts';
import { formatFields } from './table.ts';

export function formatHistory(history: ResourceHistory, palette: Palette): string {
  const { entityType, key, displayName, id, isThere, events, nextBefore, purgedBefore } = history;
  const head = formatFields([
    ['Resource', `${entityType}:${key}`],
    ['Name', displayName],
    ['Id', id],
    ['Now', isThere ? 'there' : 'removed'],
  ]);
  const blocks = events.map((event) => formatEvent(event, id, palette));
  const end =
    nextBefore !== null
      ? [`Older changes follow: --before ${nextBefore}`]
      : purgedBefore === null
        ? []
        : [`What ended before ${purgedBefore} was purged.`];
  return [head, ...blocks, ...end].join('\n\n');
}

const names = {
  created: 'appeared',
  known: 'oldest known state',
  changed: 'changed',
  removed: 'removed',
} as const;

function formatEvent(event: HistoryEvent, id: number, palette: Palette): string {
  const { run, source } = event;
  const life = event.id === id ? '' : ` (as id ${event.id})`;
  const by =
    run === null
      ? ''
      : ` by run ${run.id}${run.kind === null ? '' : ` (${[run.kind, run.subject].filter(Boolean).join(' ')})`}`;
  const from =
    source === null
      ? ''
      : `, from ${source.table}${source.row === null ? '' : ` row ${source.row}`}`;
  const lines = [
    ...event.properties.map((change) => describeChange(change.property, change)),
    ...event.links.map(
      (link) =>
        `${link.property} ${link.change === 'gained' ? '+' : '-'} ${link.entityType}:${link.key} ${link.name}`,
    ),
    ...event.assignments.flatMap(describeAssignment),
    ...(event.note === null ? [] : [event.note]),
  ];
  const title = palette.bold(
    toPrintableLine(`${event.at} ${names[event.kind]}${life}${by}${from}`),
  );
  return [title, ...lines.map((line) => `  ${toPrintableLine(line)}`)].join('\n');
}

function describeAssignment(change: HistoryEvent['assignments'][number]): readonly string[] {
  const { kind, name, property, as, fields } = change;
  const what = [
    kind === 'role' ? 'role' : null,
    kind === 'indirect-link' ? 'indirect link' : null,
    property === null ? name : `${name} ${property}`,
    ...(as === 'owner' ? [] : [kind === 'indirect-link' ? 'through it' : 'as its account']),
  ]
    .filter((part) => part !== null)
    .join(' ');
  return [
    `${what}: ${change.change}`,
    ...fields.map((field) => `  ${describeChange(field.field, field)}`),
  ];
}

function describeChange(
  name: string,
  { from, to }: { readonly from: string | null; readonly to: string | null },
): string {
  return from === null ? `${name} = ${to ?? '-'}` : `${name}: ${from} → ${to ?? '-'}`;
}
