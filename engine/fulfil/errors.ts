import { CodedError } from '../../config/index.ts';

/** What keeps orders from being carried out, or a ticket from being closed. */
export class FulfilError extends CodedError {}
