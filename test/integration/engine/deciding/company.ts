/** The small company on both stores, with orders that wait for people and a badge office that only tickets reach. */
import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import {
  computeCorrelationKeys,
  evaluatePolicy,
  fulfilOrders,
  generateOrders,
  type ItemFilter,
  listReviewPage,
  type ReviewItem,
  updatePropertyExpressions,
} from '../../../../engine/index.ts';
import {
  type Company,
  type CompanyData,
  configuration,
  loadData,
  openCompany,
} from '../../../../engine/job/company.fixture.ts';
import { createPostgresDatabase } from '../../../servers/postgres.ts';
import { describeWithServer } from '../../../servers/use-server.ts';

type Parts = Parameters<typeof configuration>[0];
/** `change` has the last word about the configuration. */
export type OpenCompany = (parts?: Parts, change?: (text: string) => string) => Promise<Company>;

/** Tests of what no store has a part in. */
export function describeInMemory(body: (open: OpenCompany) => void): void {
  describe('with the store in SQLite', () =>
    body((parts, change) => openCompany({ configuration: withBadges(parts, change) })));
}

/** The same tests with the store in memory and in PostgreSQL, each company in a fresh one. */
export function describeOnEveryStore(body: (open: OpenCompany) => void): void {
  describeInMemory(body);
  describeWithServer('postgres', 'with the store in PostgreSQL', (address) =>
    body(async (parts, change) => {
      const name = `deciding_${randomUUID().replaceAll('-', '')}`;
      const database = await createPostgresDatabase(address(), name);
      const { host, port, user, password } = address();
      const connection = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${name}`;
      const company = await openCompany({
        configuration: withBadges(parts, change),
        store: { client: 'postgres', connection },
      });
      const close = company[Symbol.asyncDispose];
      return Object.assign(company, {
        async [Symbol.asyncDispose]() {
          await close();
          await database[Symbol.asyncDispose]();
        },
      });
    }),
  );
}

/** Cards that no system lists: what a confirmed ticket says is all that is known of them. */
const badges = (mapping: string) => `
  <Connector Identifier="Badges" DisplayName_L1="Badges" />
  <Connection Identifier="BadgeOffice" DisplayName_L1="Badge office" Connector="Badges" Package="Usercube.UpdateManualProvisioningTicket@0000001" />
  <EntityType Identifier="Badge_Card" DisplayName_L1="Card">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="Holder" />
    <Property Identifier="Name" />
  </EntityType>
  <ResourceType Identifier="Badge_Card_Person" DisplayName_L1="Card" Policy="Default" SourceEntityType="HR_Person" TargetEntityType="Badge_Card"
    BlockProvisioning="false" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0" TransmittedStateValidityPeriod="1440">
    <TypeRule SingleRole="Finance" />
    <ScalarRule Property="Holder" Binding="Number" />
    <ScalarRule Property="Name" Binding="LastName" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Badge_Card_Person" Policy="Default" SourceBinding="Number" TargetBinding="Holder" SourceMatchedConfidenceLevel="100" />
  <ManualProvisioningResourceTypeMapping Identifier="Badge_Card_Person" Connection="BadgeOffice" ${mapping} />`;

function withBadges(parts: Parts = {}, change = (text: string): string => text): string {
  const text = configuration({
    resourceTypeAttributes:
      'BlockProvisioning="true" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0"',
    ...parts,
    elements: `${parts.elements ?? badges('')}`,
  });
  return change(text);
}

export function trustedBadges(): string {
  return badges('TicketSynchroIsNotAvailable="true"');
}

export interface Person {
  readonly number: string;
  readonly first?: string;
  readonly last: string;
  readonly department?: string;
  /** Internal form. */
  readonly end?: string;
}
export interface User {
  readonly login: string;
  readonly number: string;
  readonly name?: string;
  readonly unit?: string;
  readonly spaces?: readonly string[];
}

export function dataOf(people: readonly Person[], users: readonly User[] = []): CompanyData {
  return {
    entities: {
      HR_Department: ['FIN', 'IT'].map((Code) => ({ Code, Name: `${Code} department` })),
      HR_Person: people.map(({ number, first = 'Ana', last, end }) => ({
        Number: number,
        FirstName: first,
        LastName: last,
        EndDate: end ?? null,
      })),
      Wiki_Space: ['finance', 'everybody'].map((Name) => ({ Name })),
      Wiki_User: users.map(({ login, number, name, unit }) => ({
        Login: login,
        Mail: `${number}@example.test`,
        FullName: name ?? null,
        Unit: unit ?? null,
      })),
    },
    links: {
      HR_Person_Department: people.map(
        ({ number, department = 'IT' }) => [number, department] as const,
      ),
      HR_Person_Manager: [],
      HR_Department_Parent: [],
      Wiki_User_Space: users.flatMap(({ login, spaces = [] }) =>
        spaces.map((space) => [login, space] as const),
      ),
    },
  };
}

/** Loads the data a minute later, and computes what follows. */
export async function settle(
  company: Company,
  data: CompanyData | null,
  { dirty = true }: { readonly dirty?: boolean } = {},
): Promise<void> {
  company.clock += 60_000;
  if (data !== null) await loadData(company, data);
  company.clock += 1_000;
  await updatePropertyExpressions(company.workspace, { entityTypes: [], dirty });
  await computeCorrelationKeys(company.workspace, { dirty });
  await evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
  company.clock += 1_000;
}

export async function openTickets(company: Company): Promise<void> {
  await generateOrders(company.workspace, { resourceTypes: [], force: true, isDryRun: false });
  company.clock += 1_000;
  await fulfilOrders(company.workspace, { connector: 'Badges', connections: [], isDryRun: false });
  company.clock += 1_000;
}

export function nowOf(company: Company): string {
  return new Date(company.clock).toISOString();
}

export async function review(
  company: Company,
  filter: ItemFilter = {},
  of: 'review' | 'declined' = 'review',
): Promise<readonly ReviewItem[]> {
  const { store, model } = company;
  const page = { after: 0, limit: 1_000 };
  return (await listReviewPage(store, model, { filter, of, page, now: nowOf(company) })).items;
}

export function decisionOf(company: Company): {
  readonly person: string;
  readonly comment: string | null;
  readonly at: string;
  readonly isDryRun: boolean;
} {
  company.clock += 1_000;
  return { person: 'Kim', comment: null, at: nowOf(company), isDryRun: false };
}
