/** Outputs of commands about settings and secrets. No value of a setting is in any of them, but for what was just made. */
import { count, flag, list, nullable, object, text, timestamp } from './parts.ts';

const placePart = object({ layer: text, place: text });

export const secretOutputs = {
  'settings list': object({
    layers: list(text),
    settings: list(
      object({ key: text, layer: text, place: text, holds: text, shadows: list(placePart) }),
    ),
    warnings: list(object({ code: text, message: text })),
  }),
  'connection set': object({ connection: text, key: text, file: nullable(text), isDryRun: flag }),
  'protect file': object({ input: text, output: text, values: count, isDryRun: flag }),
  'protect value': object({ values: list(text) }),
  'protect certificate-password': object({
    file: text,
    setting: text,
    isVerified: flag,
    isDryRun: flag,
  }),
  'protect new-certificate': object({
    file: text,
    name: text,
    expiresAt: timestamp,
    hasPassword: flag,
    isDryRun: flag,
  }),
  'protect encrypt': object({
    files: list(object({ input: text, output: nullable(text) })),
    isDryRun: flag,
  }),
  'protect decrypt': object({
    files: list(object({ input: text, output: nullable(text) })),
    isDryRun: flag,
  }),
  'protect openid-secret': object({ secret: nullable(text), hashedSecret: text }),
};
