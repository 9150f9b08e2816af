/** Accounts that get passwords in a system of memory, and the mails that tell them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createCertificate, usualDelivery } from '../../../../config/index.ts';
import {
  type Executed,
  type Fulfiller,
  type ProvisioningOrder,
  Secret,
} from '../../../../connectors/index.ts';
import { describeTarget, fulfilConnection } from '../../../../engine/fulfil/index.ts';
import type { Workspace } from '../../../../engine/index.ts';
import type { Company } from '../../../../engine/job/company.fixture.ts';
import { passwordsOf } from '../../../../engine/job/mail/order-passwords.ts';
import { withLease } from '../../../../engine/job/with-lease.ts';
import type { SmtpServer } from '../../../servers/smtp.ts';

/** Text parts of a mail as people read them. */
export function readMail(raw = ''): {
  readonly header: string;
  readonly text: string;
  readonly html: string;
} {
  const [header = ''] = raw.split('\r\n\r\n');
  const boundary = /boundary="([^"]+)"/.exec(header)?.[1] ?? '';
  const parts = raw.split(`--${boundary}`).slice(1, -1);
  const decode = (part = ''): string => {
    const end = part.indexOf('\r\n\r\n');
    const body = part.slice(end + 4);
    if (/base64/i.test(part.slice(0, end))) return Buffer.from(body, 'base64').toString('utf8');
    if (!/quoted-printable/i.test(part.slice(0, end))) return body;
    const bytes = body
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  };
  return { header, text: decode(parts[0]), html: decode(parts[1]) };
}

export interface Office {
  readonly server?: SmtpServer;
  readonly cultures?: readonly string[];
  readonly operators?: readonly string[];
  readonly mail?: Readonly<Record<string, string | number>>;
}

export function workspaceOf(company: Company, office: Office): Workspace {
  const { server, cultures = ['en'], operators, mail = {} } = office;
  const usual = {
    Host: '127.0.0.1',
    Port: server?.port ?? 1,
    FromAddress: 'it@example.com',
    TimeoutSeconds: 2,
  };
  return {
    ...company.workspace,
    settings: {
      ...company.workspace.settings,
      ...(server === undefined ? {} : { mail: { usual: { ...usual, ...mail } } }),
      notificationCultures: cultures,
      manualProvisioning: {
        operators: new Map(operators === undefined ? [] : [['badgeoffice', operators]]),
        notified: new Map([['HR_Person', ['office@example.com', 'desk@example.org']]]),
      },
    },
  };
}

/** Accounts that get passwords. */
export const withPasswords =
  (attributes: string) =>
  (text: string): string =>
    text
      .replace(
        /<ls:SqlResourceTypeMapping[\s\S]*<\/ls:SqlResourceTypeMapping>/u,
        '<LdapResourceTypeMapping Identifier="Wiki_User_Person" Connection="WikiDb" DefaultObjectClass="x" RDNAttributeIdentifier="cn" PasswordResetSetting="Usual" />',
      )
      .replace('<TypeRule SingleRole="Finance" />', '')
      .replace(
        '</ConfigurationFile>',
        `<PasswordResetSettings Identifier="Usual" ${attributes} /></ConfigurationFile>`,
      );
/** A managed system in memory; each password it was given, by order. */
export class Accounts {
  readonly orders: ProvisioningOrder[] = [];
  readonly passwords = new Map<string, string[]>();
  readonly objects = new Set<string>();
  /** The change is made, and nobody hears of it. */
  losesAnswer = false;

  open(): Fulfiller {
    return {
      fulfil: async (order): Promise<Executed> => {
        this.orders.push(order);
        this.objects.add(order.owner.identifier);
        if (order.password !== undefined) {
          const given = this.passwords.get(order.id) ?? [];
          this.passwords.set(order.id, [...given, order.password.value.reveal()]);
        }
        if (this.losesAnswer) throw new Error('the process is killed here');
        return { status: 'executed' };
      },
      read: async (order) =>
        this.objects.has(order.owner.identifier)
          ? {
              values: {},
              links: {
                Spaces: order.changes.flatMap((change) =>
                  change.kind === 'add' ? [change.value.values['Name'] ?? ''] : [],
                ),
              },
            }
          : null,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
}

let pem: Promise<string> | undefined;

/** Keys take long to make: one for all tests of a file. */
function makePem(): Promise<string> {
  pem ??= createCertificate({
    name: 'Wiki',
    from: Date.now(),
    days: 30,
    password: new Secret('pfx-password'),
    bits: 2048,
  });
  return pem;
}

export async function withCertificate(
  company: Company,
  section = 'PasswordResetSettings',
): Promise<void> {
  const { folder } = company.workspace.settings;
  await writeFile(join(folder, 'passwords.pem'), await makePem());
  await writeFile(join(folder, 'appsettings.json'), '{}');
  const named = { File: 'passwords.pem', Password: 'pfx-password' };
  const content =
    section === 'PasswordResetSettings'
      ? { [section]: { EncryptionCertificate: named } }
      : { EncryptionCertificate: named };
  await writeFile(join(folder, 'appsettings.agent.json'), JSON.stringify(content));
}

export async function deliverTo(
  company: Company,
  workspace: Workspace,
  accounts: Accounts,
  isKilled = false,
) {
  const { model, store } = company;
  const passwords = passwordsOf(workspace, 'WikiDb');
  const target = describeTarget(
    model,
    model.resourceTypes.get('Wiki_User_Person') ?? expect.fail(),
  );
  const result = await withLease(workspace, 'fulfil:WikiDb', (lease) =>
    fulfilConnection(store, {
      model,
      connection: 'WikiDb',
      fulfiller: accounts.open(),
      targets: new Map(target === null ? [] : [['Wiki_User_Person', target]]),
      limits: { ...usualDelivery, retryWaitSeconds: 0 },
      lease,
      leaseTtlMs: 60_000,
      runId: 1,
      now: () => company.clock,
      logger: company.workspace.effects.logger,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...(passwords === null ? {} : { passwords }),
      onSettle: async (t, reports) => {
        if (isKilled) throw new Error('killed');
        await passwords?.settle(t, reports, 1);
      },
    }),
  );
  company.clock += 1_000;
  return result;
}

export async function dumpOf(company: Company): Promise<string> {
  return company.store.transaction(async ({ tx, dialect }) => {
    const names =
      dialect.name === 'sqlite'
        ? (await tx('sqlite_master').where({ type: 'table' }).select('name')).map((row) => row.name)
        : (
            await tx('information_schema.tables')
              .where({ table_schema: 'public' })
              .select({ name: 'table_name' })
          ).map((row) => row.name);
    const rows: unknown[] = [];
    for (const name of names) rows.push(await tx(name));
    return JSON.stringify(rows);
  });
}
