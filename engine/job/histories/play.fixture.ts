/**
 * Plays a history in two companies at once: one evaluates what changed, the other everything. After every step both must
 * hold the same, and evaluating once more must change nothing in either.
 */
import {
  recordSynchronized,
  type StoreSettings,
  type StoreTransaction,
  startRun,
} from '../../store/index.ts';
import { type Company, type CompanyData, loadData, openCompany } from '../company.fixture.ts';
import { findBrokenInvariants } from '../state-invariants.fixture.ts';
import { computeCorrelationKeys } from '../tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from '../tasks/evaluate-policy.ts';
import { updateClassification } from '../tasks/update-classification.ts';
import { updatePropertyExpressions } from '../tasks/update-property-expressions.ts';
import { act } from './acts.fixture.ts';
import { dumpStore } from './dump.fixture.ts';
import { configurationOf, type PolicyChoices, policyOf } from './policy.fixture.ts';
import {
  type Arrange,
  changeWorld,
  type Edit,
  firstWorld,
  type History,
  readWorld,
} from './world.fixture.ts';

/** A company that can be brought back to its first day. */
export interface Player extends AsyncDisposable {
  readonly company: Company;
  readonly isDirty: boolean;
  readonly arrange?: Arrange;
  readonly reset: () => Promise<void>;
}

export async function openPlayer(options: {
  readonly isDirty: boolean;
  readonly arrange?: Arrange;
  readonly store?: StoreSettings;
}): Promise<Player> {
  const { store, ...player } = options;
  const configuration = configurationOf([]);
  const company = await openCompany({ configuration, ...(store === undefined ? {} : { store }) });
  const first = company.clock;
  const tables = await company.store.transaction(async (t) => {
    const rows: [string, readonly object[]][] = [];
    for (const name of await listTables(t)) rows.push([name, await t.tx(name)]);
    return rows;
  });
  return {
    ...player,
    company,
    reset: async () => {
      company.clock = first;
      await company.store.transaction(async ({ tx }) => {
        for (const [name, rows] of tables) {
          await tx(name).delete();
          if (rows.length > 0) await tx.batchInsert(name, [...rows], 100);
        }
      });
    },
    [Symbol.asyncDispose]: () => company[Symbol.asyncDispose](),
  };
}

async function listTables({ tx, dialect }: StoreTransaction): Promise<readonly string[]> {
  const rows: readonly { readonly name: string }[] =
    dialect.name === 'sqlite'
      ? await tx('sqlite_master').where({ type: 'table' }).select('name')
      : await tx('information_schema.tables')
          .where({ table_schema: 'public' })
          .select({ name: 'table_name' });
  return rows.map(({ name }) => name).filter((name) => !name.startsWith('sqlite_'));
}

/** What a company looked like when something went wrong, for whoever reads it. */
export class HistoryDifference extends Error {}

/** How much was done and compared. */
export interface Played {
  readonly steps: number;
  readonly assignments: number;
}

/** What the next evaluation is asked to hold back. */
interface Holding {
  readonly blockProvisioning: boolean;
  readonly blockAllResourceTypeProvisioning: boolean;
}
const nothingHeld: Holding = {
  blockProvisioning: false,
  blockAllResourceTypeProvisioning: false,
};

