/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * Every fault in batches of videos made from images, at Concurrency 1, 5 and 50. The table is printed, and written to
 * test/output/fault-matrix.md. The other models: `matrix.models.test.ts`.
 *
 *     npx jest test/workflow/matrix -t 'submit: reset'   these rows alone, without the table
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { imageToVideo } from '../../nodes/KlingO3/models/imageToVideo';
import { MATRIX, type MatrixRow } from './matrix.rows';
import type { Result } from './support/engine';
import {
	billedOf,
	idOf,
	jobsOf,
	outcomeOf,
	testMatrix,
	type Ran,
	type Size,
} from './support/matrix';

/** One by one; more items than places; all at once. */
const BATCHES: Size[] = [
	{ model: imageToVideo, concurrency: 1, items: 3, struck: 1, atOnce: 12 },
	{ model: imageToVideo, concurrency: 5, items: 7, struck: 2, atOnce: 6 },
	{ model: imageToVideo, concurrency: 50, items: 10, struck: 6, atOnce: 4 },
];

/** Short enough for a table. */
function cell(result: Result | undefined): string {
	if (!result) return '–';
	const text = outcomeOf(result)
		.replace(/^error: /, '')
		.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
		.replace(/http:\/\/127[^ ]*/g, '(URL)')
		.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '…')
		.replace(/\|/g, '\\|');
	return text.length > 110 ? `${text.slice(0, 109)}…` : text;
}

/** What is the same at every concurrency once, what is not one by one. */
function across(
	ran: Map<string, Ran>,
	row: MatrixRow,
	of: (entry: Ran, size: Size) => string | number,
): string {
	const values = BATCHES.map((size) => String(of(ran.get(idOf(row, size))!, size)));
	return new Set(values).size === 1 ? values[0] : values.join(' / ');
}

function table(ran: Map<string, Ran>): string {
	const head = [
		'Stage',
		'Fault',
		'Times',
		'First run',
		'Jobs',
		'Billed',
		'Retry without the fault',
		'Jobs in all',
		'Paid of the whole batch',
	];
	const rows = MATRIX.map((row) => [
		row.stage,
		row.name,
		row.times || 'always',
		across(ran, row, ({ first }) => cell(first)),
		across(ran, row, ({ firstJobs }, { struck }) => jobsOf(firstJobs, struck).length),
		across(ran, row, ({ firstJobs }, { struck }) => billedOf(firstJobs, struck).length),
		across(ran, row, ({ retry }) => cell(retry)),
		across(ran, row, ({ account }, { struck }) => jobsOf(account.report().jobs, struck).length),
		across(ran, row, ({ account }, { items }) => {
			const paid = account.report().jobs.filter(({ billed }) => billed).length;
			return paid === items ? 'all' : `${paid} of ${items}`;
		}),
	]);
	return [head, head.map(() => '---'), ...rows]
		.map((cells) => `| ${cells.join(' | ')} |`)
		.join('\n');
}

const SIZES_TEXT = BATCHES.map(
	({ concurrency, items }) => `${items} videos at Concurrency ${concurrency}`,
).join(', ');

/** `UPDATE_DOCS=1`: the table in the document is the one of this run. */
function updateDocument(text: string): void {
	const file = join(__dirname, '../../docs/reliability.md');
	const date = new Date().toISOString().slice(0, 10);
	const run =
		`Run of ${date}: ${MATRIX.length} faults, each in one item of a batch: ${SIZES_TEXT}. ` +
		'Where the three differ, three values stand in that order. The videos are made from images; each fault was also ' +
		'injected once into a video of each other model, with the same outcome. First run, Jobs, Billed and Jobs in all ' +
		'are of the item that the fault hits. A batch that ends with an error begins nothing new, so one that still ends with ' +
		'an error at the retry has paid for fewer videos than it has items.';
	const marked = /(<!-- matrix -->\n)[\s\S]*(<!-- end of matrix -->)/;
	const document = readFileSync(file, 'utf8').replace(marked, `$1\n${run}\n\n${text}\n\n$2`);
	writeFileSync(file, document);
}

/** The table of a whole run. */
function publish(ran: Map<string, Ran>): void {
	const text = table(ran);
	const folder = join(__dirname, '../output');
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'fault-matrix.md'), `${text}\n`);
	process.stdout.write(`\n${SIZES_TEXT}\n\n${text}\n\n`);
	if (process.env.UPDATE_DOCS) updateDocument(text);
}

it('has at least 60 rows', () => expect(MATRIX.length).toBeGreaterThanOrEqual(60));

testMatrix(BATCHES, publish);
