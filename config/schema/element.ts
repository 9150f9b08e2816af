/** How an element of the vocabulary is described. */
import { type Attribute, type AttributeType, type Effect, optionalChoice } from './attribute.ts';
import { consolidationMode } from './enumerations.ts';

export interface Element<A extends readonly Attribute[] = readonly Attribute[]> {
  readonly name: string;
  readonly doc: string;
  /** `not-yet-used`: recognised, checked unless open, and without effect in this version. */
  readonly status: 'used' | 'not-yet-used';
  /**
   * Why an element of no effect may well have none: it is about something this program does not do, or does elsewhere.
   * Absent where the engine would do something else if it read the element.
   */
  readonly why?: string;
  readonly attributes: A;
  /** Texts written once per language: `DisplayName` stands for `DisplayName_L1` … `DisplayName_L16`. */
  readonly localized: readonly LocalizedText[];
  /** Families numbered in base32hex: `D` stands for `D0` … `D3V`. */
  readonly numbered: readonly NumberedFamily[];
  readonly children: readonly Element[];
  /** Attributes that tell two elements apart; `Identifier` where there is one. */
  readonly key: readonly string[];
  /** Elements of one scope may not share an identifier; the element's name unless stated. */
  readonly scope: string;
  readonly isIdentifierCaseInsensitive: boolean;
  /** Accepts attributes and children that are not listed: packages of others read them. */
  readonly isOpen: boolean;
}

export interface LocalizedText {
  readonly name: string;
  readonly doc: string;
  readonly isRequired: boolean;
}

export interface NumberedFamily {
  readonly letter: 'D' | 'L' | 'B' | 'P' | 'R' | 'C' | 'I';
  readonly type: AttributeType;
  readonly doc: string;
  readonly effect: Effect;
}

type Described<A extends readonly Attribute[]> = Partial<Element<A>> & {
  readonly name: string;
  readonly doc: string;
};

/** Fills in what most elements leave at its default. */
export function defineElement<const A extends readonly Attribute[] = readonly []>(
  described: Described<A>,
): Element<A> {
  return {
    status: 'used',
    // The cast holds: `A` is the empty tuple exactly when no attributes were given.
    attributes: [] as readonly Attribute[] as A,
    localized: [],
    numbered: [],
    children: [],
    key: ['Identifier'],
    scope: described.name,
    isIdentifierCaseInsensitive: false,
    isOpen: false,
    ...described,
  };
}

/** The value of each attribute, defaults filled in: `Values<typeof connector>['IsDeactivated']` is `boolean`. */
export type Values<E extends Element> = {
  readonly [A in E['attributes'][number] as A['name']]: A extends Attribute<string, infer V>
    ? V
    : never;
};

export function localized(name: 'DisplayName' | 'Description', isRequired: boolean): LocalizedText {
  const what = name === 'DisplayName' ? 'Name shown to people' : 'Description shown to people';
  return localizedText(name, what, isRequired);
}

/** A text written once per language; `what` is a noun without a full stop. */
export function localizedText(name: string, what: string, isRequired = false): LocalizedText {
  return { name, isRequired, doc: `${what}, one attribute per language; \`_L1\` is the default.` };
}

export const displayName: readonly LocalizedText[] = [localized('DisplayName', true)];
export const optionalDisplayName: readonly LocalizedText[] = [localized('DisplayName', false)];

/** Attributes that any element may have. */
export const commonAttributes: readonly Attribute[] = [
  optionalChoice(
    'ConsolidationMode',
    consolidationMode,
    'How an element written by hand meets a generated one of its name: `Merge` has attributes and children of both, and the written ones win; `Update` its own attributes and the generated children; `Delete` removes it. Without a mode it replaces it.',
  ),
];

/** An attribute's description, found by the name written in a file. */
export interface FoundAttribute {
  readonly attribute: Attribute;
  /** The name as the vocabulary spells it: digits of a numbered family in upper case. */
  readonly canonicalName: string;
  readonly slot?: number;
}

const localizedPattern = /^(\w+)_L([1-9]|1[0-6])$/;
const numberedPattern = /^([A-Z])(0|[1-9A-V]|[1-3][0-9A-V]|4[0-9A-O])$/i;
const lastSlot = 127;

/** Finds the description of an attribute written as `name`, families included. */
export function findAttribute(element: Element, name: string): FoundAttribute | undefined {
  const plain =
    element.attributes.find((each) => each.name === name) ??
    commonAttributes.find((each) => each.name === name);
  if (plain !== undefined) return { attribute: plain, canonicalName: name };
  const language = localizedPattern.exec(name);
  const text = element.localized.find((candidate) => candidate.name === language?.[1]);
  if (text !== undefined) {
    const attribute: Attribute = {
      name,
      type: { kind: 'text' },
      isRequired: false,
      doc: text.doc,
      effect: language?.[2] === '1' ? 'used' : 'none',
    };
    return { attribute, canonicalName: name };
  }
  const numbered = numberedPattern.exec(toNumberedName(name));
  const family = element.numbered.find((candidate) => candidate.letter === numbered?.[1]);
  if (family === undefined || numbered === null) return undefined;
  const digits = (numbered[2] ?? '').toUpperCase();
  const slot = Number.parseInt(digits, 32);
  if (slot > lastSlot && family.letter !== 'I') return undefined;
  const canonicalName = `${family.letter}${digits}`;
  const { type, doc, effect } = family;
  return {
    attribute: { name: canonicalName, type, isRequired: false, doc, effect },
    canonicalName,
    slot,
  };
}

/** Storage columns of navigation start where those of values end; all other families start at 0. */
export function firstSlotOf(family: NumberedFamily): number {
  return family.letter === 'I' ? lastSlot + 1 : 0;
}

export function slotCountOf(family: NumberedFamily): number {
  return family.letter === 'I' ? 25 : lastSlot + 1;
}

/** `Dimension1` is an older spelling of `D1`; its number is decimal. */
function toNumberedName(name: string): string {
  const older = /^Dimension(\d{1,3})$/.exec(name);
  return older === null ? name : `D${slotDigits(Number(older[1]))}`;
}

/** Base32hex digits of a slot: 10 is `A`, 32 is `10`. */
export function slotDigits(slot: number): string {
  return slot.toString(32).toUpperCase();
}

/** Names a file may use, for suggestions. */
export function attributeNames(element: Element): readonly string[] {
  return [
    ...element.attributes.map((attribute) => attribute.name),
    ...element.localized.map((text) => `${text.name}_L1`),
  ];
}
