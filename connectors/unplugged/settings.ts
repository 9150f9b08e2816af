/** A connection to nothing: whatever it needs stands elsewhere. */
import Type, { type Static } from 'typebox';

export const unpluggedSettings = Type.Object({}, { additionalProperties: false });
export type UnpluggedSettings = Static<typeof unpluggedSettings>;
