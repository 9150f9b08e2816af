/** One promise of the contract, as something that can be run. */
import type { ConnectorSubject } from './subject.ts';

/** What a package must be able to do for a case to mean anything. */
type Ability = 'export' | 'changes' | 'fulfil';

export interface ContractCase {
  /** Short name, in small letters with dashes; what `skips` and `--only` name. */
  readonly id: string;
  readonly area:
    | 'settings'
    | 'connection'
    | 'reading'
    | 'values'
    | 'changes'
    | 'orders'
    | 'links'
    | 'written values'
    | 'life'
    | 'silence'
    | 'trouble'
    | 'surroundings'
    | 'documents';
  /** What holds, in the present: the rest of a sentence that begins with the package. */
  readonly states: string;
  readonly needs: readonly Ability[];
  /** Makes 100,000 objects: only run when asked for. */
  readonly isLarge?: true;
  /** Looks at what all code of the process shares: nothing else may run meanwhile. */
  readonly isAlone?: true;
  test(subject: ConnectorSubject): Promise<void>;
}

/** Whether the case means anything for the package. */
export function appliesTo(subject: ConnectorSubject, { needs }: ContractCase): boolean {
  return needs.every((ability) => isAble(subject, ability));
}

function isAble(subject: ConnectorSubject, ability: Ability): boolean {
  switch (ability) {
    case 'export':
      return subject.exporter !== undefined;
    case 'changes':
      return subject.exporter !== undefined && subject.definition.incremental === true;
    case 'fulfil':
      return subject.fulfiller !== undefined;
  }
}
