/** The risks of an explanation as people read them. */
import type { ExplainedRiskPart, ExplainedRole } from '../engine/index.ts';
import type { Palette } from './palette.ts';
import { toPrintableLine } from './printable-text.ts';

export function formatRisk(risk: ExplainedRiskPart, palette: Palette): string {
  const items = risk.items.map((item) => `  through: ${describeItem(item)}`);
  const accepted = risk.accepted.map(({ item, how, by, at, comment }) => {
    const why = comment === null ? '' : `: ${comment}`;
    return how === 'approved'
      ? `  agreed:  ${by} approved ${item} with the risk known, at ${at}${why}`
      : `  agreed:  ${by} stood in for it when asking for ${item}, at ${at}${why}`;
  });
  const lines = [
    `  level:   ${risk.level}, ${risk.exemption}, since ${risk.since}`,
    ...items,
    ...(accepted.length === 0 ? ['  agreed:  nobody'] : accepted),
  ];
  return [
    palette.bold(toPrintableLine(`Risk ${risk.name} (${risk.risk})`)),
    ...lines.map(toPrintableLine),
  ].join('\n');
}

type Item = ExplainedRiskPart['items'][number];

function describeItem(item: Item): string {
  const { account, isPresent, through, roles } = item;
  const holder = account === null ? 'an account to be made' : account;
  const where = through === null ? `in ${holder}` : `indirectly through ${holder}`;
  const by = roles.length === 0 ? '' : `, by ${roles.join(', ')}`;
  const how = isPresent ? '' : ', on its way';
  return `${describeValue(item)} ${where}${by}${how}`;
}

function describeValue({ resourceType, property, resource }: Item): string {
  return `${resourceType}.${property}${resource === null ? '' : ` = ${resource}`}`;
}

/** What a request waits for somebody to accept: the rule, what its owner holds, what the request brings. */
export function formatWaiting(waitsFor: ExplainedRole['waitsFor']): readonly string[] {
  if (waitsFor === null) return [];
  if (waitsFor.length === 0)
    return ['  waits:   for a risk that is not there any more; approving it accepts none'];
  return waitsFor
    .flatMap(({ risk, name, level, remediation, rules }) => [
      `  waits:   for somebody to accept the risk ${name} (${risk}), level ${level}`,
      ...rules.flatMap(({ file, line, column, items }) => [
        `  because: Rule at ${file}:${line}:${column}`,
        ...items.map((item) =>
          item.isBrought ? `  brings:  ${describeValue(item)}` : `  holds:   ${describeItem(item)}`,
        ),
      ]),
      ...(remediation === null ? [] : [`  cure:    ${remediation}`]),
    ])
    .map(toPrintableLine);
}
