/** The risks of an explanation as people read them. */
import type { ExplainedRiskPart } from '../engine/index.ts';
import type { Palette } from './palette.ts';
import { toPrintableLine } from './printable-text.ts';

export function formatRisk(risk: ExplainedRiskPart, palette: Palette): string {
  const items = risk.items.map(
    ({ resourceType, property, resource, account, isPresent, roles }) => {
      const value = resource === null ? '' : ` = ${resource}`;
      const where = account === null ? 'an account to be made' : account;
      const by = roles.length === 0 ? '' : `, by ${roles.join(', ')}`;
      const how = isPresent ? '' : ', on its way';
      return `  through: ${resourceType}.${property}${value} in ${where}${by}${how}`;
    },
  );
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
