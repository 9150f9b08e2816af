/** The four scaffoldings of synchronization jobs. */
import { spanOf } from '../check-mappings.ts';
import type { JobIntegrationRule } from '../model.ts';
import { suggest } from '../nearest-name.ts';
import { childrenNamed, type Declared, textOf } from '../schema/declare.ts';
import { spanOfName } from '../source/element-tree.ts';
import { editTasks } from './edit-tasks.ts';
import type { Expand, ExpansionContext } from './expansion-context.ts';
import type { Generated } from './generated-element.ts';
import type { ConnectorFacts, Landscape } from './landscape.ts';
import { makeSynchronizationTasks } from './synchronization-tasks.ts';
import { jobIdentifier, jobName, makeFrame, makeJob, namedConnectors } from './task-parts.ts';
import { isCarriedOut } from './unused-tasks.ts';

type Mode = 'complete' | 'incremental';

/** `CreateConnectorSynchroComplete` and `CreateConnectorSynchroIncremental`. */
export function expandConnectorJob(mode: Mode): Expand {
  return (scaffolding, context) => {
    const found = context.landscape.find(textOf(scaffolding, 'Connector') ?? '');
    return found === undefined ? [] : [expandJob(scaffolding, mode, [found], false, context)];
  };
}

/** `CreateAgentSynchroComplete` and `CreateAgentSynchroIncremental`. */
export function expandAgentJob(mode: Mode): Expand {
  return (scaffolding, context) => {
    const connectors = connectorsOfAgent(scaffolding, context.landscape);
    return [expandJob(scaffolding, mode, connectors, true, context)];
  };
}

/** Those of the agent and those of none, without those the scaffolding leaves out. */
export function connectorsOfAgent(
  scaffolding: Declared,
  landscape: Landscape,
): readonly ConnectorFacts[] {
  const agent = textOf(scaffolding, 'Agent');
  const leftOut = namedConnectors(scaffolding, 'NotUsed');
  return landscape.connectors.filter(
    (each) =>
      (agent === undefined || each.agent === undefined || each.agent === agent) &&
      !leftOut.has(each.identifier),
  );
}

function expandJob(
  scaffolding: Declared,
  mode: Mode,
  connectors: readonly ConnectorFacts[],
  isAgentJob: boolean,
  context: ExpansionContext,
): Generated {
  const identifier = jobIdentifier(scaffolding, defaultIdentifier(scaffolding, mode, isAgentJob));
  const job = jobName(identifier);
  const takesPart = (each: ConnectorFacts, other: JobIntegrationRule, child: string): boolean => {
    const rule = mode === 'complete' ? each.completeJob : each.incrementalJob;
    const isLeftOut = childrenNamed(scaffolding, child).length > 0;
    return !each.isDeactivated && rule !== 'NotUsed' && rule !== other && !isLeftOut;
  };
  const generated = makeSynchronizationTasks(
    {
      ...makeFrame(scaffolding, job),
      mode,
      isAgentJob,
      synchronized: connectors.filter((each) =>
        takesPart(each, 'OnlyProvisioning', 'NoSynchronization'),
      ),
      provisioned: connectors.filter((each) =>
        takesPart(each, 'OnlySynchronization', 'NoProvisioning'),
      ),
    },
    context.landscape,
  );
  if (!generated.some(isCarriedOut)) reportEmptyJob(scaffolding, job, context);
  return makeJob(
    scaffolding,
    identifier,
    {
      ...(isAgentJob ? {} : { Agent: connectors[0]?.agent }),
      ...(mode === 'incremental' ? { IsIncremental: true } : {}),
    },
    editTasks(scaffolding, generated, context),
  );
}

/** The vocabulary does not say how an absent identifier is made; ours names connector or agent, and mode. */
function defaultIdentifier(scaffolding: Declared, mode: Mode, isAgentJob: boolean): string {
  const owner = textOf(scaffolding, isAgentJob ? 'Agent' : 'Connector') ?? 'All';
  return `${owner}_${mode === 'complete' ? 'Complete' : 'Incremental'}`;
}

function reportEmptyJob(scaffolding: Declared, job: string, context: ExpansionContext): void {
  const agents = context.landscape.connectors.flatMap(({ agent }) => agent ?? []);
  const meant = suggest(textOf(scaffolding, 'Agent') ?? '', agents);
  const place = meant === undefined ? spanOfName(scaffolding.source) : spanOf(scaffolding, 'Agent');
  context.findings.report(place, {
    code: 'CONFIG_JOB_EMPTY',
    severity: 'warning',
    message: `The job "${job}" has nothing to do: no connector takes part in it.`,
    hint:
      meant ??
      'Look at CompleteJob, IncrementalJob and IsDeactivated of the connectors, and at what the scaffolding leaves out.',
  });
}
