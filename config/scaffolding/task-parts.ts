/** What all generated jobs are made of: the job around its tasks, and the children of tasks. */
import { childrenNamed, type Declared, textOf } from '../schema/declare.ts';
import type { Generated, GeneratedValue } from './generated-element.ts';
import { localizedAttributes } from './generated-element.ts';
import type { ConnectorFacts } from './landscape.ts';

/** What every task of one generated job has in common. */
export interface JobFrame {
  readonly job: string;
  /** Agent and credentials of the tasks that run on an agent. */
  readonly ofAgentTask: (connector?: ConnectorFacts) => Generated['attributes'];
}

export function makeFrame(scaffolding: Declared, job: string): JobFrame {
  const [openId] = childrenNamed(scaffolding, 'OpenIdIdentifier');
  return {
    job,
    ofAgentTask: (connector) => ({
      Agent: scaffolding.written.get('Agent') ?? connector?.agent,
      OpenIdClient: openId?.written.get('Identifier'),
    }),
  };
}

/** The job element; names, schedule and agent are taken over from the scaffolding. */
export function makeJob(
  scaffolding: Declared,
  identifier: GeneratedValue,
  attributes: Generated['attributes'],
  tasks: readonly Generated[],
): Generated {
  const names = localizedAttributes(scaffolding, 'DisplayName');
  const [cron] = childrenNamed(scaffolding, 'CronTabExpression');
  return {
    name: 'Job',
    attributes: {
      Identifier: identifier,
      DisplayName_L1: typeof identifier === 'object' ? identifier.value : identifier,
      ...names,
      Agent: scaffolding.written.get('Agent'),
      CronTabExpression: cron?.written.get('CronTab'),
      CronTimeZone: cron?.written.get('CronTimeZone'),
      ...attributes,
    },
    children: tasks,
  };
}

/** The job's identifier as the scaffolding gives it, or the one made for it. */
export function jobIdentifier(scaffolding: Declared, otherwise: string): GeneratedValue {
  const written = scaffolding.written.get('JobIdentifier');
  return written === undefined || written.value === '' ? otherwise : written;
}

export function jobName(identifier: GeneratedValue): string {
  return typeof identifier === 'object' ? identifier.value : String(identifier);
}

/** The connectors that children of this name mention. */
export function namedConnectors(scaffolding: Declared, child: string): ReadonlySet<string> {
  return new Set(
    childrenNamed(scaffolding, child).map((each) => textOf(each, 'ConnectorIdentifier') ?? ''),
  );
}

export function dependsOn(parents: readonly string[]): readonly Generated[] {
  return parents.map((ParentTask) => ({ name: 'TaskDependsOnTask', attributes: { ParentTask } }));
}

export function forEntityTypes(entityTypes: readonly string[]): readonly Generated[] {
  return entityTypes.map((EntityType) => ({ name: 'TaskEntityType', attributes: { EntityType } }));
}

export function forResourceTypes(resourceTypes: readonly string[]): readonly Generated[] {
  return resourceTypes.map((ResourceType) => ({
    name: 'TaskResourceType',
    attributes: { ResourceType },
  }));
}
