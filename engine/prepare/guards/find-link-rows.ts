/** Where in the source the links of a session stand. */
import { existsSync } from 'node:fs';
import { CleanFile } from '../drift/clean-file.ts';
import { foldKey } from '../normalize-key.ts';

/** Gives the row of a link in its table, or `null` where the file at `path` does not know it. */
export class LinkRows implements Disposable {
  readonly #file: CleanFile | null;

  constructor(path: string) {
    this.#file = existsSync(path) ? new CleanFile(path) : null;
  }

  find(value1: string, value2: string): string | null {
    return this.#file?.find(foldKey(`${value1}\u001f${value2}`))?.get('row') ?? null;
  }

  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]();
  }
}
