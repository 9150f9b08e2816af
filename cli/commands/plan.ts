/** Everything a run would change, saved; exactly that, done; and taken back. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Applied, Plan, PlannedOrder, WaitingItem } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { collectNames, parseId, parseLimit, type RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findConnector, findEntityType } from '../known-names.ts';
import { addOverrideOptions, type OverrideOptions, overrideOf } from '../override-option.ts';
import { describeOrigin, formatPlan } from '../plan-text.ts';
import { toPrintableText } from '../printable-text.ts';

interface PageOptions {
  readonly limit?: number;
  readonly page?: number;
}

interface PlanOptions extends PageOptions {
  readonly connector?: string;
  readonly entityType?: readonly string[];
  readonly configuration?: string;
  readonly data?: string;
  readonly out?: string;
}

interface ApplyOptions extends OverrideOptions {
  readonly force?: true;
  readonly dryRun?: true;
}

const defaultLimit = 20;

export function addPlan(program: Command, run: RunCommand): void {
  const plan = addPageOptions(
    program
      .command('plan')
      .description('show everything a run would change, and change nothing')
      .option('--connector <id>', 'only orders to this connector')
      .option(
        '--entity-type <id>',
        'only owners of this entity type; may be repeated',
        collectNames,
      )
      .option('--configuration <folder>', 'suppose this configuration instead of the deployed one')
      .option('--data <folder>', 'suppose these files instead of what was read last')
      .option('--out <file>', 'save the plan, to be applied'),
  );
  plan.action((options: PlanOptions, command: Command) =>
    run(command, (context) => showPlan(context, options)),
  );
  addPageOptions(
    plan
      .command('show')
      .description('look at a saved plan')
      .argument('<file>', 'file that --out has written'),
  ).action((file: string, _options: PageOptions, command: Command) =>
    run(command, (context) => showFile(context, file, command.optsWithGlobals())),
  );
  addOverrideOptions(
    program
      .command('apply')
      .description('do exactly what a saved plan says, or nothing')
      .argument('<file>', 'file that --out has written')
      .option('--force', 'pass the thresholds')
      .option('--dry-run', 'look whether the plan still holds, and change nothing'),
  ).action((file: string, options: ApplyOptions, command: Command) =>
    run(command, (context) => apply(context, file, options)),
  );
  addPageOptions(
    program
      .command('undo')
      .description('plan to take back what a run ordered; apply that plan to do it')
      .argument('<run>', 'run that made the orders', parseId)
      .option('--out <file>', 'save the plan, to be applied'),
  ).action((runId: number, options: PageOptions & { readonly out?: string }, command: Command) =>
    run(command, (context) => undo(context, runId, options)),
  );
}

function addPageOptions(command: Command): Command {
  return command
    .option('--limit <n>', `lines on a page; ${defaultLimit} unless stated`, parseLimit)
    .option('--page <n>', 'page that is shown, from 1', parseLimit);
}

type Shown = Promise<CommandResult<JsonOutput<'plan'>>>;

async function showPlan(context: CommandContext, options: PlanOptions): Shown {
  return withWorkspace(context, async (workspace, engine) => {
    const { connector, entityType = [], configuration, data, out } = options;
    const { model } = workspace;
    const at = (path: string): string => resolve(context.workingFolder, path);
    const page = new Page(options);
    const plan = await engine.makePlan(workspace, {
      person: context.person,
      scope: {
        ...(connector === undefined ? {} : { connector: findConnector(model, connector) }),
        entityTypes: entityType.map((name) => findEntityType(model, name)),
      },
      hypothesis: {
        ...(configuration === undefined ? {} : { configurationFolder: at(configuration) }),
        ...(data === undefined ? {} : { dataFolder: at(data) }),
      },
      ...(out === undefined ? {} : { path: at(out) }),
      see: (order, index) => page.see(order, index),
      seeWaiting: (item, index) => page.seeWaiting(item, index),
    });
    return tell(context, plan, page, out);
  });
}

async function showFile(context: CommandContext, file: string, options: PageOptions): Shown {
  const engine = await context.loadEngine();
  const page = new Page(options);
  const path = resolve(context.workingFolder, file);
  const plan = await engine.readPlan(
    path,
    (order, index) => page.see(order, index),
    (item, index) => page.seeWaiting(item, index),
  );
  return tell(context, plan, page, file, false);
}

async function undo(
  context: CommandContext,
  runId: number,
  options: PageOptions & { readonly out?: string },
): Shown {
  return withWorkspace(context, async (workspace, engine) => {
    const { out } = options;
    const page = new Page(options);
    const plan = await engine.makeUndo(workspace, {
      runId,
      person: context.person,
      ...(out === undefined ? {} : { path: resolve(context.workingFolder, out) }),
      see: (order, index) => page.see(order, index),
    });
    return tell(context, plan, page, out);
  });
}

/** The orders of one page, and that page of what would wait for a review, as they come by. */
class Page {
  readonly offset: number;
  readonly orders: PlannedOrder[] = [];
  readonly waiting: WaitingItem[] = [];
  readonly #end: number;

