/** The small company with spaces inside spaces, and a shop in which people and spaces are members of teams. */
import {
  type Company,
  type CompanyData,
  configuration,
  loadData,
  openCompany,
  readKeys,
} from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { generateOrders } from './tasks/generate-orders.ts';

export interface NestedWorld {
  /** Login to spaces. */
  readonly users: Readonly<Record<string, readonly string[]>>;
  /** Space to the spaces it is in. */
  readonly spaces: Readonly<Record<string, readonly string[]>>;
  /** User or space to what it is in the shop. */
  readonly members?: Readonly<Record<string, string>>;
  /** Member of the shop to teams. */
  readonly teams?: Readonly<Record<string, readonly string[]>>;
  /** Team to the teams it is in. */
  readonly above?: Readonly<Record<string, readonly string[]>>;
  /** People, by number: `aroy` is 1, `bode` is 2. */
  readonly people?: readonly string[];
}

const navigation = (...names: readonly string[]): string =>
  names.map((name) => `<Property Identifier="${name}" Type="ForeignKey" />`).join('');
const link = (from: string, key: string, to: string, linked: string): string => {
  const [type = '', property = ''] = from.split(':');
  const [otherType = '', reverse = ''] = to.split(':');
  const identifier = `${type}_${property}`;
  const table = `WikiDb_${identifier.toLowerCase()}`;
  return `<EntityAssociation Identifier="${identifier}" Property1="${from}" IsProperty1Collection="true" Property2="${otherType}:${reverse}" IsProperty2Collection="true" />
  <EntityAssociationMapping Identifier="${identifier}" Connector="Wiki" ConnectionTable="${table}" Column1="a" EntityPropertyMapping1="${type}:${key}" Column2="b" EntityPropertyMapping2="${otherType}:${linked}" />`;
};
const named = (type: string, ...links: readonly string[]): string =>
  `<EntityType Identifier="${type}" DisplayName_L1="${type}"><Property Identifier="Name" IsKey="true" />${navigation(...links)}</EntityType>
  <EntityTypeMapping Identifier="${type}" Connector="Wiki" ConnectionTable="WikiDb_${type.toLowerCase()}"><Property Identifier="Name" ConnectionColumn="name" IsPrimaryKey="true" /></EntityTypeMapping>`;
const role = (kind: 'Single' | 'Composite', name: string): string =>
  `<${kind}Role Identifier="${name}" DisplayName_L1="${name}" Policy="Default" EntityType="HR_Person" />`;

const shop = `
  ${named('Shop_Member', 'Users', 'Spaces', 'Teams')}
  ${named('Shop_Team', 'Members', 'Above', 'Below')}
  ${link('Wiki_Space:In', 'Name', 'Wiki_Space:Holds', 'Name')}
  ${link('Wiki_User:Member', 'Login', 'Shop_Member:Users', 'Name')}
  ${link('Wiki_Space:Member', 'Name', 'Shop_Member:Spaces', 'Name')}
  ${link('Shop_Member:Teams', 'Name', 'Shop_Team:Members', 'Name')}
  ${link('Shop_Team:Above', 'Name', 'Shop_Team:Below', 'Name')}
  <ResourceType Identifier="Shop_Member_Person" DisplayName_L1="Shop member" Policy="Default" SourceEntityType="HR_Person" TargetEntityType="Shop_Member" BlockProvisioning="false">
    <NavigationRule Property="Teams" Resource="tills" SingleRole="Cashier" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Shop_Member_Person" Policy="Default" SourceBinding="Number" TargetBinding="Name" SourceMatchedConfidenceLevel="100" />
  ${role('Single', 'Cashier')}${role('Single', 'Reader')}${role('Composite', 'Trader')}
  <SingleRoleRule Role="Cashier" Policy="Default" CompositeRole="Trader" />
  <SingleRoleRule Role="Reader" Policy="Default" CompositeRole="Trader" />`;
const followed = `
  <IndirectResourceRule ResourceType="Wiki_User_Person" Property="Spaces" TargetEntityTypeReflexiveProperty="In"
    Correspondence="Member" CorrespondenceMembershipProperty="Teams" IndirectResourceReflexiveProperty="Above" />`;
