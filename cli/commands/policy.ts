/** Computing the policy, and turning its differences into orders. */
import type { Command } from 'commander';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { collectNames, type RunCommand } from '../command-line.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findConnector, findEntityType } from '../known-names.ts';
import { addOverrideOptions, type OverrideOptions, overrideOf } from '../override-option.ts';
import { taskResult } from '../task-result.ts';

interface EvaluateOptions {
  readonly entityType?: readonly string[];
  readonly dirty?: true;
  readonly dryRun?: true;
}

interface OrderOptions extends OverrideOptions {
  readonly connector: string;
  readonly dryRun?: true;
  readonly force?: true;
}

type Result = Promise<CommandResult<JsonOutput<'tasks'>>>;

export function addPolicy(program: Command, run: RunCommand): void {
  program
    .command('evaluate')
    .description('compute the policy: who should have what')
    .option('--entity-type <id>', 'only owners of this entity type; may be repeated', collectNames)
    .option('--dirty', 'only owners affected by changes since the last evaluation')
    .option('--dry-run', 'show how many assignments would change, and change none')
    .action((options: EvaluateOptions, command: Command) =>
      run(command, (context) => evaluate(context, options)),
    );
  program
    .command('classify')
    .description('tell what resources that nobody owns are, by classification rules')
    .option('--entity-type <id>', 'only resources of this type; may be repeated', collectNames)
    .option('--dirty', 'only resources that changed, or that no rule recognized')
    .option('--dry-run', 'show how many would change, and change none')
    .action((options: EvaluateOptions, command: Command) =>
      run(command, (context) => classify(context, options)),
    );
  addOverrideOptions(
    program
      .command('generate')
      .description('make provisioning orders from what is pending')
      .requiredOption('--connector <id>', 'connector the orders go to')
      .option('--dry-run', 'show the orders, and make none')
      .option('--force', 'pass the thresholds'),
  ).action((options: OrderOptions, command: Command) =>
    run(command, (context) => generate(context, options)),
  );
  program
    .command('fulfil')
    .description('carry out the orders that wait')
    .requiredOption('--connector <id>', 'connector whose orders are carried out')
    .option('--dry-run', 'show which orders wait, and carry out none')
    .action((options: OrderOptions, command: Command) =>
      run(command, (context) => fulfil(context, options)),
    );
}

/** Expressions and correlation keys come first: what the policy reads must be up to date. */
async function evaluate(context: CommandContext, options: EvaluateOptions): Result {
  return withWorkspace(context, async (opened, engine) => {
    const { model } = opened;
    const isDryRun = options.dryRun === true;
    const dirty = options.dirty === true;
    const entityTypes = (options.entityType ?? []).map((name) => findEntityType(model, name));
    const compute = async (workspace: typeof opened) => {
      const expressions = await engine.updatePropertyExpressions(workspace, {
        entityTypes: [],
        dirty,
      });
      context.signal.throwIfAborted();
      const correlation = await engine.computeCorrelationKeys(workspace, { dirty });
      context.signal.throwIfAborted();
      const policy = await engine.evaluatePolicy(workspace, {
        entityTypes,
        dirty,
        blockProvisioning: false,
        blockAllResourceTypeProvisioning: false,
      });
      return [
        { subject: 'property expressions', outcome: expressions },
        { subject: 'correlation keys', outcome: correlation },
        { subject: 'policy', outcome: policy },
      ];
    };
    const results = isDryRun ? await engine.dryRun(opened, compute) : await compute(opened);
    return taskResult(results, { isDryRun });
  });
}

async function classify(context: CommandContext, options: EvaluateOptions): Result {
  return withWorkspace(context, async (opened, engine) => {
    const isDryRun = options.dryRun === true;
    const entityTypes = (options.entityType ?? []).map((name) =>
      findEntityType(opened.model, name),
    );
    const compute = (workspace: typeof opened) =>
      engine.updateClassification(workspace, { entityTypes, dirty: options.dirty === true });
    const outcome = isDryRun ? await engine.dryRun(opened, compute) : await compute(opened);
    return taskResult([{ subject: 'classification', outcome }], { isDryRun });
  });
}

async function generate(context: CommandContext, options: OrderOptions): Result {
  const override = overrideOf(context, options);
  return withWorkspace(context, async (workspace, engine) => {
    const connector = findConnector(workspace.model, options.connector);
    const isDryRun = options.dryRun === true;
    const outcome = await engine.generateOrders(workspace, {
      connector,
      resourceTypes: [],
      force: options.force === true,
      person: options.by?.trim() || context.person,
      ...(options.comment === undefined ? {} : { comment: options.comment }),
      isDryRun,
      ...(override === undefined ? {} : { override }),
    });
    return taskResult([{ subject: connector, outcome }], { isDryRun });
  });
}

async function fulfil(context: CommandContext, options: OrderOptions): Result {
  return withWorkspace(context, async (workspace, engine) => {
    const connector = findConnector(workspace.model, options.connector);
    const isDryRun = options.dryRun === true;
    const outcome = await engine.fulfilOrders(workspace, { connector, connections: [], isDryRun });
    return taskResult([{ subject: connector, outcome }], { isDryRun });
  });
}
