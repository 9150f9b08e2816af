/** What a generated configuration cannot know by itself: the elements others stand on, and values that must fit together. */
/** An element as it would be written, in either form. */
export interface WrittenElement {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly children: readonly WrittenElement[];
}

/** What the generated elements need to be there. */
export interface FoundationRequest {
  /** Resource types that have a mapping. */
  readonly mappedTypes: string[];
  /** Entity types that have a context rule. */
  readonly contextOwners: string[];
}

export interface FixedValues {
  /** Instead of one instance per way to write an attribute. */
  readonly instances?: number;
  /** Of a child: which instance of its parent it stands in, where the first has no room for it. */
  readonly standsInInstance?: number;
  /** The value in each instance; `undefined` leaves the attribute out. */
  readonly attributes?: Readonly<
    Record<string, (index: number, identity: string) => string | undefined>
  >;
  readonly references?: Readonly<Record<string, string>>;
  /** Children without which an instance would not stand. */
  readonly children?: (index: number, identity: string) => readonly WrittenElement[];
}

const always = (value: string) => (): string => value;
/** Where two attributes exclude each other, instances take turns. */
const onlyFirst =
  (value: string) =>
  (index: number): string | undefined =>
    index === 0 ? value : undefined;
const exceptFirst =
  (value: string) =>
  (index: number): string | undefined =>
    index === 0 ? undefined : value;

const guards: Readonly<Record<string, FixedValues>> = {
  'ls:SourceGuard': { attributes: { ConnectionTable: (index) => `Table${index}` } },
  'ls:Delivery': {
    attributes: {
      Connection: (index) => `Connection${index}`,
      RetryDelaySeconds: always('7'),
      MaximumRetryDelaySeconds: always('70'),
    },
  },
};

const invariants: Readonly<Record<string, FixedValues>> = {
  'ls:ProtectedResources': {
    attributes: { Keys: always('a; b'), Where: always('C#:user:return user.Name != null;') },
  },
  'ls:MinimumMembers': { attributes: { Property: always('Parent'), Keys: always('a; b') } },
  'ls:RequiredMembers': {
    attributes: { Property: always('Parent'), Keys: always('a; b'), Members: always('c') },
  },
  'ls:MaximumChange': { attributes: { Maximum: always('10'), MaximumPercent: always('5') } },
};

const inUse = 'C#:user:return user.Name != null;';
const dataTests: Readonly<Record<string, FixedValues>> = {
  'ls:UniqueTest': { attributes: { Where: always(inUse) } },
  'ls:NotNullTest': { attributes: { Where: always(inUse) } },
  'ls:AcceptedValuesTest': { attributes: { Where: always(inUse), Values: always('a; b') } },
  'ls:MatchesTest': { attributes: { Where: always(inUse), Pattern: always('[a-z]+') } },
  'ls:RelationshipTest': {
    attributes: {
      Where: always(inUse),
      Property: (index) => (index === 0 ? 'Parent' : 'Name'),
      To: exceptFirst('G_User:Name'),
    },
  },
  'ls:FreshnessTest': { attributes: { Where: always(inUse), Property: always('StartDate') } },
  'ls:RowCountTest': {
    attributes: {
      Where: exceptFirst(inUse),
      Minimum: always('1'),
      Maximum: always('2'),
      MaximumChangePercent: onlyFirst('10'),
    },
  },
};

