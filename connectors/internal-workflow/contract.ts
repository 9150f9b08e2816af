/** Internal workflows as a subject of the contract of connectors. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { casesOfServers, leaveOut, skipsOfPassingOn } from '../spi/contract/skips.ts';
import { defineContract } from '../spi/contract/subject.ts';
import { workflowFulfiller } from './fulfil.ts';
import { type WorkflowSettings, workflowSettings } from './settings.ts';

const byEngine = 'the engine keeps what an order brings';

/** Takes whatever orders of the contract write. */
const file = {
  SourceEntityIdentifier: 'Person',
  TargetEntityTypeIdentifier: 'Wiki_User',
  FulfillInternalWorkflowConfigurations: ['Added', 'Modified', 'Deleted'].map((ChangeType) => ({
    ChangeType,
    Model: {
      WorkflowIdentifier: 'Wiki_Change',
      TransitionIdentifier: 'Wiki_Change-Request-Submit',
      Message: 'x',
      Body: '',
    },
    ScalarProperties: ['key', 'name', 'note'],
  })),
};

export const contract = defineContract<WorkflowSettings>({
  name: 'Internal workflow',
  folder: import.meta.dirname,
  definition: { settings: workflowSettings, displayName: 'Usercube/Workflow' },
  badSettings: { 'no file': {}, 'another key': { WorkflowJsonPath: '/x', Login: 'y' } },
  unreachable: async () => ({
    WorkflowJsonPath: join(tmpdir(), 'no-such-folder', 'workflow.json'),
  }),
  fulfiller: {
    load: async () => workflowFulfiller,
    prepare: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'workflow-contract-'));
      const path = join(folder, 'workflow.json');
      await writeFile(path, JSON.stringify(file));
      return {
        settings: { WorkflowJsonPath: path },
        target: {
          resourceType: 'Wiki_Account',
          entityType: 'Wiki_User',
          tableSuffix: '',
          columns: [],
          links: [],
          mapping: { element: 'ResourceTypeMapping', attributes: {}, children: [] },
        },
        opened: () => 0,
        [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
      };
    },
  },
  skips: {
    ...skipsOfPassingOn(byEngine),
    ...leaveOut(casesOfServers, 'there is no secret setting, and a file is never busy'),
  },
});
