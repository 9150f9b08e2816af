/** Guards of the model, from declarations that have passed all checks. */
import type { Names } from '../check-names.ts';
import { valuesOf } from '../schema/declare.ts';
import { sourceGuard } from '../schema/guard-elements.ts';
import { positionOf } from '../source/element-tree.ts';
import type { SourceGuard } from '../source-guard.ts';

export function buildSourceGuards(names: Names): readonly SourceGuard[] {
  return names.all(sourceGuard.name).map((declared) => {
    const values = valuesOf(declared, sourceGuard);
    const { ConnectionTable: table, StaleAfterHours: hours } = values;
    return {
      connector: values.Connector,
      ...(table === undefined ? {} : { connectionTable: table }),
      minimumRows: values.MinimumRows,
      maxShrinkPercent: values.MaxShrinkPercent,
      maxNullKeyPercent: values.MaxNullKeyPercent,
      driftAction: values.DriftAction,
      oldSourceAction: values.OldSourceAction,
      ...(hours === undefined ? {} : { staleAfterHours: hours }),
      at: positionOf(declared.source),
    };
  });
}
