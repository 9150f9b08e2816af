/** The assertion control (RFC 4528): the server compares, and changes nothing unless all is so. https://www.rfc-editor.org/rfc/rfc4528 */
import {
  BerWriter,
  Control,
  ExtensibleFilter,
  type Filter,
  NotFilter,
  PresenceFilter,
} from 'ldapts';
import { allOf, requireAttribute } from '../session/filter.ts';

const assertionOid = '1.3.6.1.1.12';

/** Whether a server can be asked to assert; `controls` as announced in its root entry. */
export function canAssert(controls: ReadonlySet<string>): boolean {
  return controls.has(assertionOid);
}

/** All of these must hold when the server gets to it; for servers that announce the control. */
export function assertThat(filters: readonly Filter[]): Control {
  return new AssertionControl(allOf(filters));
}

/** An attribute has no value. */
export function isAbsent(attribute: string): Filter {
  return new NotFilter({ filter: new PresenceFilter({ attribute }) });
}

/** One value of an attribute is this text by a rule of its own choice, given by its number. */
export function matches(attribute: string, rule: string, value: string): Filter {
  return new ExtensibleFilter({ matchType: requireAttribute(attribute), rule, value });
}

class AssertionControl extends Control {
  readonly #filter: Filter;

  constructor(filter: Filter) {
    super(assertionOid, { critical: true });
    this.#filter = filter;
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    this.#filter.write(value);
    writer.writeBuffer(value.buffer, 0x04);
  }
}
