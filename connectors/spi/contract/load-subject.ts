/** Finds the contract subject of a connector's folder. */
import { access, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CodedError } from '../../../config/index.ts';
import type { ConnectorSubject } from './subject.ts';

const fileNames: readonly string[] = ['contract.ts', 'contract.mjs', 'contract.js'];
const hint =
  'It exports `contract`, an object with what the cases need, or a function that makes one; "npm run new:connector" writes an example.';

/** The subject that `contract.ts` (or `.mjs`, `.js`) in the folder exports as `contract`, with the folder as its own. */
export async function loadSubject(given: string): Promise<ConnectorSubject> {
  const folder = await findFolder(given);
  const file = await findFile(folder);
  const module = await importFile(file);
  const exported = module['contract'];
  const subject: unknown = typeof exported === 'function' ? await exported() : exported;
  const problem = findProblem(subject);
  if (problem !== undefined) {
    throw new CodedError('CONTRACT_SUBJECT_INVALID', `The file ${file} ${problem}.`, {
      hint,
      details: { file },
    });
  }
  // Looked at just now; what its functions do is for the cases to find out.
  return { folder, ...(subject as ConnectorSubject) };
}

async function findFolder(given: string): Promise<string> {
  const isFolder = await stat(given).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (isFolder) return realpath(given);
  throw new CodedError('CONTRACT_SUBJECT_MISSING', `There is no folder ${given}.`, {
    hint: 'Name the folder of a connector, such as connectors/csv.',
    details: { folder: given },
  });
}

async function findFile(folder: string): Promise<string> {
  for (const name of fileNames) {
    const file = join(folder, name);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  throw new CodedError(
    'CONTRACT_SUBJECT_MISSING',
    `The folder ${folder} has no contract.ts, contract.mjs or contract.js.`,
    { hint: `Add one. ${hint}`, details: { folder } },
  );
}

async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError(
      'CONTRACT_SUBJECT_INVALID',
      `The file ${file} cannot be loaded: ${reason}`,
      {
        hint: 'Correct it. Node removes types as it loads a file, but not in folders named node_modules, and only where all other syntax is JavaScript.',
        cause,
        details: { file },
      },
    );
  }
}

/** What keeps it from being a subject, as the rest of a sentence. */
function findProblem(subject: unknown): string | undefined {
  if (typeof subject !== 'object' || subject === null) return 'exports no "contract"';
  const parts = subject as Readonly<Record<string, unknown>>;
  if (typeof parts['name'] !== 'string') return 'exports a contract without a name';
  const definition = parts['definition'] as { readonly settings?: unknown } | undefined;
  if (typeof definition?.settings !== 'object') {
    return 'exports a contract whose definition has no settings';
  }
  if (typeof parts['unreachable'] !== 'function') {
    return 'exports a contract without the function unreachable';
  }
  if (typeof parts['badSettings'] !== 'object') return 'exports a contract without badSettings';
  const skips = parts['skips'] as Readonly<Record<string, unknown>> | undefined;
  // Nothing to reach is something to say openly.
  const isUnplugged = skips?.['connection-works'] !== undefined;
  if (parts['exporter'] === undefined && parts['fulfiller'] === undefined && !isUnplugged) {
    return 'exports a contract with neither an exporter nor a fulfiller';
  }
  return undefined;
}
