/** Bounds on what a configuration file may hold; everything past them is refused before a parser builds anything. */

/** Bytes of one file, and characters of one text: a hundred times the largest file we know of. */
export const maximumFileLength = 16 * 1024 * 1024;
/** Bytes of all files of one configuration, which are held at once. */
export const maximumTotalLength = 256 * 1024 * 1024;
/** Characters of one name. */
export const maximumNameLength = 200;
/** Findings of one kind about the form of one file: past them the file is no configuration, and more help nobody. */
export const maximumProblems = 100;
/** Elements inside elements; the vocabulary needs four. */
export const maximumDepth = 32;
/** Characters of one attribute value; the longest expressions in use have a few thousand. */
export const maximumValueLength = 65_536;
/** Attributes of one element: all numbered families together stay below. */
export const maximumAttributes = 1_024;
/** Elements of one file. */
export const maximumElements = 250_000;
/** Files of one configuration. */
export const maximumFiles = 10_000;
