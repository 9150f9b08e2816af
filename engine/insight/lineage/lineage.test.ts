import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ConfigurationFile,
  findWrittenElements,
  loadConfiguration,
  readConfigurationFolder,
} from '../../../config/index.ts';
import { findLineage, type LineageQuestion } from './find-lineage.ts';
import { escapeMermaid, formatMermaid } from './format-mermaid.ts';
import { formatSvg } from './format-svg.ts';
import { layOut } from './lay-out.ts';
import type { Lineage } from './lineage.ts';

function ask(files: readonly ConfigurationFile[], question: LineageQuestion): Lineage {
  const loaded = loadConfiguration(files);
  if (loaded.status === 'invalid') throw new Error(loaded.diagnostics[0]?.message);
  return findLineage(loaded.model, findWrittenElements(files), question);
}

const labels = ({ nodes }: Lineage, kind: string): readonly string[] =>
  nodes.filter((node) => node.kind === kind).map(({ label }) => label);

const company: readonly ConfigurationFile[] = [
  {
    path: 'company.xml',
    text: `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
<Connector Identifier="HR" DisplayName_L1="HR" />
<Connection Identifier="HRFile" DisplayName_L1="HR" Connector="HR" Package="Usercube.CSV.Complete@0000001" />
<EntityType Identifier="Person"><Property Identifier="Number" IsKey="true" /><Property Identifier="First" /><Property Identifier="Last" /><Property Identifier="Shown" /><Property Identifier="Site" Type="ForeignKey" /></EntityType>
<EntityType Identifier="Site"><Property Identifier="Code" IsKey="true" /><Property Identifier="People" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="Person_Site" Property1="Person:Site" Property2="Site:People" IsProperty2Collection="true" />
<EntityTypeMapping Identifier="Person" Connector="HR" ConnectionTable="HRFile"><Property Identifier="Number" ConnectionColumn="no" IsPrimaryKey="true" /><Property Identifier="First" ConnectionColumn="first" /><Property Identifier="Last" ConnectionColumn="&quot;&gt;&lt;script&gt;" /></EntityTypeMapping>
<EntityTypeMapping Identifier="Site" Connector="HR" ConnectionTable="HRSites"><Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" /></EntityTypeMapping>
<EntityAssociationMapping Identifier="Person_Site" Connector="HR" ConnectionTable="HRFile" Column1="no" EntityPropertyMapping1="Person:Number" Column2="site" EntityPropertyMapping2="Site:Code" />
<EntityPropertyExpression Identifier="Shown" EntityType="Person" Property="Shown" Expression="C#:p:return p.First + &quot; &quot; + p.Last;" />
<Connector Identifier="Wiki" DisplayName_L1="Wiki" />
<Connection Identifier="WikiFile" DisplayName_L1="Wiki" Connector="Wiki" Package="Usercube.CSV.Complete@0000001" />
<EntityType Identifier="Account"><Property Identifier="Login" IsKey="true" /><Property Identifier="Name" /><Property Identifier="Groups" Type="ForeignKey" /></EntityType>
<EntityType Identifier="Group"><Property Identifier="Name" IsKey="true" /><Property Identifier="Members" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="Members" Property1="Account:Groups" IsProperty1Collection="true" Property2="Group:Members" IsProperty2Collection="true" />
<EntityTypeMapping Identifier="Account" Connector="Wiki" ConnectionTable="WikiAccounts"><Property Identifier="Login" ConnectionColumn="login" IsPrimaryKey="true" /><Property Identifier="Name" ConnectionColumn="name" /></EntityTypeMapping>
<EntityTypeMapping Identifier="Group" Connector="Wiki" ConnectionTable="WikiGroups"><Property Identifier="Name" ConnectionColumn="name" IsPrimaryKey="true" /></EntityTypeMapping>
<EntityAssociationMapping Identifier="Members" Connector="Wiki" ConnectionTable="WikiMembers" Column1="login" EntityPropertyMapping1="Account:Login" Column2="group" EntityPropertyMapping2="Group:Name" />
<Policy Identifier="P" DisplayName_L1="P" IsProvisioningEnabled="true" />
<Dimension Identifier="Site" DisplayName_L1="Site" EntityType="Site" ColumnMapping="0" />
<ContextRule Identifier="Person" DisplayName_L1="P" Policy="P" SourceEntityType="Person" B0="Person:Site" />
<SingleRole Identifier="Editor" DisplayName_L1="E" Policy="P" EntityType="Person" />
<SingleRoleRule Role="Editor" Policy="P" CompositeRole="Staff" />
<CompositeRole Identifier="Staff" DisplayName_L1="S" Policy="P" EntityType="Person" />
<CompositeRoleRule Role="Staff" Policy="P" D0="BER" />
<ResourceType Identifier="Wiki_Account" DisplayName_L1="W" Policy="P" SourceEntityType="Person" TargetEntityType="Account">
<TypeRule D0="BER" />
<ScalarRule Property="Login" Binding="Number" />
<ScalarRule Property="Name" Binding="Shown" />
<NavigationRule Property="Groups" SingleRole="Editor" Resource="editors" />
</ResourceType>
<ResourceCorrelationRule ResourceType="Wiki_Account" Policy="P" SourceBinding="Number" TargetBinding="Login" SourceMatchedConfidenceLevel="100" />
<ManualProvisioningResourceTypeMapping Identifier="Wiki_Account" Connection="WikiFile" />
</ConfigurationFile>`,
  },
];

