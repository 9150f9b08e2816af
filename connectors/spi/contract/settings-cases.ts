/** What settings of every package are like. */
import type { TSchema } from 'typebox';
import { checkSettings, type JsonSchema, readChoices } from '../settings.ts';
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureEqual, offered, showError } from './expectations.ts';
import { people } from './reading.ts';
import type { ConnectorSubject, RawSettings } from './subject.ts';
import { readSettings } from './test-context.ts';

interface NamedSetting {
  /** `Servers[].Login`. */
  readonly path: string;
  readonly name: string;
  readonly schema: JsonSchema;
}

/** Every setting, those of sections and lists included. */
function listSettings(schema: JsonSchema, prefix = ''): readonly NamedSetting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const isList = member.type === 'array';
    const inner = isList ? member.items : member;
    const nested = inner === undefined ? [] : listSettings(inner, `${path}${isList ? '[]' : ''}.`);
    return [{ path, name, schema: member }, ...nested];
  });
}

function settingsOf({ definition }: ConnectorSubject): readonly NamedSetting[] {
  return listSettings(definition.settings as JsonSchema);
}

/** Settings of a connection that works. */
async function workingSettings(subject: ConnectorSubject): Promise<RawSettings> {
  if (subject.exporter !== undefined) {
    await using source = await subject.exporter.prepare(people);
    return source.settings;
  }
  if (subject.fulfiller !== undefined) {
    await using target = await subject.fulfiller.prepare();
    return target.settings;
  }
  // Of the right shape, and there is nothing to reach.
  return subject.unreachable();
}

/** The one setting alone, as a package of its own. */
function checkAlone(schema: TSchema, value: unknown): unknown {
  const definition = {
    displayName: 'one setting',
    settings: { type: 'object', properties: { it: schema }, additionalProperties: false },
  };
  const check = checkSettings<Readonly<Record<string, unknown>>>(definition, { it: value });
  return check.status === 'valid' ? check.settings['it'] : undefined;
}

const soundsSecret = /(password|passphrase|secret|apikey|token|credential)$/iu;

function isPlainText(schema: JsonSchema): boolean {
  const isText = schema.type === 'string' && schema.format !== 'secret';
  return isText && readChoices(schema).length === 0;
}

export const settingsCases: readonly ContractCase[] = [
  {
    id: 'settings-closed',
    area: 'settings',
    states: 'takes the settings of a working connection, and refuses one it does not know by name',
    needs: [],
    async test(subject) {
      const settings = await workingSettings(subject);
      readSettings(subject.definition, settings);

      const check = checkSettings(subject.definition, { ...settings, Surprise: 'x' });

      const findings = check.status === 'invalid' ? check.findings : [];
      ensureEqual(
        findings.map(({ code, path }) => `${code} ${path}`),
        ['CONNECTION_SETTING_UNKNOWN Surprise'],
        'A setting that is not known must be refused by name.',
      );
    },
  },
  {
    id: 'settings-refused',
    area: 'settings',
    states: 'refuses settings that cannot work',
    needs: [],
    async test({ definition, badSettings }) {
      const bad = Object.entries(badSettings);
      offered(bad[0], 'badSettings');
      const accepted = bad.filter(([, raw]) => checkSettings(definition, raw).status === 'valid');
      ensureEqual(
        accepted.map(([reason]) => reason),
        [],
        'These settings must be refused.',
      );
    },
  },
  {
    id: 'settings-described',
    area: 'settings',
    states: 'describes every setting',
    needs: [],
    async test(subject) {
      const bare = settingsOf(subject).filter(
        ({ schema }) => (schema.description ?? '').trim().length < 10,
      );
      ensureEqual(
        bare.map(({ path }) => path),
        [],
        'These settings have no description.',
      );
    },
  },
  {
    id: 'settings-defaults-fit',
    area: 'settings',
    states: 'would accept its own defaults',
    needs: [],
    async test(subject) {
      const unfit = settingsOf(subject).filter(
        ({ schema }) =>
          schema.default !== undefined && checkAlone(schema, schema.default) === undefined,
      );
      ensureEqual(
        unfit.map(({ path }) => path),
        [],
        'The defaults of these settings would be refused.',
      );
    },
  },
  {
    id: 'settings-spelled',
    area: 'settings',
    states: 'takes numbers and truth values in quotes for what they mean',
    needs: [],
    async test(subject) {
      for (const { path, schema } of settingsOf(subject)) {
        const value = schema.default;
        if (typeof value !== 'number' && typeof value !== 'boolean') continue;
        if (checkAlone(schema, value) === undefined) continue;
        const taken = checkAlone(schema, String(value));
        ensureEqual(taken, value, `The setting ${path} takes its default in quotes for text.`);
      }
    },
  },
  {
    id: 'settings-secrets-marked',
    area: 'settings',
    states: 'marks settings that are secret, so that they cannot be printed',
    needs: [],
    async test(subject) {
      const open = settingsOf(subject).filter(
        ({ name, schema }) => soundsSecret.test(name) && isPlainText(schema),
      );
      ensureEqual(
        open.map(({ path }) => path),
        [],
        'These settings are named like secrets and are not marked.',
      );
      const { secret } = subject;
      if (secret === undefined) return;
      const settings = readSettings(subject.definition, await subject.unreachable());
      ensure(!showError(settings).includes(secret), 'Settings show a secret when printed.');
    },
  },
];

/** For {@link settingsCases} and the README: paths of all settings. */
export function settingPaths(subject: ConnectorSubject): readonly string[] {
  return settingsOf(subject).map(({ path }) => path);
}
