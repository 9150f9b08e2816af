/** Finds what stands around a place, also in a file that cannot be read: by a tolerant, linear scan. */
import { isJsonName } from '../source/read-files.ts';
import type { Cursor } from './cursor.ts';
import { findJsonCursor } from './cursor-json.ts';
import { findXmlCursor } from './cursor-xml.ts';

/** Takes any text and any offset; its time is linear in the text before the place. */
export function findCursor(path: string, text: string, offset: number): Cursor {
  const at = Math.max(0, Math.min(offset, text.length));
  return isJsonName(path) ? findJsonCursor(text, at) : findXmlCursor(text, at);
}
