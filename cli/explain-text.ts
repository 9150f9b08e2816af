/** An explanation as people read it. */
import type {
  Absence,
  ExplainedEntry,
  ExplainedIndirect,
  ExplainedInput,
  ExplainedOrder,
  ExplainedRequest,
  ExplainedRole,
  Explanation,
} from '../engine/index.ts';
import { formatRisk, formatWaiting } from './explain-risks.ts';
import { formatPeriod } from './moments.ts';
import type { Palette } from './palette.ts';
import { toPrintableLine } from './printable-text.ts';
import { type Cell, formatCell, formatTable } from './table.ts';

/** Other rules than the nearest that one answer names. */
const maxOtherRules = 5;
const maxText = 160;

export function formatExplanation(
  explanation: Explanation,
  order: ExplainedOrder | null,
  palette: Palette,
): string {
  const parts = [formatHead(explanation, palette)];
  if (order !== null) parts.push(formatOrderHead(order, palette));
  for (const absence of explanation.absences) parts.push(formatAbsence(absence, palette));
  if (
    explanation.entries.length === 0 &&
    explanation.absences.length === 0 &&
    explanation.requests.length === 0 &&
    explanation.roles.length === 0 &&
    explanation.indirect.length === 0
  )
    parts.push(
      `No rule gives it anything. What was read or computed, and when: "lockstep resource show ${toPrintableLine(`${explanation.resource.entityType}:${explanation.resource.key}`)} --history".`,
    );
  for (const entry of explanation.entries) parts.push(formatEntry(entry, palette));
  for (const request of explanation.requests) parts.push(formatRequest(request, palette));
  for (const role of explanation.roles) parts.push(formatRole(role, palette));
  for (const one of explanation.indirect) parts.push(formatIndirect(one, palette));
  for (const risk of explanation.risks) parts.push(formatRisk(risk, palette));
  if (explanation.delays.length > 0) parts.push(formatDelays(explanation, palette));
  parts.push(...explanation.notes.map(toPrintableLine));
  return [...parts, ...formatTables(explanation, palette)].join('\n\n');
}

function formatHead({ resource, owner, configuration }: Explanation, palette: Palette): string {
  const head = [
    palette.bold(toPrintableLine(`${resource.entityType}:${resource.key} ${resource.name}`)),
  ];
  const isOwned = owner.entityType !== resource.entityType || owner.key !== resource.key;
  if (isOwned)
    head.push(toPrintableLine(`given to ${owner.entityType}:${owner.key} ${owner.name}`));
  head.push(
    `configuration ${configuration.hash.slice(0, 12)}, deployed ${configuration.deployedAt}`,
  );
  return head.join('\n');
}

function formatOrderHead(order: ExplainedOrder, palette: Palette): string {
  const what = { added: 'creates', modified: 'changes', deleted: 'deletes' }[order.changeType];
  const properties =
    order.changeType === 'modified' ? `: ${order.properties.map(toPrintableLine).join(', ')}` : '';
  const request = order.request === null ? '' : `\n  asked for by request ${order.request}`;
  const events = order.events.map(
    ({ at, text, by }) =>
      `  ${at} ${toPrintableLine(text)}${by === null ? '' : `, by ${toPrintableLine(by)}`}`,
  );
  return [
    `${palette.bold(`Order ${order.id}`)} ${what} ${toPrintableLine(order.resourceType)} over ${toPrintableLine(order.connection)}${properties}. It is ${order.status}.${request}`,
    ...events,
  ].join('\n');
}

function formatAbsence(absence: Absence, palette: Palette): string {
  const lines = [
    palette.bold(toPrintableLine(`${absence.isGiven ? 'Given' : 'Not given'}: ${absence.subject}`)),
    `  ${toPrintableLine(absence.answer)}`,
    ...absence.stored.map((text) => `  ${toPrintableLine(text)}`),
  ];
  const others = absence.rules.slice(absence.isGiven ? 0 : 1);
  for (const { rule, outcome, obstacles, value } of others.slice(0, maxOtherRules)) {
    const why = obstacles.length === 0 ? outcome : obstacles.map(({ text }) => text).join('; ');
    const named = value === null ? '' : ` (${value})`;
    lines.push(toPrintableLine(`  ${rule.element} at ${rule.file}:${rule.line}${named}: ${why}`));
  }
  const more = others.length - maxOtherRules;
  if (more > 0) lines.push(`  and ${more} more rules`);
  return lines.join('\n');
}

