import { CodedError } from '../../config/index.ts';

/** What keeps a job or one of its tasks from running. */
export class JobError extends CodedError {}
