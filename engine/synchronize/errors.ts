import { CodedError } from '../../config/index.ts';

/** What keeps a prepared session from being loaded. */
export class SynchronizeError extends CodedError {}
