/** Risks that come and go under a supposition, owner by owner and in all. */
import type { Model, Position, Risk } from '../../../config/index.ts';
import type { Comparison, OwnerDifference } from '../compare-outcomes.ts';
/** A risk that some would have who have it not, or the other way round. */
export interface SimulatedRisk {
  readonly risk: string;
  readonly name: string;
  readonly level: number;
  readonly exemption: string;
  /** How many owners it would come to, and from how many it would go. */
  readonly gains: number;
  readonly loses: number;
}

/** The rule is the declaration of the risk. */
interface RiskEffect {
  readonly kind: 'risk';
  readonly change: 'gains' | 'loses';
  readonly item: string;
  readonly property: null;
  readonly before: string | null;
  readonly after: string | null;
  readonly rules: readonly (Position & {
    readonly element: string;
    readonly side: 'before' | 'after';
  })[];
}

/** Of one owner, by ascending identifier. */
export function compareRisks(
  model: { readonly before: Model; readonly after: Model },
  { risks: { before, after } }: OwnerDifference,
): readonly RiskEffect[] {
  const effect = (risk: string, side: 'before' | 'after'): RiskEffect => {
    const declared = model[side].risks.get(risk);
    const text = declared === undefined ? risk : `level ${declared.level}`;
    return {
      kind: 'risk',
      change: side === 'after' ? 'gains' : 'loses',
      item: risk,
      property: null,
      before: side === 'before' ? text : null,
      after: side === 'after' ? text : null,
      rules: declared === undefined ? [] : [{ element: 'Risk', ...declared.at, side }],
    };
  };
  return [
    ...before.filter((risk) => !after.includes(risk)).map((risk) => effect(risk, 'before')),
    ...after.filter((risk) => !before.includes(risk)).map((risk) => effect(risk, 'after')),
  ];
}

/** Counts owners by risk. */
export class RiskTally {
  readonly #counts = new Map<string, { gains: number; loses: number }>();
  readonly #find: (risk: string) => Risk | undefined;

  constructor({ before, after }: Pick<Comparison, 'before' | 'after'>) {
    this.#find = (risk) =>
      after.workspace.model.risks.get(risk) ?? before.workspace.model.risks.get(risk);
  }

  add({ kind, change, item }: Record<'kind' | 'change' | 'item', string>): void {
    if (kind !== 'risk' || (change !== 'gains' && change !== 'loses')) return;
    const known = this.#counts.get(item) ?? { gains: 0, loses: 0 };
    known[change] += 1;
    this.#counts.set(item, known);
  }

  list(): readonly SimulatedRisk[] {
    return [...this.#counts]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([risk, counts]) => {
        const declared = this.#find(risk);
        return {
          risk,
          name: declared?.displayName ?? risk,
          level: declared?.level ?? 0,
          exemption: declared?.exemption ?? '',
          ...counts,
        };
      })
      .sort((left, right) => right.level - left.level);
  }
}
