/**
 * The text without its first lines. Lines are cut off before anything is parsed: a title line may hold a stray quote.
 * They end in `\n`, `\r\n` or a lone `\r`.
 */
export async function* skipLines(
  chunks: AsyncIterable<string>,
  count: number,
): AsyncGenerator<string, void, undefined> {
  let left = count;
  let endedInReturn = false;
  for await (const chunk of chunks) {
    let start = 0;
    while ((left > 0 || endedInReturn) && start < chunk.length) {
      if (endedInReturn) {
        // A line feed right after a carriage return belongs to the same line break.
        if (chunk[start] === '\n') start += 1;
        endedInReturn = false;
        continue;
      }
      const end = findLineEnd(chunk, start);
      if (end === -1) {
        start = chunk.length;
        break;
      }
      endedInReturn = chunk[end] === '\r';
      start = end + 1;
      left -= 1;
    }
    if (start < chunk.length) yield start === 0 ? chunk : chunk.slice(start);
  }
}

function findLineEnd(text: string, start: number): number {
  for (let index = start; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 10 || unit === 13) return index;
  }
  return -1;
}