export const fixedValues: Readonly<Record<string, FixedValues>> = {
  Category: { attributes: { Parent: exceptFirst('Category0') } },
  CompositeRoleRule: {
    attributes: { Role: always('CompositeRole1'), ParentRole: always('CompositeRole0') },
  },
  '*': {
    attributes: {
      CronTab: always('0 0 2 * * *'),
      CronTabExpression: always('0 2 * * *'),
      JobIdentifier: (_, identity) => `${identity}_Job`,
      TaskToCompareWith: always('ComputeRoleModelTask'),
      DependOn: always('ComputeCorrelationKeysTask'),
      Occurence: always('0'),
      ChildOccurence: always('0'),
      ParentOccurence: always('0'),
    },
    references: {
      EntityType: 'G_User',
      Connector: 'G',
      Connection: 'GFile',
      Policy: 'G_Policy',
      ResourceType: 'G_Type',
      Language: 'en-US',
      EntityAssociation: 'G_User_Parent',
      Task: 'G_Export',
    },
  },
  EntityType: {
    children: () => [
      element('Property', { Identifier: 'Code', IsKey: 'true' }),
      element('Property', { Identifier: 'Name' }),
    ],
  },
  'EntityType/Property': {
    attributes: { IsKey: (index) => String(index === 0) },
  },
  // The first two give the generated ForeignKey properties, by name and by number, the way they lead.
  EntityAssociation: {
    attributes: {
      Property1: (index) =>
        ['EntityType0:EntityType0_Property12', 'EntityType0:EntityType0_Property25'][index] ??
        `G_Account:Link${index}`,
      Property2: (index) => `G_User:Link${index}`,
    },
  },
  'EntityTypeMapping/Property': {
    attributes: {
      Identifier: (index) => ['Code', 'Name', 'StartDate', 'EndDate'][index],
      Format: (index) => ['Concat:<&>', 'MultivaluedText', '1601Date', 'DateTime'][index],
      IsPrimaryKey: (index) => String(index === 0),
    },
  },
  EntityAssociationMapping: {
    attributes: {
      EntityPropertyMapping1: always('G_User:Code'),
      EntityPropertyMapping2: always('G_User:Code'),
    },
  },
  'ResourceType/BinaryRule': {
    attributes: { Property: always('Photo'), Binding: always('Photo') },
  },
  'ResourceType/QueryRule': {
    attributes: { SourceExpression: always('ToUpper'), TargetExpression: always('ToUpper') },
  },
  ResourceCorrelationRule: {
    attributes: { SourceExpression: always('ToUpper'), TargetExpression: always('ToUpper') },
  },
  ResourceClassificationRule: {
    attributes: { TargetExpression: always('C#:resource:return resource.Name == "a";') },
  },
  ...dataTests,
  ...guards,
  ...invariants,
  // Two owners with two sections each, the second of them the default one.
  RecordSection: {
    attributes: {
      SourceEntityType: (index) => `ContextRule${Math.floor(index / 2)}`,
      ResourceEntityType: (index) => `ContextRule${Math.floor(index / 2)}`,
      StartProperty: always('StartDate'),
      EndProperty: always('EndDate'),
      InstanceKeyExpression: always('C#:record:return record.Code;'),
      SortKeyExpression: always('C#:record:return record.Name;'),
    },
    children: (index) => (index === 2 ? [element('Property', { Property: 'Name' })] : []),
  },
  'RecordSection/Property': {
    attributes: { Property: (index) => ['Name', 'Code', 'Photo', 'Parent'][index] },
  },
  // The first holds the generated rules, of one item.
  Risk: {
    attributes: { RiskType: (index) => ['HighPrivilege', 'SoD', '0', '1'][index] ?? 'SoD' },
  },
  'Risk/Rule/Item': { attributes: { Property: always('Parent'), Resource: always('a') } },
  // Accounts that stand below accounts, and the people above them.
  IndirectResourceRule: {
    instances: 2,
    attributes: {
      Property: (index) => ['Parent', 'Children'][index],
      TargetEntityTypeReflexiveProperty: always('Parent'),
      IndirectResourceBinding: always('Parent'),
      Correspondence: always('Unit'),
      CorrespondenceMembershipProperty: always('Parent'),
      IndirectResourceReflexiveProperty: always('Parent'),
      Entitlement: always('Children'),
    },
  },
  ResourceType: {
    attributes: {
      ArgumentsExpression: always(
        'C#:owner:return new Dictionary<string, string> { { "name", owner.Name } };',
      ),
    },
  },
  '*/AddTask': { instances: 1 },
  // What these two stand for has one task.
  'CreateAccessCertificationJob/AddTask': {
    instances: 1,
    attributes: { TaskToCompareWith: always('SetAccessCertificationReviewerTask') },
  },
  'CleanDatabaseJob/AddTask': {
    instances: 1,
    attributes: { TaskToCompareWith: always('CleanDataBase') },
  },
  ConnectorMappings: { instances: 1, attributes: { EntityType: always('G_Account') } },
  ReportQuery: { attributes: { Query: always('select Name') } },
  '*/LinkDependTask': {
    attributes: { Task: always('ComputeRoleModelTask') },
  },
  // A job from which all is left out has no task for `AddTask` to stand beside.
  CreateConnectorSynchroComplete: { instances: 2 },
  CreateConnectorSynchroIncremental: { instances: 2 },
  CreateAgentSynchroComplete: { instances: 2 },
  CreateAgentSynchroIncremental: { instances: 2 },
  CreateInitializationJob: { instances: 2 },
  '*/NoSynchronization': { standsInInstance: 1 },
  '*/NoProvisioning': { standsInInstance: 1 },
  '*/NoConnectorSynchronization': { standsInInstance: 1 },
  '*/NoConnectorProvisioning': { standsInInstance: 1 },
  '*/NotUsed': { standsInInstance: 1 },
  // One spelling of the mapped property per way to write its flags.
  'ResourceTypeMapping/Property': {
    attributes: { Property: (index) => ['Name', 'Code', 'Photo', 'Parent'][index] },
  },
  Dimension: {
    attributes: {
      ColumnMapping: (index) => (index === 1 ? '127' : String(index)),
      IsHierarchical: (index) => ['true', '1', 'false', '0'][index],
      ParentProperty: always('Parent'),
    },
  },
  ContextRule: {
    attributes: {
      Bn: always('Unit'),
      ResourcesBinding: onlyFirst('Children'),
      ResourcesStartBinding: onlyFirst('StartDate'),
      ResourcesEndBinding: onlyFirst('EndDate'),
      ResourcesExpression: exceptFirst('C#:person:return person.Children;'),
      ResourcesStartExpression: exceptFirst('C#:record:return record.StartDate;'),
      ResourcesEndExpression: exceptFirst('C#:record:return record.EndDate;'),
      ExcludeExpression: always('C#:record:return record.Name == "a";'),
    },
  },
};

