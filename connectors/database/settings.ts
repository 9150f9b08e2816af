/** A connection to the store itself has no settings. */
import Type, { type Static } from 'typebox';

export const databaseSettings = Type.Object({}, { additionalProperties: false });
export type DatabaseSettings = Static<typeof databaseSettings>;
