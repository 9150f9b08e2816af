import { describe, expect, it } from 'vitest';
import { buildItems, hashItems } from '../build/items.ts';
import { createFindings } from '../diagnostics.ts';
import { loadConfiguration } from '../load.ts';
import { base, modelOf, resourceType, wrap } from '../load-fixture.ts';
import type { ConfigurationFile, Model } from '../model.ts';
import { readFiles } from '../source/read-files.ts';
import { declareWritten, expandScaffoldings } from './expand.ts';
import { expandConfiguration } from './expand-configuration.ts';
import { isScaffolding } from './scaffoldings.ts';

const written = `${base}
${resourceType('<TypeRule />')}
<Profile Identifier="Admin" DisplayName_L1="Admin" />
<EntityType Identifier="B_New"><Property Identifier="Key" IsKey="1" /><Property Identifier="Title" /><Property Identifier="Of" Type="ForeignKey" /></EntityType>
<EntityType Identifier="Loose"><Property Identifier="Name" IsKey="1" /><Property Identifier="News" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="B_New_Of" Property1="B_New:Of" Property2="Loose:News" IsProperty2Collection="1" />
<MaintainIndexesTask Identifier="Own" DisplayName_L1="Own &amp; &quot;mine&quot;" />`;
const scaffoldings = `<ConnectorMappings Connector="B" EntityType="B_New" />
<ConnectorMappings Connector="B" EntityType="Loose" />
<EntityTypeDisplayName EntityType="B_New" Property="Title" />
<CreateConnectorSynchroComplete Connector="B" JobIdentifier="One" DisplayName_L1="One" DisplayName_L2="Un"><OpenIdIdentifier Identifier="Job" /><CronTabExpression CronTab="0 1 * * *" CronTimeZone="ServerTime" /><AddTask Task="Own" TaskToCompareWith="FulfillTask" Before="1" /><LinkDependTask Task="Own" DependOn="ComputeRoleModelTask" /></CreateConnectorSynchroComplete>
<CreateConnectorSynchroIncremental Connector="B" />
<CreateAgentSynchroComplete Agent="Local" />
<CreateAgentSynchroIncremental />
<CreateInitializationJob><PrincipalDataConnector ConnectorIdentifier="B" /></CreateInitializationJob>
<CreateConnectorsJobs />
<CleanDatabaseJob />
<CreateAccessCertificationJob />
<JobExecutionAccessControlRules Profile="Admin" />
<ViewAccessControlRules Profile="Admin" EntityType="B_New" />
<WorkforceModule />
<ViewTargetResourceTemplate Profile="Admin" EntityType="Loose" />
<ViewTemplate Profile="Admin" EntityType="A_User" />
<CreateUpdateDeleteMenus EntityType="A_User" />
<CreateUpdateDeleteWorkflows EntityType="A_User" />
<SimulationAccessControlRules Profile="Admin" />
<UniverseDataModel Universe="U" EntityType="A_User" />`;

function files(...elements: readonly string[]): readonly ConfigurationFile[] {
  return elements.map((text, index) => ({ path: `${index}.xml`, text: wrap(text) }));
}

function withoutPlaces(value: unknown): unknown {
  const plain = (_key: string, each: unknown): unknown =>
    each instanceof Map ? [...each].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)) : each;
  return JSON.parse(JSON.stringify(value, plain), (key, each) =>
    ['at', 'packageAt', 'connectionAt', 'scaffolding'].includes(key) ? undefined : each,
  );
}

function contentOf(model: Model): unknown {
  const { items: _items, hash: _hash, ...content } = model;
  return withoutPlaces(content);
}

/** The hash of everything that counts, scaffoldings left out. */
function hashOfExpanded(given: readonly ConfigurationFile[]): string {
  const findings = createFindings();
  const read = readFiles(given, findings);
  const { declared } = expandScaffoldings(
    declareWritten(read.elements, findings).declared,
    new Set(),
    findings,
  );
  return hashItems(
    buildItems(declared.filter(({ definition }) => !isScaffolding(definition.name))),
  );
}