/** Plays the history from its first day; throws `HistoryDifference` where the companies differ. */
export async function playHistory(players: readonly Player[], history: History): Promise<Played> {
  for (const player of players) await player.reset();
  const world = firstWorld(history.populations);
  let choices = history.choices;
  let holding = nothingHeld;
  let isFrozen = false;
  let assignments = 0;
  const known = new Map<Player, CompanyData>();
  const settle = async (step: number): Promise<void> => {
    const isLast = step === history.steps.length;
    const dumps: (readonly string[])[] = [];
    for (const player of players) {
      const company = companyWith(player, choices, isFrozen);
      const data = readWorld(world, player.arrange);
      await synchronize(company, data, known.get(player));
      known.set(player, data);
      await compute(company, player.isDirty, holding);
      const broken = await company.store.transaction(findBrokenInvariants);
      if (broken.length > 0) throw new HistoryDifference(`step ${step}: ${broken.join('; ')}`);
      dumps.push(await dumpStore(company, isLast));
    }
    assignments += dumps[0]?.length ?? 0;
    for (const dump of dumps.slice(1)) mustBeEqual(dumps[0] ?? [], dump, `step ${step}`);
    for (const [index, player] of players.entries()) {
      // Everything once more only at the end: it costs most of all.
      if (!player.isDirty && !isLast) continue;
      const company = companyWith(player, choices, isFrozen);
      await compute(company, player.isDirty, holding);
      const again = await dumpStore(company, isLast);
      mustBeEqual(dumps[index] ?? [], again, `step ${step}, once more`);
    }
    holding = nothingHeld;
  };
  await settle(0);
  for (const [index, step] of history.steps.entries()) {
    for (const edit of step) {
      if (edit.kind === 'rules') choices = edit.choices;
      if (edit.kind === 'hold') holding = holdingOf(edit);
      if (edit.kind === 'freeze') isFrozen = edit.isFrozen;
      changeWorld(world, edit);
      const told: string[] = [];
      for (const [place, player] of players.entries()) {
        if (edit.kind === 'time') player.company.clock += edit.minutes * 60_000;
        told.push(await act(companyWith(player, choices, isFrozen), world, edit, place === 0));
      }
      for (const other of told)
        mustBeEqual([told[0] ?? ''], [other], `step ${index + 1}, ${edit.kind}`);
    }
    for (const { company } of players) company.clock += 60_000;
    await settle(index + 1);
  }
  return { steps: history.steps.length + 1, assignments };
}

function holdingOf({ everything }: Extract<Edit, { kind: 'hold' }>): Holding {
  return { blockProvisioning: !everything, blockAllResourceTypeProvisioning: everything };
}

/** Reads all systems; tables that are as they were are not loaded again, as in a real run. */
async function synchronize(
  company: Company,
  data: CompanyData,
  before: CompanyData | undefined,
): Promise<void> {
  const changed = <T>(
    now: Readonly<{ [name: string]: T }>,
    then: Readonly<{ [name: string]: T }> = {},
  ): { [name: string]: T } =>
    Object.fromEntries(
      Object.entries(now).filter(
        ([name, rows]) => JSON.stringify(rows) !== JSON.stringify(then[name]),
      ),
    );
  const entities = changed(data.entities, before?.entities);
  const links = changed(data.links, before?.links);
  if (Object.keys(entities).length + Object.keys(links).length > 0) {
    await loadData(company, { entities, links });
  }
  const at = new Date(company.workspace.effects.now()).toISOString();
  await company.store.transaction(async (t) => {
    const about = {
      kind: 'synchronize',
      subject: '',
      configurationHash: '',
      startedAt: at,
    } as const;
    const runId = await startRun(t, about);
    for (const entityType of Object.keys(data.entities)) {
      if (entities[entityType] === undefined) await recordSynchronized(t, entityType, at, runId);
    }
  });
}

function companyWith({ company }: Player, choices: PolicyChoices, isFrozen: boolean): Company {
  const model = policyOf(choices);
  const settings = { ...company.workspace.settings, disablesIndirectPermissions: isFrozen };
  return { ...company, model, workspace: { ...company.workspace, model, settings } };
}

function mustBeEqual(left: readonly string[], right: readonly string[], where: string): void {
  const only = (these: readonly string[], those: readonly string[]): readonly string[] => {
    const counts = new Map<string, number>();
    for (const line of those) counts.set(line, (counts.get(line) ?? 0) + 1);
    return these.filter((line) => {
      const left = counts.get(line) ?? 0;
      counts.set(line, left - 1);
      return left <= 0;
    });
  };
  const missing = only(left, right);
  const extra = only(right, left);
  if (missing.length === 0 && extra.length === 0) return;
  throw new HistoryDifference(
    [`${where}:`, ...missing.map((line) => `- ${line}`), ...extra.map((line) => `+ ${line}`)].join(
      '\n',
    ),
  );
}

async function compute(company: Company, dirty: boolean, holding: Holding): Promise<void> {
  const { workspace } = company;
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty });
  await computeCorrelationKeys(workspace, { dirty });
  await evaluatePolicy(workspace, { entityTypes: [], dirty, ...holding });
  await updateClassification(workspace, { entityTypes: [], dirty });
}
