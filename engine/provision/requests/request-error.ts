import { CodedError } from '../../../config/index.ts';

/** Why something cannot be asked for. */
export class RequestError extends CodedError {}