describe('expandConfiguration', () => {
  it('gives a file that means what the scaffoldings mean', () => {
    const before = files(written, scaffoldings);
    const expanded = { path: 'expanded.xml', text: expandConfiguration(before).xml };
    const after = [...files(written), expanded];

    const model = modelOf(loadConfiguration(after));

    expect(contentOf(model)).toEqual(contentOf(modelOf(loadConfiguration(before))));
    expect(model.hash).toBe(hashOfExpanded(before));
    expect(model.jobs.size).toBe(9);
  });

  it('names each scaffolding with its place, and says when nothing is documented', () => {
    const { xml, scaffoldings: list } = expandConfiguration(files(written, scaffoldings));

    expect(xml).toContain('<!-- EntityTypeDisplayName at 1.xml:4 -->');
    expect(xml).toContain(
      '<!-- WorkforceModule at 1.xml:15: nothing, because its expansion is not published; it is kept without effect -->',
    );
    expect(list.find(({ scaffolding }) => scaffolding === 'WorkforceModule')).toMatchObject({
      isKnown: false,
      elements: [],
    });
    expect(list[2]).toMatchObject({
      scaffolding: 'EntityTypeDisplayName',
      at: { file: '1.xml', line: 4, column: 1 },
      elements: [
        {
          element: 'EntityPropertyExpression',
          identifier: 'B_New_InternalDisplayName',
          fate: 'generated',
        },
      ],
    });
  });

  it('says what became of an element that met another', () => {
    const consolidating = `<Job Identifier="One" ConsolidationMode="Merge" UserStartDenied="1" />
<Job Identifier="B_Incremental" ConsolidationMode="Delete" />
<Job Identifier="Local_Complete" DisplayName_L1="Mine" />`;

    const { xml, scaffoldings: list } = expandConfiguration(
      files(written, scaffoldings, consolidating),
    );

    expect(xml).toContain('<!-- Job "One": merged with the one at 2.xml:2 -->');
    expect(xml).toContain('<!-- Job "B_Incremental": deleted at 2.xml:3 -->');
    expect(xml).toContain('<!-- Job "Local_Complete": replaced by the one at 2.xml:4 -->');
    expect(xml).not.toContain('ConsolidationMode');
    expect(list[3]?.elements).toMatchObject([
      { fate: 'merged', writtenAt: { file: '2.xml', line: 2 } },
    ]);
  });

  it('expands what it can of a configuration with mistakes', () => {
    const { scaffoldings: list } = expandConfiguration([
      ...files(written, scaffoldings, '<Connector Identifier="X" Nope="1" />'),
      { path: 'broken.xml', text: '<ConfigurationFile' },
    ]);

    expect(list.every(({ elements, isKnown }) => elements.length > 0 || !isKnown)).toBe(true);
  });
});

describe('access scaffoldings', () => {
  const rules = (element: string) =>
    expandConfiguration(files(written, element)).scaffoldings[0]?.elements.map(
      ({ identifier }) => identifier,
    );

  it('grant the documented permissions to the profile', () => {
    const { xml } = expandConfiguration(
      files(written, '<JobAdministrationAccessControlRules Profile="Admin" />'),
    );

    expect(xml).toMatch(/<AccessControlRule Identifier="Admin_Job_Jobs_Job"[^>]*EntityType="Job"/);
    expect(xml.match(/<Entry .*\/>/g)).toEqual([
      '<Entry CanExecute="true" Permission="/Jobs/Job/Query" />',
      '<Entry CanExecute="true" Permission="/Jobs/Job/Update" />',
    ]);
  });

  it('stand for each other where that is documented', () => {
    expect(rules('<JobViewAccessControlRules Profile="Admin" />')).toEqual(
      expect.arrayContaining([
        'Admin_Job_JobViews_Task',
        'Admin_Job_JobLog',
        'Admin_Job_Jobs_Job',
        'Admin_Custom_PendingAssignedResourceTypes_R',
        'Admin_Custom_ResourceChanges_A_User',
      ]),
    );
  });

  it('make the profile, and keep as elements what nothing is documented of', () => {
    const { xml } = expandConfiguration(files(base, '<CreateAdministratorProfile />'));

    expect(xml).toContain('<Profile Identifier="Administrator" DisplayName_L1="Administrator" />');
    expect(xml).toContain('<AccessControlRule Identifier="Administrator_Monitoring"');
    expect(xml).toContain('<ResourceApiAdministration Profile="Administrator" />');
    expect(
      loadConfiguration(files(base, '<CreateAdministratorProfile />')).diagnostics.filter(
        ({ severity }) => severity !== 'info',
      ),
    ).toEqual([]);
  });

  it('make nothing of a profile or an entity type that is not given', () => {
    expect(rules('<JobAdministrationAccessControlRules />')).toEqual([]);
    expect(rules('<ViewAccessControlRules Profile="Admin" />')).toEqual([]);
  });

  it('may be changed like anything else that is generated', () => {
    const { xml } = expandConfiguration(
      files(
        written,
        '<JobAdministrationAccessControlRules Profile="Admin" />',
        '<AccessControlRule Identifier="Admin_Job_Jobs_Job" ConsolidationMode="Delete" />',
      ),
    );

    expect(xml).toContain('deleted at 2.xml:2');
  });
});
