/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** One word for one thing, and plain ones, in all that a user reads: panel, messages, documents, examples. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { documentsIn } from './support/markdown';
import { messagesIn } from './support/messages';

const ROOT = join(__dirname, '../../..');
const EXAMPLES = join(ROOT, 'examples');

/** What is not written, and what is written instead. */
const INSTEAD: Array<[RegExp, string]> = [
	[/\b(is|are|was|were|be|not) ordered\b/i, 'submitted'],
	[/\borders? (a|the|another|it|them|and pay|with|at)\b/i, 'submit'],
	[/\b(earlier|each|two|more) (try|tries)\b/i, 'attempt'],
	[/\bmisfortunes?\b/i, 'fault'],
	[/\bfor ever\b/i, 'forever, or better: say how long'],
	[/\blooks? again\b/i, 'checks again'],
	[/\bstoryboard of\b/i, 'segments'],
	[/\bat (his|its) work\b/i, 'while it runs'],
	[/\bin its stead\b/i, 'instead'],
	[/\bput right\b/i, 'correct'],
	[/\bdearer\b/i, 'more expensive'],
	[/\bshall\b/i, 'present tense'],
];

interface Text {
	where: string;
	text: string;
}

/** Quotes what a run of some day said. */
const MATRIX = /<!-- matrix -->[\s\S]*<!-- end of matrix -->/;
const withoutMatrix = (text: string) =>
	text.replace(MATRIX, (matrix) => matrix.replace(/[^\n]/g, ''));

const documents: Text[] = documentsIn(ROOT)
	// The changelog is history.
	.filter(({ file }) => file !== 'CHANGELOG.md')
	.flatMap(({ file, text }) =>
		withoutMatrix(text)
			.split('\n')
			.map((line, index) => ({ where: `${file}:${index + 1}`, text: line })),
	);

const messages: Text[] = messagesIn([join(ROOT, 'nodes'), join(ROOT, 'credentials')]).texts.map(
	(text) => ({ where: 'nodes', text }),
);

function stringsIn(value: unknown): string[] {
	if (typeof value === 'string') return [value];
	return value && typeof value === 'object' ? Object.values(value).flatMap(stringsIn) : [];
}

const examples: Text[] = readdirSync(EXAMPLES)
	.filter((file) => file.endsWith('.json'))
	.flatMap((file) => {
		const workflow: unknown = JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8'));
		return stringsIn(workflow).map((text) => ({ where: file, text }));
	});

const faultsIn = (texts: Text[]) =>
	texts.flatMap(({ where, text }) =>
		INSTEAD.flatMap(([pattern, better]) => {
			const [found] = pattern.exec(text) ?? [];
			return found ? [`${where}: "${found}", write: ${better}`] : [];
		}),
	);

describe('what a user reads has one word for one thing', () => {
	it.each(Object.entries({ documents, messages, examples }))('%s', (_, texts) => {
		expect(texts.length).toBeGreaterThan(100);
		expect(faultsIn(texts)).toEqual([]);
	});

	it('another word is found', () => {
		const texts = ['Nothing was ordered.', 'An earlier try of it'];
		expect(faultsIn(texts.map((text) => ({ where: 'here', text })))).toEqual([
			'here: "was ordered", write: submitted',
			'here: "earlier try", write: attempt',
		]);
	});
});
