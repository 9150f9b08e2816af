/** One line of a table: text as the source holds it. An empty field is `null`. */
export type Row = Readonly<Record<string, string | null>>;
