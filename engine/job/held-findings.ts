/** What a guard saw when it held files, kept until the connector is prepared again: nothing of it is in the store. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuardFinding } from '../prepare/index.ts';
import type { Workspace } from './workspace.ts';

export interface HeldFindings {
  readonly at: string;
  readonly mode: string;
  readonly findings: readonly GuardFinding[];
}

export async function keepFindings(
  workspace: Workspace,
  connector: string,
  held: { readonly mode: string; readonly findings: readonly GuardFinding[] },
): Promise<void> {
  const at = new Date(workspace.effects.now()).toISOString();
  const path = fileOf(workspace, connector);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(`${path}.part`, `${JSON.stringify({ at, ...held }, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

export async function forgetFindings(workspace: Workspace, connector: string): Promise<void> {
  await rm(fileOf(workspace, connector), { force: true });
}

/** `null` when no guard holds the connector's files, or nobody can tell any more. */
export async function readFindings(
  workspace: Workspace,
  connector: string,
): Promise<HeldFindings | null> {
  let text: string;
  try {
    text = await readFile(fileOf(workspace, connector), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return parse(text);
}

/** The folder belongs to people as well; what is no such file says nothing. */
function parse(text: string): HeldFindings | null {
  let value: Partial<HeldFindings> | null;
  try {
    value = JSON.parse(text) as Partial<HeldFindings> | null;
  } catch {
    return null;
  }
  if (value === null || typeof value !== 'object') return null;
  const { at, mode, findings } = value;
  if (typeof at !== 'string' || typeof mode !== 'string' || !Array.isArray(findings)) return null;
  return { at, mode, findings };
}

function fileOf({ settings }: Workspace, connector: string): string {
  return join(settings.workFolder, 'Collect', connector, 'held.json');
}