function formatEntry(entry: ExplainedEntry, palette: Palette): string {
  const { rule } = entry;
  const subject =
    entry.property === null ? entry.resourceType : `${entry.resourceType}.${entry.property}`;
  const value = entry.property === null ? '' : ` = ${formatCell(entry.value)}`;
  const lines = [
    `${palette.bold(toPrintableLine(subject))}${value}`,
    `  state:   ${formatCell(entry.state)}`,
    `  rule:    ${rule.element} at ${toPrintableLine(rule.file)}:${rule.line}:${rule.column}`,
  ];
  if (rule.text !== null) lines.push(`  says:    ${shorten(rule.text)}`);
  if (entry.current !== null) lines.push(`  current: ${formatCell(entry.current)}`);
  if (entry.singleRole !== null) lines.push(`  role:    ${formatCell(entry.singleRole)}`);
  if (entry.context !== null) lines.push(`  context: ${describeContext(entry.context)}`);
  for (const inputs of groupInputs(entry.inputs))
    lines.push(`  from:    ${describeInputs(inputs)}`);
  return lines.join('\n');
}

function shorten(text: string): string {
  return toPrintableLine(text.length <= maxText ? text : `${text.slice(0, maxText)}…`);
}

function describeContext(context: NonNullable<ExplainedEntry['context']>): string {
  const dimensions = Object.entries(context.dimensions).map(
    ([dimension, value]) => `${dimension} ${value ?? '(none)'}`,
  );
  const period = formatPeriod(context);
  return toPrintableLine([...dimensions, period].join(', '));
}

/** What one row says of one resource is told in one line. */
function groupInputs(inputs: readonly ExplainedInput[]): readonly (readonly ExplainedInput[])[] {
  const groups = Map.groupBy(inputs, ({ entityType, key, source }) =>
    JSON.stringify([entityType, key, source]),
  );
  return [...groups.values()];
}

function describeInputs(inputs: readonly ExplainedInput[]): string {
  const [first] = inputs;
  if (first === undefined) return '';
  const { entityType, key, source } = first;
  const values = inputs.map(({ property, value }) => `${property} = ${value ?? '(empty)'}`);
  const read = `${entityType}:${key} ${values.join(', ')}`;
  if (source === null) return toPrintableLine(read);
  const row = source.row === null ? '' : ` row ${source.row}`;
  return toPrintableLine(
    `${read}, read from ${source.table}${row}, run ${source.run} at ${source.at}`,
  );
}

function formatRole(role: ExplainedRole, palette: Palette): string {
  const period = formatPeriod(role);
  const parameters = Object.entries(role.parameters).map(([name, value]) => `${name} ${value}`);
  const lines = [
    palette.bold(toPrintableLine(`${role.kind} role ${role.role}`)),
    `  state:   ${role.isDenied ? 'denied, ' : ''}${formatCell(role.state)}${role.isIndirect ? ', indirect' : ''} since ${role.since}`,
    `  period:  ${period}`,
  ];
  if (parameters.length > 0) lines.push(`  with:    ${toPrintableLine(parameters.join(', '))}`);
  for (const { element, file, line, column } of role.rules)
    lines.push(`  rule:    ${element} at ${toPrintableLine(file)}:${line}:${column}`);
  if (role.requestedBy !== null) lines.push(`  asked:   by ${toPrintableLine(role.requestedBy)}`);
  return [...lines, ...formatApprovals(role.approvals), ...formatWaiting(role.waitsFor)].join('\n');
}

function formatApprovals(approvals: ExplainedRole['approvals']): readonly string[] {
  return approvals.map(
    ({ step, by, at }) => `  step ${step}:  approved by ${toPrintableLine(by)} at ${at}`,
  );
}

