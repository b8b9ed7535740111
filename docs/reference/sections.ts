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

/** Text that may stand in a cell of a Markdown table. */
export function cell(text: string): string {
	return text.replace(/\s*\n\s*/g, ' ').replace(/\|/g, '\\|');
}
