/** What a script gets on its standard input: its options and, where it sets passwords, those of its orders. One line of JSON. */
import Type from 'typebox';
import type { ProvisioningOrder } from '../order.ts';
import type { Secret } from '../secret.ts';
import { secretText } from '../settings.ts';
import { escapeNonAscii } from './redaction.ts';

export type ScriptOptions = Readonly<Record<string, Secret>>;

/** Settings that all packages with scripts have. */
export const scriptOptions = Type.Optional(
  Type.Record(Type.String(), secretText('One option of the script.'), {
    description:
      'Texts the script gets as one line of JSON on its standard input: passwords belong here. Nothing is sent without this section.',
  }),
);

export const scriptEnvironment = Type.Optional(
  Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), Type.String(), {
    additionalProperties: false,
    description:
      'Variables the script finds in its environment, besides those that every program needs. No secrets: other programs may see them.',
  }),
);

/** Settings of packages whose scripts are handed files of orders. */
export const orderScriptSettings = {
  OrdersAtOnce: Type.Integer({
    default: 50,
    minimum: 1,
    maximum: 100,
    description: 'Most orders one start of the script gets.',
  }),
  TimeoutSeconds: Type.Number({
    default: 300,
    exclusiveMinimum: 0,
    maximum: 86_400,
    description: 'Most seconds between two results; a script that gives none for longer is ended.',
  }),
  IsRepeatable: Type.Boolean({
    default: false,
    description:
      'The script ends in the same place when it gets an order twice: orders it was interrupted at are given to it again by themselves. false leaves them to a person.',
  }),
};

/** Input of the script, and all that must not show in its output. */
export interface ScriptInput {
  /** Absent: nothing is sent. */
  readonly input?: string;
  readonly secrets: readonly string[];
}

/** Under this name passwords stand, by `AssignedResourceTypeId`. */
export const passwordsName = 'OrderPasswords';

export function formatScriptInput(
  options: ScriptOptions | undefined,
  orders: readonly ProvisioningOrder[] = [],
  sendsPasswords = false,
): ScriptInput {
  const texts = Object.entries(options ?? {}).map(
    ([name, secret]) => [name, secret.reveal()] as const,
  );
  const passwords = sendsPasswords
    ? orders.flatMap(({ assignedResourceTypeId, password }) =>
        password === undefined
          ? []
          : [
              [
                assignedResourceTypeId,
                { Value: password.value.reveal(), MustChange: password.mustChange },
              ] as const,
            ],
      )
    : [];
  const secrets = [...texts.map(([, text]) => text), ...passwords.map(([, { Value }]) => Value)];
  if (options === undefined && !sendsPasswords) return { secrets };
  const content = Object.fromEntries<unknown>([
    ...texts,
    ...(sendsPasswords ? [[passwordsName, Object.fromEntries(passwords)] as const] : []),
  ]);
  // Every console encoding reads ASCII alike.
  return { input: `${escapeNonAscii(JSON.stringify(content))}\n`, secrets };
}
