import { CodedError } from '../../config/index.ts';

/** What keeps exported files from being prepared. */
export class PrepareError extends CodedError {}
