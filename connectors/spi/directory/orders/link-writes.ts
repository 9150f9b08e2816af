/** Which lists an order changes, of the entry itself and of the entries it is linked to. */
import { ConnectorError } from '../../errors.ts';
import type { LinkedResource, ProvisioningOrder } from '../../order.ts';
import { readTexts } from '../entries/entry-values.ts';
import { dnKey } from '../session/dn.ts';
import type { RawEntry } from '../session/protocol.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import { findDn } from './locate.ts';
import type { MemberWrite } from './membership.ts';
import { readValues } from './scalar-values.ts';
import type { LinkPlan, TargetPlan } from './target-plan.ts';

export interface LinkWrite {
  readonly side: 'own' | 'linked';
  readonly write: MemberWrite;
  /** Finds the DN of the linked entry, where the order does not tell it. */
  readonly resolve?: (session: LdapSession, settings: DirectorySettings) => Promise<string>;
}

/** The value of the entry that stands in lists of others: its DN, or that of a property. */
export type ReadOwnValue = (property: string | undefined) => string;

interface Draft {
  readonly link: LinkPlan;
  readonly linked: LinkedResource;
  readonly isAdded: boolean;
}

/** All lists an order changes, one write per list. */
export function planLinkWrites(
  order: ProvisioningOrder,
  plan: TargetPlan,
  ownDn: string,
  readOwnValue: ReadOwnValue = () => ownDn,
): readonly LinkWrite[] {
  const writes = new Map<string, LinkWrite>();
  for (const { link, linked, isAdded } of listDrafts(order, plan)) {
    const next =
      link.writes === 'own'
        ? writeOwnList(link, linked, ownDn)
        : writeLinkedList(link, linked, readOwnValue(link.ownValueProperty));
    const known = writes.get(next.key);
    const added = [...(known?.write.added ?? []), ...(isAdded ? [next.value] : [])];
    const removed = [...(known?.write.removed ?? []), ...(isAdded ? [] : [next.value])];
    writes.set(next.key, {
      side: link.writes,
      write: {
        dn: next.dn,
        attribute: link.attribute,
        added: [...new Set(added)],
        // What an order removes and adds stays.
        removed: [...new Set(removed)].filter((value) => !added.includes(value)),
        ...(plan.placeholderMember === undefined ? {} : { placeholder: plan.placeholderMember }),
      },
      ...(next.resolve === undefined ? {} : { resolve: next.resolve }),
    });
  }
  return [...writes.values()].filter(
    ({ write }) => write.added.length > 0 || write.removed.length > 0,
  );
}

/** The text that stands for the entry in the lists of others. */
export function findOwnValue(
  entry: RawEntry,
  plan: TargetPlan,
  property: string | undefined,
): string {
  if (property === undefined) return entry.dn;
  const scalar = plan.scalars.get(property);
  const values = scalar === undefined ? [] : readValues(entry, scalar.column.attribute);
  const [text] = readTexts(values, scalar?.column ?? { isBinary: false, isName: false }).texts;
  if (text !== undefined) return text;
  throw new ConnectorError(
    'invalid-value',
    `"${entry.dn}" cannot be put into a list: it has no value for "${property}".`,
    { hint: 'Give the property a value first.', details: { property } },
  );
}

function* listDrafts(order: ProvisioningOrder, plan: TargetPlan): Generator<Draft> {
  for (const change of order.changes) {
    const link = change.kind === 'set' ? undefined : plan.links.get(change.property);
    if (link === undefined) continue;
    if (change.kind === 'add') yield { link, linked: change.value, isAdded: true };
    if (change.kind === 'remove') yield { link, linked: change.value, isAdded: false };
    // A link to one entry that this entry holds itself is one of its values.
    if (change.kind !== 'link' || link.writes === 'own') continue;
    if (change.expected) yield { link, linked: change.expected, isAdded: false };
    if (change.value !== null) yield { link, linked: change.value, isAdded: true };
  }
}

interface Placed {
  readonly key: string;
  readonly dn: string;
  readonly value: string;
  readonly resolve?: LinkWrite['resolve'];
}

function writeOwnList(link: LinkPlan, linked: LinkedResource, ownDn: string): Placed {
  return {
    key: `own:${link.attribute.toLowerCase()}`,
    dn: ownDn,
    value: requireValue(link, linked, link.linkedProperty),
  };
}

function writeLinkedList(link: LinkPlan, linked: LinkedResource, ownValue: string): Placed {
  const attribute = link.attribute.toLowerCase();
  if (link.linkedDnProperty !== undefined) {
    const dn = requireValue(link, linked, link.linkedDnProperty);
    return { key: `linked:${attribute}:${dnKey(dn)}`, dn, value: ownValue };
  }
  const value = requireValue(link, linked, link.linkedProperty);
  return {
    key: `linked:${attribute}:${link.linkedColumn}=${value}`,
    dn: '',
    value: ownValue,
    resolve: async (session, settings) => {
      const dn = await findDn(session, link.linkedColumn, value, settings);
      if (dn !== undefined) return dn;
      throw new ConnectorError(
        'not-found',
        `The entry that "${link.property}" leads to is not in the directory.`,
        { hint: 'Export the directory again.', details: { property: link.property } },
      );
    },
  };
}

function requireValue(link: LinkPlan, linked: LinkedResource, property: string): string {
  const value = linked.values[property];
  if (value) return value;
  throw new ConnectorError(
    'invalid-value',
    `The resource that "${link.property}" leads to has no value for "${property}".`,
    {
      hint: 'It may not exist in the directory yet; run the order again after the next export.',
      details: { property: link.property, linkedProperty: property },
    },
  );
}
