/** One job that reads its systems in different modes, or one system in two of them. */
import { describe, expect, it, vi } from 'vitest';
import { makeSqliteProject, outcomeOf, outcomes } from './project.ts';

vi.setConfig({ testTimeout: 60_000 });

const mixed = `
  <Job Identifier="Mixed" DisplayName_L1="Mixed" IsIncremental="true">
    <ExportTask Identifier="M1" DisplayName_L1="M1" Connector="HR" ContinueOnError="true" />
    <ExportTask Identifier="M2" DisplayName_L1="M2" Connection="WikiDb" />
    <PrepareSynchronizationTask Identifier="M3" DisplayName_L1="M3" Connector="HR" SynchronizationMode="Incremental" />
    <PrepareSynchronizationTask Identifier="M4" DisplayName_L1="M4" Connector="Wiki" SynchronizationMode="Complete" />
    <SynchronizeTask Identifier="M5" DisplayName_L1="M5" Connector="HR" />
    <SynchronizeTask Identifier="M6" DisplayName_L1="M6" Connector="Wiki" />
  </Job>`;

describe('a job', () => {
  it('exports each connector in the mode in which it prepares it', async () => {
    await using project = await makeSqliteProject({ elements: mixed });
    await project.run('Complete');
    await project.people(['1,Anna,Roy,2020-01-01,,FIN,2', '2,Ben,Ode,2020-01-01,,IT,']);

    const result = await project.run('Mixed');

    expect(result.status, outcomes(result).join('\n')).toBe('completed');
    expect(outcomeOf(result, 'M5').message).toContain('1 changed');
    expect(outcomeOf(result, 'M6').status).toBe('completed');
  });

  it('of a first load reads in initial mode, and reads back completely what it has written', async () => {
    await using project = await makeSqliteProject({
      elements:
        '<CreateInitializationJob Agent="Local" JobIdentifier="First" DisplayName_L1="First load"><PrincipalDataConnector ConnectorIdentifier="Wiki" /></CreateInitializationJob>',
    });

    const result = await project.run('First');

    expect(result.status, outcomes(result).join('\n')).toBe('completed');
    expect(outcomeOf(result, 'PrepareSynchronization_Wiki_Initial').status).toBe('completed');
    const again = outcomeOf(result, 'PrepareSynchronization_Wiki_Complete_2');
    expect(again, outcomes(result).join('\n')).toMatchObject({
      status: 'completed',
      producedOutput: true,
    });
  });
});