function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly WrittenElement[] = [],
): WrittenElement {
  return { name, attributes: Object.entries(attributes), children };
}

/** Every entity type has the same properties, so that any name fits anywhere. */
function entityType(
  identifier: string,
  extra: readonly WrittenElement[] = [],
): readonly WrittenElement[] {
  const property = (Identifier: string, Type: string): WrittenElement =>
    element('Property', { Identifier, Type });
  const navigation = (name: string): WrittenElement => property(name, 'ForeignKey');
  return [
    element('EntityType', { Identifier: identifier }, [
      element('Property', { Identifier: 'Code', IsKey: 'true' }),
      property('Name', 'String'),
      property('StartDate', 'DateTime'),
      property('EndDate', 'DateTime'),
      property('Photo', 'Binary'),
      navigation('Parent'),
      navigation('Children'),
      navigation('Unit'),
      ...extra,
    ]),
    element('EntityAssociation', {
      Identifier: `${identifier}_Parent`,
      Property1: `${identifier}:Parent`,
      Property2: `${identifier}:Children`,
      IsProperty2Collection: 'true',
    }),
    element('EntityAssociation', {
      Identifier: `${identifier}_Unit`,
      Property1: `${identifier}:Unit`,
      Property2: `G_User:${identifier}s`,
      IsProperty2Collection: 'true',
    }),
  ];
}

function resourceType(identifier: string): WrittenElement {
  return element('ResourceType', {
    Identifier: identifier,
    DisplayName_L1: identifier,
    Policy: 'G_Policy',
    SourceEntityType: 'G_User',
    TargetEntityType: 'G_Account',
  });
}

/** The few elements that the generated ones refer to. */
export function foundation(request: FoundationRequest): readonly WrittenElement[] {
  const types = ['G_User', 'G_Account', ...request.contextOwners];
  const links = ['Link0', 'Link1', 'Link2', 'Link3'];
  const navigations = (names: readonly string[]): readonly WrittenElement[] =>
    names.map((Identifier) => element('Property', { Identifier, Type: 'ForeignKey' }));
  const extra = new Map([
    ['G_User', navigations([...types.map((type) => `${type}s`), ...links])],
    ['G_Account', navigations(links.slice(2))],
  ]);
  return [
    element('Language', { Code: 'en-US', IndicatorNumber: '1' }),
    element('Connector', { Identifier: 'G', DisplayName_L1: 'G' }),
    element('Connection', {
      Identifier: 'GFile',
      DisplayName_L1: 'G',
      Connector: 'G',
      Package: 'Usercube.CSV.Complete@0000001',
    }),
    ...types.flatMap((type) => entityType(type, extra.get(type))),
    element('Policy', {
      Identifier: 'G_Policy',
      DisplayName_L1: 'G',
      IsProvisioningEnabled: 'true',
    }),
    element('ExportTask', { Identifier: 'G_Export', DisplayName_L1: 'G', Connector: 'G' }),
    ...['G_Type', ...request.mappedTypes].map(resourceType),
  ];
}
