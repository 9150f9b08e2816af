/** The risks of one owner, with what memberships bring; and whether something else it would hold brings more of them. */
import type { Deduction } from './deduce-roles.ts';
import { findIndirect, foreseeIndirect, indirectRulesOf } from './indirect-permissions.ts';
import { identifyRisks, risksOf } from './risks.ts';
import type {
  AssignedResourceType,
  IdentifiedRisk,
  IndirectLink,
  IndirectPermission,
} from './types.ts';

/**
 * `null`: none is declared for such owners.
 *
 * @param held links that are held indirectly
 */
export function risksOfOwner(
  { model, state, matches, options }: Deduction,
  rows: readonly AssignedResourceType[],
  held: readonly IndirectPermission[],
): readonly IdentifiedRisk[] | null {
  const { owner } = state;
  const declared = risksOf(model, owner.entityType);
  if (declared.length === 0) return null;
  const about = { model, matches, now: options.now };
  const present = held.map(asPresent);
  const foresees = options.foreseesIndirect === true && options.freezesIndirect !== true;
  const indirect = foresees ? [...present, ...foreseeIndirect(about, owner, rows)] : present;
  return identifyRisks(about, declared, { rows, indirect });
}

/**
 * Whether what is held afterwards, once all of it is delivered, is a risk that asks for more than a remark and that what was
 * held before is not. Throws where what is held indirectly cannot be computed.
 */
export function bringsGraveRisk(
  deduction: Deduction,
  before: readonly AssignedResourceType[],
  after: readonly AssignedResourceType[],
): boolean {
  const { model, matches, options } = deduction;
  const grave = graveRisksOf(deduction);
  const identify = (rows: readonly AssignedResourceType[]): readonly IdentifiedRisk[] => {
    const indirect = foreseenLinks(deduction, rows);
    return identifyRisks({ model, matches, now: options.now }, grave, { rows, indirect });
  };
  const present = new Set(identify(before).map(({ risk }) => risk));
  return identify(after).some(({ risk }) => !present.has(risk));
}

/** Risks that an approval by a rule does not pass. */
export function graveRisksOf({ model, state }: Deduction): ReturnType<typeof risksOf> {
  return risksOf(model, state.owner.entityType).filter((risk) => risk.exemption !== 'Warning');
}

/** What an owner who holds this has indirectly, and will have once all of it is delivered. */
function foreseenLinks(
  { model, state, matches, options }: Deduction,
  rows: readonly AssignedResourceType[],
): readonly IndirectLink[] {
  const { owner, indirect = [] } = state;
  if (options.freezesIndirect === true) return indirect.map(asPresent);
  if (indirectRulesOf(model, owner.entityType).length === 0) return [];
  const about = { model, matches, now: options.now };
  const present = findIndirect(about, owner.entityType, rows).map(asPresent);
  return [...present, ...foreseeIndirect(about, owner, rows)];
}

function asPresent({
  resourceType,
  property,
  linkedId,
  through,
  targetId,
}: IndirectPermission): IndirectLink {
  return { resourceType, property, linkedId, through, targetId, isPresent: true };
}