/** Who asked for a resource type, who agreed, when, and until when. */
function formatRequest(request: ExplainedRequest, palette: Palette): string {
  const what = { assign: 'Asked for', deny: 'Denied', cancel: 'To end', prolong: 'To last longer' };
  const parameters = Object.entries(request.parameters).map(([name, value]) => `${name} ${value}`);
  const isAboutAnother = request.request === 'cancel' || request.request === 'prolong';
  const about = isAboutAnother && request.amends !== null ? `, about ${request.amends}` : '';
  const by = request.requestedBy === null ? '' : ` by ${request.requestedBy}`;
  const at = request.requestedAt === null ? '' : ` at ${request.requestedAt}`;
  return [
    palette.bold(toPrintableLine(`${what[request.request]}: ${request.resourceType}${about}`)),
    `  state:   ${formatCell(request.state)} since ${request.since}`,
    `  period:  ${formatPeriod(request)}`,
    ...(parameters.length === 0 ? [] : [`  with:    ${toPrintableLine(parameters.join(', '))}`]),
    ...(by === '' ? [] : [toPrintableLine(`  asked:  ${by}${at}`)]),
    ...formatApprovals(request.approvals),
    ...formatWaiting(request.waitsFor),
  ].join('\n');
}

/** The way is told step by step, so that it can be followed in the managed system. */
function formatIndirect(one: ExplainedIndirect, palette: Palette): string {
  const subject = toPrintableLine(`${one.resourceType}.${one.property}`);
  const since =
    one.since === null ? 'found by the next evaluation' : `Non-conforming since ${one.since}`;
  const path = one.path.map(({ property, entityType, key }) => `${property} ${entityType}:${key}`);
  const way =
    path.length === 0
      ? `${one.account}, which does not lead there any more`
      : [one.account, ...path].join(' > ');
  const lines = [
    `${palette.bold(subject)} = ${formatCell(one.value)}, indirect`,
    `  state:   ${since}`,
    `  through: ${toPrintableLine(way)}`,
  ];
  if (one.roles.length > 0) lines.push(`  role:    ${toPrintableLine(one.roles.join(', '))}`);
  return lines.join('\n');
}

function formatDelays({ delays }: Explanation, palette: Palette): string {
  const lines = delays.flatMap(({ assignmentId, resourceType, property, text, cure }) => {
    const subject = property === null ? resourceType : `${resourceType}.${property}`;
    return [
      toPrintableLine(`  ${subject} (${assignmentId}): ${text}`),
      toPrintableLine(`    ${cure}`),
    ];
  });
  return [palette.bold('Not delivered yet'), ...lines].join('\n');
}

function formatTables(explanation: Explanation, palette: Palette): readonly string[] {
  const tables: string[] = [];
  const add = (headers: readonly string[], rows: readonly (readonly Cell[])[]): void => {
    if (rows.length > 0) tables.push(formatTable(headers, rows, palette));
  };
  add(
    ['ASSIGNED', 'WORKFLOW', 'PROVISIONING', 'SINCE', 'RUN', 'LAST ERROR'],
    explanation.assignments.map((assignment) => [
      assignment.resourceType,
      assignment.workflowState,
      assignment.provisioningState,
      assignment.since,
      assignment.run,
      assignment.lastError,
    ]),
  );
  add(
    ['DECISION', 'ABOUT', 'BY', 'AT', 'COMMENT'],
    explanation.decisions.map((entry) => [
      entry.kind,
      entry.subject || null,
      entry.by,
      entry.at,
      entry.comment,
    ]),
  );
  add(
    ['ORDER', 'OPERATION', 'STATUS', 'MADE', 'OUTCOME', 'MESSAGE'],
    explanation.orders.map((order) => [
      order.id,
      order.changeType,
      order.status,
      order.generatedAt,
      order.outcomeAt,
      order.message,
    ]),
  );
  add(
    ['CHANGED AT', 'WHAT', 'CHANGE', 'RUN', 'TO'],
    explanation.history.map((change) => [
      change.at,
      `${change.property === null ? change.name : `${change.name}.${change.property}`}${change.kind === 'indirect-link' ? ', indirect' : ''}`,
      change.change,
      change.run,
      change.fields.map(({ field, to }) => `${field} ${to ?? '(none)'}`).join(', '),
    ]),
  );
  return tables;
}
