/** An old content that comes back takes nobody away as a rule: somebody corrected what was wrong in between. */
import { CleanFile } from '../drift/clean-file.ts';
import type { GuardFinding } from '../guards.ts';

/** `pairs` gives the clean files, former and present, of the entity types that are read from a table. */
export function softenRepeated(
  findings: readonly GuardFinding[],
  pairs: (connectionTable: string) => readonly { readonly before: string; readonly now: string }[],
): readonly GuardFinding[] {
  return findings.map((finding) => {
    const isRepeated = finding.guard === 'content-of-earlier-reading' && finding.action === 'block';
    if (!isRepeated || pairs(finding.connectionTable).some(losesKeys)) return finding;
    return { ...finding, action: 'note' };
  });
}

/** Whether a key of the former file is not in the present one; both stand in the order of their keys. */
function losesKeys(paths: { readonly before: string; readonly now: string }): boolean {
  using before = new CleanFile(paths.before);
  using now = new CleanFile(paths.now);
  const present = now.rows();
  let next = present.next();
  for (const row of before.rows()) {
    const fold = row.get('fold') ?? '';
    while (next.done !== true && (next.value.get('fold') ?? '') < fold) next = present.next();
    if (next.done === true || next.value.get('fold') !== fold) return true;
  }
  return false;
}