describe('the lineage of a value', () => {
  it('goes from the column through mapping, computed property and rule to the attribute', () => {
    const lineage = ask(company, { resourceType: 'Wiki_Account', property: 'Name' });

    expect(lineage.nodes.map(({ kind, label }) => `${kind} ${label}`).sort()).toEqual([
      'attribute WikiFile / WikiAccounts: name',
      'column HR / HRFile: "><script>',
      'column HR / HRFile: first',
      'expression EntityPropertyExpression',
      'mapping EntityTypeMapping',
      'mapping EntityTypeMapping',
      'order Wiki_Account.Name',
      'property Person:First',
      'property Person:Last',
      'property Person:Shown',
      'rule ScalarRule',
    ]);
    const rule = lineage.nodes.find(({ kind }) => kind === 'rule');
    const lines = company[0]?.text.split('\n') ?? [];
    const line = lines.findIndex((one) => one.includes('Binding="Shown"')) + 1;
    expect(rule).toMatchObject({ text: 'Shown', at: { file: 'company.xml', line } });
    expect(lineage.edges).toContainEqual({
      from: 'property Person:Shown',
      to: rule?.id,
    });
    expect(lineage.edges).toContainEqual({
      from: 'order Wiki_Account.Name',
      to: 'attribute WikiFile / WikiAccounts: name',
    });
  });

  it('tells roles and dimensions that a rule asks for', () => {
    const lineage = ask(company, { resourceType: 'Wiki_Account', property: 'Groups' });

    expect(labels(lineage, 'role').toSorted()).toEqual(['Editor', 'Staff']);
    expect(labels(lineage, 'dimension')).toEqual(['Site of Person']);
    expect(labels(lineage, 'column')).toEqual(['HR / HRFile: no', 'HR / HRFile: site']);
    expect(labels(lineage, 'attribute')).toEqual(['WikiFile / WikiMembers: group']);
    expect(labels(lineage, 'rule')).toEqual([
      'CompositeRoleRule',
      'NavigationRule',
      'SingleRoleRule',
    ]);
  });

  it('holds every property of a resource type, and what gives the account itself', () => {
    const lineage = ask(company, { resourceType: 'Wiki_Account', property: undefined });

    expect(labels(lineage, 'order')).toEqual([
      'Wiki_Account',
      'Wiki_Account.Groups',
      'Wiki_Account.Login',
      'Wiki_Account.Name',
    ]);
    expect(labels(lineage, 'rule').toSorted()).toEqual([
      'CompositeRoleRule',
      'NavigationRule',
      'ResourceCorrelationRule',
      'ScalarRule',
      'ScalarRule',
      'SingleRoleRule',
      'TypeRule',
    ]);
  });

  it('goes the other way from a property to everything it feeds', () => {
    const lineage = ask(company, { from: 'Person:First' });

    expect(lineage.nodes.map(({ label }) => label)).toEqual([
      'WikiFile / WikiAccounts: name',
      'EntityPropertyExpression',
      'Wiki_Account.Name',
      'Person:First',
      'Person:Shown',
      'ScalarRule',
    ]);
  });

  it('is empty where no rule gives the property', () => {
    const files = company.map((file) => ({
      ...file,
      text: file.text.replace('<ScalarRule Property="Name" Binding="Shown" />', ''),
    }));

    expect(ask(files, { resourceType: 'Wiki_Account', property: 'Name' }).nodes).toEqual([]);
  });

  it.each([
    [{ resourceType: 'Wiki_Acount', property: undefined }, 'USAGE_RESOURCE_TYPE_UNKNOWN'],
    [{ resourceType: 'Wiki_Account', property: 'Nme' }, 'PROPERTY_UNKNOWN'],
    [{ from: 'Person' }, 'ENTITY_TYPE_UNKNOWN'],
    [{ from: 'Person:Nobody' }, 'PROPERTY_UNKNOWN'],
  ] as const)('refuses %j', (question, code) => {
    expect(() => ask(company, question)).toThrow(expect.objectContaining({ code }));
  });

  it('does not depend on the order of files', async () => {
    const folder = join(import.meta.dirname, '..', '..', '..', 'samples', 'employees', 'conf');
    const files = await readConfigurationFolder(folder);
    const question = { resourceType: 'LDAP_Account_Employee', property: undefined };

    expect(ask(files.toReversed(), question)).toEqual(ask(files, question));
  });
});

