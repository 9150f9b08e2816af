import { CodedError } from '../../config/index.ts';

/** What keeps a tool from doing its work on a file; nothing has been written then. */
export class FileToolError extends CodedError {}
