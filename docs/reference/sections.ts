/** Parts of a document that the code writes, between `<!-- name -->` and `<!-- end of name -->`. The rest is written by hand. Pure. */

export type Sections = Record<string, string>;

/**
 * @returns the document with its parts as the code gives them now
 * @throws when the document has no place for one of them
 */
export function withSections(document: string, sections: Sections): string {
	return Object.entries(sections).reduce((text, [name, content]) => {
		const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
		const [from, to] = [text.indexOf(start), text.indexOf(end)];
		if (from < 0 || to < from) throw new Error(`The document has no part "${name}"`);
		return `${text.slice(0, from)}${start}\n\n${content}\n\n${text.slice(to)}`;
	}, document);
}

/** By its title, what a column of a table shows of a row. */
export type Columns<Row> = Record<string, (row: Row) => string>;

/** A Markdown table. */
export function table<Row>(columns: Columns<Row>, rows: Row[]): string {
	const cell = (text: string) => text.replace(/\s*\n\s*/g, ' ').replace(/\|/g, '\\|');
	const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
	const titles = Object.keys(columns);
	const body = rows.map((row) => line(Object.values(columns).map((show) => show(row))));
	return [line(titles), line(titles.map(() => '---')), ...body].join('\n');
}
