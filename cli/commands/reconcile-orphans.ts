/** Decisions of reconciliation about accounts that nobody owns. */
import type { Gap } from '../../engine/index.ts';
import type { Engine } from '../command-context.ts';
import type { TakenDecision } from '../decision-options.ts';
import { CliError } from '../errors.ts';
import type { FilterOptions } from '../item-options.ts';

/** What their decisions look at of the command's options. */
export interface OrphanOptions extends FilterOptions {
  readonly kind?: string;
  readonly role?: string;
}

/** Options that accounts without owner have nothing for. */
const foreignOptions = [
  ['--role', 'role'],
  ['--property', 'property'],
  ['--value', 'value'],
  ['--proposed', 'proposed'],
  ['--current', 'current'],
  ['--confidence', 'confidence'],
  ['--older-than', 'olderThan'],
  ['--newer-than', 'newerThan'],
] as const satisfies readonly (readonly [string, keyof OrphanOptions])[];

type Place = {
  readonly store: Parameters<Engine['decideOrphans']>[0];
  readonly model: Parameters<Engine['decideOrphans']>[1];
};

/**
 * Accounts without owner that the numbers name, or that `--kind orphan` stands for; `null`: they name something else. Options
 * that would leave out all of them in a list are refused, never passed over.
 */
export async function readOrphans(
  store: Place['store'],
  model: Place['model'],
  engine: Engine,
  ids: readonly number[],
  options: OrphanOptions,
): Promise<ReadonlyMap<string, readonly number[]> | null> {
  const found = new Map<string, number[]>();
  const add = (gap: Gap): void => {
    found.set(gap.entityType, [...(found.get(gap.entityType) ?? []), gap.id]);
  };
  if (ids.length === 0) {
    if (options.kind !== 'orphan') return null;
    refuseForeign(options);
    const { resourceType } = options;
    const filter = { kinds: ['orphan'] as const, ...(resourceType ? { resourceType } : {}) };
    let after: string | null = null;
    do {
      const page: { readonly gaps: readonly Gap[]; readonly next: string | null } =
        await engine.listGapPage(store, model, {
          filter,
          page: { after, limit: pageSize },
          now: '',
        });
      for (const gap of page.gaps) add(gap);
      after = page.next;
    } while (after !== null);
    return found;
  }
  const others: number[] = [];
  for (const id of ids) {
    const [gap] = await engine.findGaps(store, model, id);
    if (gap?.kind === 'orphan') add(gap);
    else others.push(id);
  }
  if (found.size === 0) return null;
  refuseForeign(options);
  if (others.length === 0) return found;
  throw new CliError(
    'USAGE_OPTIONS_CONFLICT',
    'Accounts without owner were named together with something else.',
    { hint: `Nothing was changed. Decide about ${others.join(', ')} by a command of their own.` },
  );
}

const pageSize = 2_000;

function refuseForeign(options: OrphanOptions): void {
  const given = foreignOptions.filter(([, name]) => options[name] !== undefined);
  if (given.length === 0) return;
  throw new CliError(
    'USAGE_OPTIONS_CONFLICT',
    `Accounts without owner are not told apart by ${given.map(([option]) => option).join(', ')}.`,
    { hint: 'Nothing was changed. Name their numbers, or narrow them by --resource-type.' },
  );
}

/** Kept, with the owner that the options name or none, or deleted. */
export async function decideOrphans(
  engine: Engine,
  { store, model }: Place,
  taken: TakenDecision<'keep' | 'accept' | 'delete' | 'postpone'>,
  orphans: ReadonlyMap<string, readonly number[]>,
  options: OrphanOptions,
): Promise<{ readonly changed: number; readonly ids: readonly number[] }> {
  if (taken.decision === 'accept' || taken.decision === 'postpone')
    throw new CliError(
      'USAGE_OPTIONS_CONFLICT',
      'Accounts without owner are kept or deleted, nothing else.',
      { hint: 'Nothing was changed. See "lockstep reconcile keep --help".' },
    );
  const { resourceType } = options;
  // They have no owner that could be searched for: it is the one they get.
  const owner =
    options.owner === undefined ? null : await engine.findResource(store, model, options.owner);
  const decision = taken.decision === 'delete' ? 'delete' : 'authorize';
  const [only, ...others] = orphans;
  if (only === undefined) return { changed: 0, ids: [] };
  if (others.length > 0)
    throw new CliError(
      'USAGE_OPTIONS_CONFLICT',
      `The accounts are of several kinds: ${[...orphans.keys()].join(', ')}.`,
      { hint: 'Nothing was changed. Decide about one kind at a time, with --resource-type.' },
    );
  const [entityType, resourceIds] = only;
  const { changed } = await engine.decideOrphans(store, model, {
    ...taken,
    decision,
    entityType,
    resourceIds,
    ownerId: owner?.id ?? null,
    ...(resourceType === undefined ? {} : { resourceType }),
  });
  return { changed, ids: resourceIds };
}
