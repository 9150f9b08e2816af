/** `StringBuilder`. */
import { failed } from '../expression-error.ts';
import {
  asNumber,
  asObject,
  asText,
  charge,
  chargeText,
  type Frame,
  type Value,
  type ValueObject,
} from './runtime.ts';
import { type MethodTable, methodTable } from './signature.ts';

export class TextBuilder implements ValueObject {
  readonly isObject = true;
  #text = '';

  get text(): string {
    return this.#text;
  }

  append(frame: Frame, text: string): this {
    const joined = this.#text + text;
    // Only what is new costs: the rest was paid for when it came.
    chargeText(frame, Math.max(text.length, joined.length > 65_536 ? joined.length : 0));
    this.#text = joined;
    return this;
  }

  set(frame: Frame, text: string): this {
    chargeText(frame, text.length);
    this.#text = text;
    return this;
  }
}

function appended(suffix: string): (values: readonly Value[], frame: Frame) => Value {
  return ([builder, text], frame) =>
    asObject(builder, TextBuilder).append(frame, (typeof text === 'string' ? text : '') + suffix);
}

export const builderMethods: MethodTable = methodTable([
  ['Append', 'StringBuilder,object->StringBuilder', appended('')],
  ['AppendLine', 'StringBuilder,string?->StringBuilder', appended('\n')],
  ['AppendLine', 'StringBuilder->StringBuilder', appended('\n')],
  ['ToString', 'StringBuilder->string', ([builder]) => asObject(builder, TextBuilder).text],
  [
    'Clear',
    'StringBuilder->StringBuilder',
    ([builder], frame) => asObject(builder, TextBuilder).set(frame, ''),
  ],
  [
    'Insert',
    'StringBuilder,int,object->StringBuilder',
    ([value, at, part], frame) => {
      const builder = asObject(value, TextBuilder);
      const { text } = builder;
      const index = asNumber(at);
      if (index < 0 || index > text.length)
        throw failed('Insert is given a position outside the text.');
      const inserted = typeof part === 'string' ? part : '';
      return builder.set(frame, text.slice(0, index) + inserted + text.slice(index));
    },
  ],
  [
    'Replace',
    'StringBuilder,string,string?->StringBuilder',
    ([value, from, to], frame) => {
      const builder = asObject(value, TextBuilder);
      const wanted = asText(from);
      if (wanted === '') throw failed('Replace is given an empty text to look for.');
      const parts = builder.text.split(wanted);
      charge(frame, parts.length >> 2);
      const replacement = typeof to === 'string' ? to : '';
      const length =
        builder.text.length + (parts.length - 1) * (replacement.length - wanted.length);
      chargeText(frame, length);
      return builder.set(frame, parts.join(replacement));
    },
  ],
]);
