/**
 * Passwords of new accounts, and new ones of accounts that are there: made when their orders are handed over, stored encrypted with
 * the intents so that a repeated order carries the same one, forgotten with the outcomes; a mail in the queue tells them.
 */
import { randomInt } from 'node:crypto';
import {
  type Certificate,
  decryptBytes,
  encryptBytes,
  makesPasswords,
  openSecretsCertificate,
  type PasswordReset,
  parseReference,
  resolveSecret,
} from '../../../config/index.ts';
import {
  ConnectorError,
  makePassword,
  type OrderPassword,
  type PasswordResetRequest,
  type ProvisioningOrder,
  refuseWeak,
  Secret,
} from '../../../connectors/index.ts';
import type { FulfilReport, OrderPasswords, PreparedPasswords } from '../../fulfil/index.ts';
import {
  insertMails,
  type ProvisioningOrderRow,
  readOrderPasswords,
  removeSettledPasswords,
  type StoreTransaction,
  writeOrderPasswords,
} from '../../store/index.ts';
import { findConnection, packageOf } from '../connection-access.ts';
import type { Workspace } from '../workspace.ts';
import { passwordMails } from './password-mail.ts';

const sealedAs = 'lockstep-password';

export interface ConnectionPasswords extends OrderPasswords {
  /** In the transaction of the outcomes: what is settled needs its password no more, and who has one is told. */
  settle(t: StoreTransaction, reports: readonly FulfilReport[], runId: number): Promise<void>;
}

/** `null`: people carry the orders of the connection out. */
export function passwordsOf(workspace: Workspace, connection: string): ConnectionPasswords | null {
  const isManual = packageOf(findConnection(workspace.model, connection)).manual === true;
  const settings = new Map<string, PasswordReset>();
  for (const { identifier, mapping } of workspace.model.resourceTypes.values()) {
    if (mapping?.connection !== connection || mapping.passwordReset === undefined) continue;
    if (makesPasswords(mapping.passwordReset)) settings.set(identifier, mapping.passwordReset);
  }
  return isManual && settings.size === 0 ? null : new Passwords(workspace, settings, isManual);
}

class Passwords implements ConnectionPasswords {
  readonly #workspace: Workspace;
  readonly #settings: ReadonlyMap<string, PasswordReset>;
  readonly #isManual: boolean;
  #certificate: Promise<Certificate> | null = null;

  constructor(
    workspace: Workspace,
    settings: ReadonlyMap<string, PasswordReset>,
    isManual: boolean,
  ) {
    this.#workspace = workspace;
    this.#settings = settings;
    this.#isManual = isManual;
  }

