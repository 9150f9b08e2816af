/** Complete reading of one base: all tables from one search, and what is to be known of its entries for the next time. */
import type { ConnectorContext, TableBatch } from '../../package.ts';
import { noSuchBase } from '../entries/check-connection.ts';
import { addRows, batchSize, takeBatches } from '../entries/table-rows.ts';
import { describeNotLdap, resultCodeOf, resultCodes } from '../session/failure.ts';
import { parseFilter } from '../session/filter.ts';
import { MalformedMessageError } from '../session/malformed-message.ts';
import { planSearches, searchCompletely } from '../session/paging.ts';
import { decodeEntry, type RawEntry } from '../session/protocol.ts';
import { completeRanges } from '../session/ranges.ts';
import type { LdapSession } from '../session/session.ts';
import type { SessionPair } from '../session/session-pair.ts';
import type { WireEntry } from '../session/wire-entry.ts';
import type { DirectorySettings } from '../settings.ts';
import { extendedNames, plainName } from './extended-names.ts';
import type { KnownEntries } from './known-entries.ts';
import { type EntryLinks, LinkReader } from './link-reader.ts';
import type { ReplicatedTable, ReplicatedTables } from './replicated-tables.ts';
import { takeWithCommands } from './replicated-tables.ts';

/** One base being read. */
export interface BasePlace {
  readonly baseDn: string;
  readonly filter: string;
  readonly directory: DirectorySettings;
  readonly sessions: SessionPair;
  readonly tables: ReplicatedTables;
  readonly context: ConnectorContext;
}

/**
 * Rows of all tables, and entries and links into `known`. Memory: one page of entries and one batch per table, and what is
 * known. Throws a `ConnectorError` unless every page ended in success.
 */
export async function* readEverything(
  place: BasePlace,
  known: KnownEntries,
  hasCommands: boolean,
): AsyncGenerator<TableBatch, void, undefined> {
  const { baseDn, tables, context } = place;
  const session = await place.sessions.open();
  const reader = new EntryReader(place);
  try {
    for await (const item of findEntries(place, session, tables.attributes)) {
      if (item.kind === 'entries') {
        for (const entry of item.entries) {
          const { self, links } = await reader.read(entry, tables.all);
          noteEntry(known, self, links);
          for (const { plan } of tables.all) addRows(plan);
        }
        for (const { plan } of tables.all) {
          yield* hasCommands ? takeWithCommands(plan, batchSize) : takeBatches(plan, batchSize);
        }
      } else if (item.kind === 'references') {
        context.logger.debug(
          { referrals: item.urls.length },
          'references to other domains are left out',
        );
      } else {
        for (const { plan } of tables.all) {
          plan.evidence.push(`${item.entries} entries in ${item.pages} pages, result success`);
        }
      }
    }
  } catch (error) {
    throw describeReadFailure(error, session, baseDn);
  }
}

export function describeReadFailure(error: unknown, session: LdapSession, baseDn: string): unknown {
  if (error instanceof MalformedMessageError) return describeNotLdap(session.name, error);
  return resultCodeOf(error) === resultCodes.noSuchObject
    ? noSuchBase(session.name, baseDn)
    : error;
}

/** All entries of the base, with names that bring their GUIDs. */
export function findEntries(
  { baseDn, filter, directory, context }: BasePlace,
  session: LdapSession,
  attributes: readonly string[],
): ReturnType<typeof searchCompletely> {
  const plan = planSearches(directory, session);
  const spec = { baseDn, scope: 'sub', filter: parseFilter(filter), attributes } as const;
  const named = { ...plan, controls: [...plan.controls, extendedNames] };
  return searchCompletely(session, spec, named, context);
}

/** Keeps what an entry is called, that it is exported, and whom it names. */
export function noteEntry(
  known: KnownEntries,
  self: EntryLinks['self'],
  links: EntryLinks['links'],
): number {
  const id = known.note({ guid: self.guid ?? `dn:${self.dn}`, dn: self.dn });
  known.setExported(id, true);
  for (const [attribute, targets] of links) {
    known.setLinks(attribute, id, known.noteTargets(targets));
  }
  return id;
}

/** Entries into the texts of tables; lists that came in part are read to their end first. */
export class EntryReader {
  readonly #place: BasePlace;
  readonly #links: LinkReader;

  constructor(place: BasePlace) {
    this.#place = place;
    this.#links = new LinkReader(place.tables.followed);
  }

  async read(entry: WireEntry, tables: readonly ReplicatedTable[]): Promise<EntryLinks> {
    let isWhole = true;
    for (const { plan } of tables) isWhole = plan.texts.read(entry) && isWhole;
    if (isWhole) return this.#links.read(entry);
    const whole = await this.#complete(decodeEntry(entry));
    for (const { plan } of tables) plan.texts.fill(whole);
    return this.#links.readWhole(whole);
  }

  #complete(parts: RawEntry): Promise<RawEntry> {
    const { sessions } = this.#place;
    return completeRanges(parts, () => sessions.openSecond(), {
      dn: plainName(parts.dn),
      controls: [extendedNames],
    });
  }
}
