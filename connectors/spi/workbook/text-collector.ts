/**
 * Gathers the text of a rich or plain string item: all `t`, without what is only said aloud (`rPh`). White space at the two ends
 * counts where `xml:space` keeps it; between two runs it always does, as some writers forget to say so.
 */

/** A cell of a spreadsheet program holds 32,767 characters; other programs write more. */
const maxTextLength = 16 * 2 ** 20;

export class TextCollector {
  #text = '';
  #isFirst = true;
  #isReading = false;
  #isPreserved = false;
  /** The text begins here, and white space before it does not count. */
  #isStart = false;
  #phoneticDepth = 0;

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === 'rPh') this.#phoneticDepth += 1;
    else if (name === 't' && this.#phoneticDepth === 0) {
      this.#isReading = true;
      this.#isPreserved = attributes['xml:space'] === 'preserve';
      this.#isStart = this.#isFirst && !this.#isPreserved;
      this.#isFirst = false;
    }
  }

  text(text: string): void {
    if (this.#isReading) this.#text += text;
  }

  close(name: string): void {
    if (name === 'rPh') this.#phoneticDepth -= 1;
    else if (name === 't' && this.#isReading) {
      this.#isReading = false;
      if (this.#isStart) this.#text = this.#text.slice(countSpace(this.#text, 0, 1));
    }
  }

  get isTooLong(): boolean {
    return this.#text.length > maxTextLength;
  }

  /** The text gathered; the next item starts anew. */
  take(): string {
    const whole = this.#text;
    const text = this.#isPreserved
      ? whole
      : whole.slice(0, whole.length - countSpace(whole, whole.length - 1, -1));
    this.#text = '';
    this.#isFirst = true;
    this.#isPreserved = false;
    return text;
  }
}

/** Characters of white space, as XML knows it, from a position on in one direction. */
function countSpace(text: string, start: number, step: 1 | -1): number {
  let count = 0;
  for (let index = start; ' \t\r\n'.includes(text[index] ?? 'x'); index += step) count += 1;
  return count;
}