const accounts = `<TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <NavigationRule Property="Spaces" Resource="readers" SingleRole="Reader" />
    <NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" />`;

/** `withRule`: what is held indirectly is looked for. */
export function nestedConfiguration(withRule = true): string {
  return configuration({ rules: accounts, elements: withRule ? shop + followed : shop })
    .replace('<Property Identifier="Spaces" Type="ForeignKey" />', navigation('Spaces', 'Member'))
    .replace(
      '<Property Identifier="Users" Type="ForeignKey" />',
      navigation('Users', 'In', 'Holds', 'Member'),
    );
}

const numbers: Readonly<Record<string, string>> = { aroy: '1', bode: '2' };
const names: Readonly<Record<string, readonly [string, string]>> = {
  '1': ['Ana', 'Roy'],
  '2': ['Ben', 'Ode'],
};

function pairs(
  of: Readonly<Record<string, readonly string[]>>,
): readonly (readonly [string, string])[] {
  return Object.entries(of).flatMap(([from, all]) => all.map((to) => [from, to] as const));
}

export function toData(world: NestedWorld): CompanyData {
  const { users, spaces, members = {}, teams = {}, above = {}, people = ['1', '2'] } = world;
  const isUser = (name: string): boolean => name in numbers;
  const linked = Object.entries(members);
  return {
    entities: {
      HR_Department: [{ Code: 'IT', Name: 'Machines' }],
      HR_Person: people.map((number) => ({
        Number: number,
        FirstName: names[number]?.[0] ?? 'X',
        LastName: names[number]?.[1] ?? 'Y',
      })),
      Wiki_User: Object.keys(users).map((Login) => ({
        Login,
        Mail: `${numbers[Login] ?? '9'}@example.test`,
      })),
      Wiki_Space: Object.keys(spaces).map((Name) => ({ Name })),
      Shop_Member: Object.keys(teams).map((Name) => ({ Name })),
      Shop_Team: Object.keys(above).map((Name) => ({ Name })),
    },
    links: {
      HR_Person_Department: people.map((number) => [number, 'IT'] as const),
      Wiki_User_Space: pairs(users),
      Wiki_Space_In: pairs(spaces),
      Wiki_User_Member: linked.filter(([name]) => isUser(name)),
      Wiki_Space_Member: linked.filter(([name]) => !isUser(name)),
      Shop_Member_Teams: pairs(teams),
      Shop_Team_Above: pairs(above),
    },
  };
}

export async function openNested(
  options: Parameters<typeof openCompany>[0] = {},
): Promise<Company> {
  return openCompany({ configuration: nestedConfiguration(), ...options });
}

export async function load(company: Company, world: NestedWorld): Promise<void> {
  company.clock += 60_000;
  await loadData(company, toData(world));
}

export async function evaluate(company: Company, dirty = false): Promise<string> {
  await computeCorrelationKeys(company.workspace, { dirty });
  const outcome = await evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
  return outcome.message;
}

/** What orders would be made of, by owner: the change of each. */
export async function ordersOf(company: Company): Promise<readonly string[]> {
  await generateOrders(company.workspace, { resourceTypes: [], force: true, isDryRun: false });
  return company.store.transaction(async (t) => {
    const rows = await t.tx('provisioning_orders').orderBy('id');
    return rows.map((row) => `${row.resource_type} ${row.change_type} ${row.payload}`);
  });
}

/** `1 Wiki_User_Person.Spaces space through aroy`, and `1 role Reader` for indirect roles; in an order of its own. */
export async function heldIndirectly({ store }: Company): Promise<readonly string[]> {
  return store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const key = (id: unknown): string => keyOf(Number(id)).split(':')[1] ?? '?';
    const links = await t.tx('indirect_permissions');
    const roles = await t.tx('assigned_roles').where({ is_indirect: 1 });
    return [
      ...links.map(
        (row) =>
          `${key(row.owner_id)} ${row.resource_type}.${row.property} ${key(row.linked_id)} through ${key(row.target_id)}`,
      ),
      ...roles.map((row) => `${key(row.owner_id)} ${row.kind} role ${row.role}`),
    ].sort();
  });
}
