/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/** Markdown documents and the commands in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Document {
	/** Relative to the root. */
	file: string;
	text: string;
}

const SKIPPED = ['node_modules', 'dist', 'output', '.git'];

/** All Markdown files of the project. */
export function documentsIn(root: string, folder = ''): Document[] {
	return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
		const file = join(folder, entry.name);
		if (entry.isDirectory()) return SKIPPED.includes(entry.name) ? [] : documentsIn(root, file);
		return file.endsWith('.md') ? [{ file, text: readFileSync(join(root, file), 'utf8') }] : [];
	});
}

/** Command lines in code blocks and in the text, without comments and continued lines joined. */
export function commandsOf({ text }: Document): string[] {
	const blocks = [...text.matchAll(/```(?:bash|sh|shell)\n([\s\S]*?)```/g)].map(([, code]) => code);
	const inline = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)];
	const lines = [
		...blocks
			.join('\n')
			.replace(/\\\n\s*/g, ' ')
			.split('\n'),
		...inline.map(([, code]) => code),
	];
	return (
		lines
			.map((line) => line.replace(/\s+#.*$/, '').trim())
			// What stands before the command sets its environment.
			.map((line) => line.replace(/^(?:[A-Z_]+=\S* )+/, ''))
			.filter((line) => /^(npm|npx) /.test(line))
	);
}
