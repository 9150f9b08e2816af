/** What the README of every package tells. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContractCase } from './contract-case.ts';
import { ensureEqual, offered } from './expectations.ts';
import { settingPaths } from './settings-cases.ts';
import type { ConnectorSubject } from './subject.ts';

const headings = 'Reads,Writes,Settings,Permissions needed,Limits,Errors,Try it'.split(',');

async function readReadme(subject: ConnectorSubject): Promise<string> {
  if (subject.readReadme !== undefined) return subject.readReadme();
  return readFile(join(offered(subject.folder, 'folder'), 'README.md'), 'utf8');
}

function sectionOf(readme: string, heading: string): string {
  const [, rest = ''] = readme.split(`\n## ${heading}\n`);
  return rest.split('\n## ')[0] ?? '';
}

/** Reasons for leaving out cases that the README does not repeat under Limits. */
export async function untoldReasons(
  subject: ConnectorSubject,
  reasons: readonly string[] = Object.values(subject.skips ?? {}),
): Promise<readonly string[]> {
  const limits = squeeze(sectionOf(await readReadme(subject), 'Limits'));
  return [...new Set(reasons)].filter((reason) => !limits.includes(squeeze(reason)));
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').toLowerCase();
}

export const readmeCases: readonly ContractCase[] = [
  {
    id: 'readme-has-headings',
    area: 'documents',
    states: 'has a README with the headings of every package',
    needs: [],
    async test(subject) {
      const readme = await readReadme(subject);
      const found = [...readme.matchAll(/^## (.+)$/gmu)].map(([, heading]) => heading);
      ensureEqual(found, headings, 'The headings of the README are others.');
    },
  },
  {
    id: 'readme-names-settings',
    area: 'documents',
    states: 'names every setting in its README',
    needs: [],
    async test(subject) {
      const section = sectionOf(await readReadme(subject), 'Settings');
      const missing = settingPaths(subject).filter((path) => !section.includes(`\`${path}\``));
      ensureEqual(missing, [], 'The README lacks settings.');
    },
  },
  {
    id: 'readme-tells-what-is-skipped',
    area: 'documents',
    states: 'repeats under Limits why cases of the contract do not apply',
    needs: [],
    async test(subject) {
      const untold = await untoldReasons(subject);
      ensureEqual(untold, [], 'The Limits of the README lack these reasons.');
    },
  },
];
