/**
 * Changes of values without reading the entry first, which would cost as much as writing it. The server compares: one modify
 * deletes the value that the order expects and adds the new one, under the assertion that the entry is the one of the order and
 * holds just what is expected, compared by every letter. When it does not, nothing has been written, and the entry is read.
 */
import type { Filter } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { ProvisioningOrder } from '../../order.ts';
import { parseDn } from '../session/dn.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import { equals } from '../session/filter.ts';
import type { LdapResult, RawEntry } from '../session/protocol.ts';
import { type DirectorySchema, findExactRule } from '../session/schema.ts';
import { assertThat, isAbsent, matches } from './assertion.ts';
import { type AttributeWish, change, encodeName, holds } from './attribute-changes.ts';
import { askForBefore, readBefore } from './read-before.ts';
import { encodeValue, readValues } from './scalar-values.ts';
import type { TargetPlan } from './target-plan.ts';
import { telling } from './telling.ts';
import { collectWishes } from './wishes.ts';
import type { Workbench } from './workbench.ts';

/** One attribute: the text it should hold and the one it gets; `null` is none. */
interface Step {
  readonly wish: AttributeWish;
  readonly attribute: string;
  readonly rule: string;
  readonly former: string | null;
  readonly wanted: string | null;
}

interface UnreadPlan {
  readonly dn: string;
  /** What makes the entry at that name the one of the order. */
  readonly identity: readonly Filter[];
  readonly steps: readonly Step[];
}

/** False: nothing has been written, because it takes a look at the entry. */
export async function writeUnread(order: ProvisioningOrder, bench: Workbench): Promise<boolean> {
  const { locks, unread } = bench;
  const planned = unread.isWorthTrying ? tryPlan(order, bench) : undefined;
  if (planned === undefined) return false;
  const isWritten = await locks.run([planned.dn], async () => {
    const result = await modifyUnread(planned, bench);
    if (result === undefined) return false;
    const before = readBefore(result);
    if (before === undefined || planned.steps.every((step) => isAsExpected(step, before))) {
      return true;
    }
    await putBack(planned, before, bench);
    return false;
  });
  unread.count(isWritten);
  return isWritten;
}

/** `undefined`: the server has changed nothing. */
async function modifyUnread(
  { dn, identity, steps }: UnreadPlan,
  { session }: Workbench,
): Promise<LdapResult | undefined> {
  try {
    return await session.modify(dn, steps.flatMap(toChanges), [
      assertThat([...identity, ...steps.map((step) => holdsText(step, step.former))]),
      askForBefore(steps.map(({ attribute }) => attribute)),
    ]);
  } catch (error) {
    if (asksForLook.has(resultCodeOf(error))) return undefined;
    throw error;
  }
}

/** The entry is another one or has gone, holds other values, or the server does not compare in this way. */
const asksForLook: ReadonlySet<number | undefined> = new Set([
  resultCodes.unavailableCriticalExtension,
  resultCodes.noSuchAttribute,
  resultCodes.inappropriateMatching,
  resultCodes.attributeOrValueExists,
  resultCodes.noSuchObject,
  resultCodes.assertionFailed,
]);

/** What cannot be written at all is told by those who look. */
function tryPlan(order: ProvisioningOrder, bench: Workbench): UnreadPlan | undefined {
  try {
    return planUnread(order, bench);
  } catch (error) {
    if (error instanceof ConnectorError) return undefined;
    throw error;
  }
}