describe('the drawing', () => {
  let employees: Lineage;
  beforeAll(async () => {
    const folder = join(import.meta.dirname, '..', '..', '..', 'samples', 'employees', 'conf');
    employees = ask(await readConfigurationFolder(folder), {
      resourceType: 'LDAP_Account_Employee',
      property: undefined,
    });
  });

  it('is well-formed XML that holds every node and every edge, hostile names as text', () => {
    const lineage = ask(company, { resourceType: 'Wiki_Account', property: 'Name' });

    const svg = formatSvg(lineage);

    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).not.toContain('<script');
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(svg);
    const drawn = parsed.svg.g as readonly { readonly title?: string; readonly path?: unknown[] }[];
    expect(drawn.filter(({ title }) => title !== undefined)).toHaveLength(lineage.nodes.length);
    expect(drawn[0]?.path).toHaveLength(lineage.edges.length);
  });

  it('draws the same twice, no node over another, and edges from left to right', () => {
    expect(formatSvg(employees)).toBe(formatSvg(employees));
    const { nodes, width, height } = layOut(employees, ({ label }) => label.length * 7);
    const placed = [...nodes.values()];
    expect(placed).toHaveLength(employees.nodes.length);
    for (const [index, one] of placed.entries()) {
      expect(one.x + one.width <= width && one.y + one.height <= height).toBe(true);
      for (const other of placed.slice(index + 1)) {
        const isApart =
          one.x + one.width <= other.x ||
          other.x + other.width <= one.x ||
          one.y + one.height <= other.y ||
          other.y + other.height <= one.y;
        expect(isApart, `${one.node.id} and ${other.node.id}`).toBe(true);
      }
    }
    const places = nodes;
    for (const { from, to } of employees.edges)
      expect((places.get(from)?.x ?? 0) < (places.get(to)?.x ?? 0), `${from} to ${to}`).toBe(true);
  });

  it('comes to an end where values go in a circle, and with a chain of ten thousand', () => {
    const node = (id: string) =>
      ({ id, kind: 'property', label: id, text: null, at: null }) as const;
    const chain = Array.from({ length: 10_000 }, (_, index) => node(`n${index}`));
    const edges = chain.slice(1).map(({ id }, index) => ({ from: `n${index}`, to: id }));
    const about = { subject: '', direction: 'sources' } as const;

    const circle = layOut(
      {
        ...about,
        nodes: [node('a'), node('b')],
        edges: [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'a' },
          { from: 'a', to: 'a' },
        ],
      },
      () => 10,
    );
    const long = layOut({ ...about, nodes: chain, edges }, () => 1);

    expect(circle.nodes.size).toBe(2);
    expect(new Set([...long.nodes.values()].map(({ x }) => x)).size).toBe(10_000);
  });
});

describe('Mermaid', () => {
  it('has one line per node and edge, and nothing of a name but text', () => {
    const lineage = ask(company, { resourceType: 'Wiki_Account', property: 'Name' });

    const [first, ...lines] = formatMermaid(lineage).trimEnd().split('\n');

    expect(first).toBe('flowchart LR');
    const nodes = lines.filter((line) => /^ {2}n\d+\W+"[^"<>]*(<br\/>[^"<>]*)*"\W+$/u.test(line));
    const edges = lines.filter((line) => /^ {2}n\d+ --> n\d+$/u.test(line));
    expect(nodes).toHaveLength(lineage.nodes.length);
    expect(edges).toHaveLength(lineage.edges.length);
    expect(lines).toHaveLength(nodes.length + edges.length);
    expect(lines.join('\n')).toContain('HR / HRFile: #34;#62;#60;script#62;');
  });

  it.each([
    ['"]; click n1 href "x"', '#34;#93;#59; click n1 href #34;x#34;'],
    ['`**bold**`', '#96;**bold**#96;'],
    ['a#35;b', 'a#35;35#59;b'],
    ['%%{init: {}}%%', '#37;#37;#123;init: #123;#125;#125;#37;#37;'],
    ['line\nbreak', 'line break'],
    ['Größe 部', 'Größe 部'],
  ])('escapes %j', (text, escaped) => {
    expect(escapeMermaid(text)).toBe(escaped);
  });
});
