/** A manual connection has no settings: people do the work. */
import Type, { type Static } from 'typebox';

export const manualSettings = Type.Object({}, { additionalProperties: false });
export type ManualSettings = Static<typeof manualSettings>;