function planUnread(order: ProvisioningOrder, { plan, schema }: Workbench): UnreadPlan | undefined {
  const dn = plan.dnProperty === undefined ? null : order.resource?.values[plan.dnProperty];
  if (!dn || order.isInDoubt === true || order.password !== undefined) return undefined;
  if (touchesName(order, plan, dn) || touchesLists(order, plan)) return undefined;
  const steps: Step[] = [];
  for (const wish of collectWishes(order, plan)) {
    const step = planStep(wish, schema);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  const attributes = new Set(steps.map(({ attribute }) => attribute.toLowerCase()));
  const hasChange = steps.some(({ former, wanted }) => former !== wanted);
  if (!hasChange || attributes.size < steps.length) return undefined;
  const identity: Filter[] = [];
  for (const key of plan.keys) {
    const value = order.resource?.values[key.property];
    if (!key.isPrimary || !value) continue;
    const [encoded] = encodeValue(key, value);
    if (encoded === undefined || encoded.includes(0)) return undefined;
    identity.push(equals(key.column.attribute, encoded));
  }
  return { dn, identity, steps };
}

/** Orders that name the entry, or change a value that its name holds. */
function touchesName(order: ProvisioningOrder, plan: TargetPlan, dn: string): boolean {
  const naming = new Set((parseDn(dn)[0] ?? []).map(({ type }) => type.toLowerCase()));
  const properties = [plan.dnProperty, plan.parentProperty, plan.namingProperty];
  return order.changes.some(
    ({ property }) =>
      properties.includes(property) ||
      naming.has(plan.scalars.get(property)?.column.attribute.toLowerCase() ?? ''),
  );
}

/** Lists change value by value, and those of other entries need to know who is put into them. */
function touchesLists({ changes }: ProvisioningOrder, plan: TargetPlan): boolean {
  return changes.some(
    ({ kind, property }) =>
      kind !== 'set' && (kind !== 'link' || plan.links.get(property)?.writes !== 'own'),
  );
}

/** `undefined` for what has to be seen: lists, bits, bytes, and values that the server does not compare by every letter. */
function planStep(wish: AttributeWish, schema: DirectorySchema): Step | undefined {
  if (wish.expected === undefined) return undefined;
  if (wish.kind === 'scalar') {
    const { column, separator } = wish.scalar;
    if (column.isBit || column.isBinary || column.isJoined || separator !== undefined)
      return undefined;
  }
  const attribute = wish.kind === 'scalar' ? wish.scalar.column.attribute : wish.attribute;
  const rule = findExactRule(schema, attribute);
  const former = encodeText(wish, wish.expected);
  const wanted = encodeText(wish, wish.value);
  if (rule === undefined || former?.includes('\0') === true) return undefined;
  return { wish, attribute, rule, former, wanted };
}

function encodeText(wish: AttributeWish, value: string | null): string | null {
  const values = wish.kind === 'scalar' ? encodeValue(wish.scalar, value) : encodeName(value);
  return values[0]?.toString('utf8') ?? null;
}

function toChanges({ attribute, former, wanted }: Step) {
  if (former === wanted) return [];
  const part = (operation: 'delete' | 'add', text: string | null) =>
    text === null ? [] : [change(operation, attribute, [Buffer.from(text, 'utf8')])];
  return [...part('delete', former), ...part('add', wanted)];
}

function holdsText({ attribute, rule }: Step, text: string | null): Filter {
  return text === null ? isAbsent(attribute) : matches(attribute, rule, text);
}

/** The strictest rules overlook spaces and Unicode forms, and no filter tells that there is a second value. */
function isAsExpected({ wish, attribute, former }: Step, before: RawEntry): boolean {
  const values = readValues(before, attribute);
  // The server has compared what this login may not read.
  if (values.length === 0) return true;
  return former !== null && values.length === 1 && holds(wish, values, wish.expected ?? null);
}

/** Somebody else had written what the server takes for the same, or a second value: theirs is there again before it is judged. */
async function putBack(
  { dn, steps }: UnreadPlan,
  before: RawEntry,
  { session }: Workbench,
): Promise<void> {
  const written = steps.filter(({ former, wanted }) => former !== wanted);
  const changes = written.map(({ attribute, former }) => {
    const name = attribute.toLowerCase();
    const read = before.attributes.find(({ type }) => type.toLowerCase() === name)?.values;
    return change('replace', attribute, read ?? (former === null ? [] : [Buffer.from(former)]));
  });
  const ours = written.flatMap((step) =>
    step.wanted === null ? [] : [holdsText(step, step.wanted)],
  );
  const controls = ours.length === 0 ? [] : [assertThat(ours)];
  await telling(`"${dn}" held other values than were expected, and ours have been written.`, () =>
    session.modify(dn, changes, controls),
  );
}
