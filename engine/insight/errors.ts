import { CodedError } from '../../config/index.ts';

/** A question that names something the configuration or the store does not have. */
export class InsightError extends CodedError {}