  constructor({ limit = defaultLimit, page = 1 }: PageOptions) {
    this.offset = (page - 1) * limit;
    this.#end = this.offset + limit;
  }

  see(order: PlannedOrder, index: number): void {
    if (index >= this.offset && index < this.#end) this.orders.push(order);
  }

  seeWaiting(item: WaitingItem, index: number): void {
    if (index >= this.offset && index < this.#end) this.waiting.push(item);
  }
}

function tell(
  context: CommandContext,
  plan: Plan,
  page: Page,
  file: string | undefined,
  isNew = true,
): CommandResult<JsonOutput<'plan'>> {
  const { head, tail } = plan;
  const { offset, orders, waiting } = page;
  const lines = [
    ...(isNew ? [] : [describeOrigin(head)]),
    formatPlan(plan, { offset, orders, waiting }, context.palette),
  ];
  if (isNew)
    lines.push(
      file === undefined
        ? 'Nothing was changed. Save the plan with --out to apply exactly this.'
        : `Nothing was changed. The plan is in ${file}: look at it with "lockstep plan show ${file}", do it with "lockstep apply ${file}".`,
    );
  return {
    exitCode: exitCodes.done,
    document: {
      id: head.id,
      kind: head.kind,
      createdAt: head.createdAt,
      createdBy: head.createdBy,
      undoes: head.undoes ?? null,
      scope: { connector: head.scope.connector ?? null, entityTypes: head.scope.entityTypes },
      configuration: tail.configuration,
      hash: tail.hash,
      file: file ?? null,
      count: tail.orders.count,
      systems: tail.systems,
      unusual: tail.unusual,
      notes: tail.notes,
      offset,
      orders,
      waiting: { ...tail.waiting, items: waiting },
    },
    text: lines.join('\n\n'),
  };
}

async function apply(
  context: CommandContext,
  file: string,
  options: ApplyOptions,
): Promise<CommandResult<JsonOutput<'apply'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const override = overrideOf(context, options);
    const isDryRun = options.dryRun === true;
    const applied = await engine.applyPlan(workspace, {
      path: resolve(context.workingFolder, file),
      person: options.by?.trim() || context.person,
      comment: options.comment ?? null,
      force: options.force === true,
      isDryRun,
      ...(override === undefined ? {} : { override }),
    });
    const { status, plan, runId, isResumed, orders, messages } = applied;
    return {
      exitCode: exitCodeOf(status),
      document: {
        status,
        plan: {
          id: plan.head.id,
          kind: plan.head.kind,
          hash: plan.tail.hash,
          count: plan.tail.orders.count,
        },
        run: runId,
        isResumed,
        isDryRun,
        orders,
        messages,
      },
      text: [...messages, conclude(applied, file)]
        .filter((line) => line !== '')
        .map(toPrintableText)
        .join('\n'),
    };
  });
}

function exitCodeOf(status: Applied['status']): CommandResult['exitCode'] {
  if (status === 'held') return exitCodes.blocked;
  return status === 'left' ? exitCodes.failed : exitCodes.done;
}

function conclude({ status, orders, runId }: Applied, file: string): string {
  if (status === 'applied')
    return runId === null
      ? 'The plan has no orders; nothing was to be done.'
      : `The plan was applied as run ${runId}; "lockstep undo ${runId}" plans to take it back.`;
  if (status !== 'left') return '';
  const left = (orders['generated'] ?? 0) + (orders['intent'] ?? 0);
  return `${left} of its orders are left. Correct the cause, then run "lockstep apply ${file}" again: it goes on where it stopped.`;
}
