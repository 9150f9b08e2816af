import { CodedError } from '../../config/index.ts';

/** What keeps a decision from being taken. */
export class DecisionError extends CodedError {}
