import { CodedError } from '../../../config/index.ts';

/** What keeps a password from being replaced. Thrown before anything is changed. */
export class PasswordError extends CodedError {}
