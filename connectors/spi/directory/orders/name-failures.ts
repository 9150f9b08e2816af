/** What it means that a name cannot be given. */
import { ConnectorError } from '../../errors.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import type { NewName } from './naming.ts';

/** The failure of adding or renaming, in terms of the name; others come back as they are. */
export function describeAddFailure(error: unknown, name: NewName): unknown {
  switch (resultCodeOf(error)) {
    case resultCodes.entryAlreadyExists:
      return new ConnectorError(
        'already-exists',
        `The directory already has an entry "${name.dn}".`,
        {
          hint: 'Let it be correlated with its owner, or choose another name.',
          cause: error,
          details: { dn: name.dn },
        },
      );
    case resultCodes.noSuchObject:
      return missingParent(name, error);
    default:
      return error;
  }
}

/** The entry above the name is not there. */
export function missingParent(name: NewName, cause: unknown): ConnectorError {
  return new ConnectorError(
    'not-found',
    `"${name.parent}", below which "${name.dn}" should be, is not in the directory.`,
    {
      hint: 'Create the container first, or correct the rule that computes the name.',
      cause,
      details: { dn: name.dn, parent: name.parent },
    },
  );
}
