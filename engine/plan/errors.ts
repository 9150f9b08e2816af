import { CodedError } from '../../config/index.ts';

/** What keeps a plan from being made, read or applied. */
export class PlanError extends CodedError {}