  async prepare(orders: readonly ProvisioningOrderRow[]): Promise<PreparedPasswords> {
    const { store, effects } = this.#workspace;
    const wanted = orders.filter(
      ({ change_type: change, resource_type: type, resets_password: isReset }) =>
        // A reset without settings is refused below rather than carried out without a password.
        (isReset === 1 && !this.#isManual) || (change === 'added' && this.#settings.has(type)),
    );
    const ids = wanted.map(({ id }) => id);
    const stored =
      ids.length === 0 ? new Map() : await store.read((t) => readOrderPasswords(t, ids));
    const byOrder = new Map<number, OrderPassword | ConnectorError>();
    const fresh = new Map<number, string>();
    for (const row of wanted) {
      const { id, resource_type: type } = row;
      const settings = this.#settings.get(type);
      if (settings === undefined) {
        byOrder.set(id, describeUnsettled(type));
        continue;
      }
      const { mustChange, isTold } = readReset(row) ?? {
        mustChange: settings.mustChange,
        isTold: true,
      };
      try {
        const sealed = stored.get(id);
        const value = sealed === undefined ? await this.#make(settings) : await this.#open(sealed);
        if (sealed === undefined && settings.isGenerated) fresh.set(id, await this.#seal(value));
        // The mail that tells it must be kept encrypted too: found out before the system is touched.
        if (settings.notifies && isTold) await this.#openCertificate();
        byOrder.set(id, { value, mustChange });
      } catch (error) {
        byOrder.set(id, asConnectorError(error));
      }
    }
    return {
      byOrder,
      keep: (t) => writeOrderPasswords(t, fresh, new Date(effects.now()).toISOString()),
    };
  }

  async settle(
    t: StoreTransaction,
    reports: readonly FulfilReport[],
    runId: number,
  ): Promise<void> {
    const settled = reports.flatMap((report) =>
      report.kind === 'settled' && this.#settings.has(report.turn.row.resource_type)
        ? [report]
        : [],
    );
    if (settled.length === 0) return;
    const told = settled.flatMap(({ turn, isPasswordSet }) => {
      const settings = this.#settings.get(turn.row.resource_type);
      const { password, row } = turn;
      if (!isPasswordSet || settings?.notifies !== true) return [];
      if (readReset(row)?.isTold === false) return [];
      if (password === undefined || password instanceof ConnectorError) return [];
      return [{ row, settings, password }];
    });
    if (told.length > 0) {
      const certificate = await this.#openCertificate();
      await insertMails(
        t,
        await passwordMails(t, this.#workspace, { accounts: told, certificate, runId }),
      );
    }
    await removeSettledPasswords(t);
  }

  async #make(settings: PasswordReset): Promise<Secret> {
    const { strengthChecks } = settings;
    if (settings.isGenerated)
      return makePassword({
        recipe: settings.generated,
        strengthChecks,
        random: (below) => randomInt(below),
      });
    const reference = parseReference(settings.defaultPassword ?? '');
    if (reference === undefined) throw new Error('Checked when the configuration was read.');
    const { settings: project, effects } = this.#workspace;
    const password = await resolveSecret(reference, {
      folder: project.folder,
      environment: effects.environment,
    });
    refuseWeak(password, strengthChecks);
    return password;
  }

  async #seal(password: Secret): Promise<string> {
    const bytes = Buffer.from(password.reveal(), 'utf8');
    return encryptBytes(bytes, await this.#openCertificate(), sealedAs);
  }

  async #open(sealed: string): Promise<Secret> {
    const opened = await decryptBytes(sealed, await this.#openCertificate(), sealedAs);
    if (opened.status === 'read') return new Secret(Buffer.from(opened.bytes).toString('utf8'));
    throw new ConnectorError(
      'invalid-value',
      'The password of the order was encrypted for another certificate, and cannot be read.',
      {
        hint: 'Name the certificate as it was, or decline the order: the next one gets a new password.',
      },
    );
  }

  #openCertificate(): Promise<Certificate> {
    const { settings, effects } = this.#workspace;
    this.#certificate ??= openSecretsCertificate(settings.folder, effects.environment, {
      now: effects.now,
      signal: effects.signal,
    }).then((certificate) => {
      if (certificate !== null) return certificate;
      throw new ConnectorError(
        'invalid-value',
        'Passwords are kept encrypted until they are set and told, and the settings name no certificate.',
        {
          hint: 'Make one with "lockstep protect certificate", and name it in PasswordResetSettings.EncryptionCertificate.',
        },
      );
    });
    return this.#certificate;
  }
}

/** What was asked for; `undefined`: the order is not there to replace a password. */
function readReset(row: ProvisioningOrderRow): PasswordResetRequest | undefined {
  if (row.resets_password !== 1) return undefined;
  // Written when it was asked for.
  return (JSON.parse(row.payload) as ProvisioningOrder).passwordReset;
}

function describeUnsettled(resourceType: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `Nothing says any more how passwords of ${resourceType} are made; its password is what it was.`,
    {
      hint: 'Name PasswordResetSettings with AutoGenerate or a DefaultPassword in its mapping, and ask for the reset again.',
    },
  );
}

/** Nothing about the system: a person corrects the settings. */
function asConnectorError(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const { message, hint } = (error ?? {}) as { readonly message?: string; readonly hint?: string };
  return new ConnectorError('invalid-value', message ?? 'The password cannot be made.', {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}
