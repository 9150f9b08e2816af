import { CodedError } from '../config/index.ts';

/** What the command line itself refuses, or what it says in place of a failure nobody foresaw. */
export class CliError extends CodedError {}
