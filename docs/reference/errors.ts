/** docs/errors.md: what the node does and says at every HTTP status of Segmind, from the tables that it decides by. Pure. */
import { meaningOf, MEANINGS, type Stage } from '../../nodes/segmind/policy/meanings';
import { judgeRead, judgeSubmit, REFUSALS } from '../../nodes/segmind/policy/retries';
import { table, type Columns, type Sections } from './sections';

/** The stages of a request, as the document names them. */
const STAGES: Array<[Stage, title: string]> = [
	['submit', 'Submit'],
	['read', 'Waiting, Get'],
	['upload', 'Upload'],
	['balance', 'Balance'],
	['history', 'History'],
];

/** What the node does by itself; the document explains the words. */
type Doing = 'stops' | 'retries' | 'unknown' | 'FAILED';

function doing(stage: Stage, status: number): Doing {
	const answer = { kind: 'answer' as const, status, headers: {}, body: '' };
	if (stage === 'submit') {
		const verdict = judgeSubmit(answer, false);
		if (verdict === 'unknown') return 'unknown';
		return verdict === 'retry' ? 'retries' : 'stops';
	}
	const verdict = judgeRead(answer);
	if (verdict === 'retry') return 'retries';
	// 422 is the only error that is read as an answer: the job FAILED. The others have no job.
	return verdict === 'answer' && stage === 'read' ? 'FAILED' : 'stops';
}

interface Row {
	label: string;
	title: string;
	advice: string;
	doings: Partial<Record<Stage, Doing>>;
}

/** One row for each meaning that a status has; stages that share it share the row. */
function rowsOf(status: number, label: string, text: string): Row[] {
	const rows: Row[] = [];
	for (const [stage] of STAGES) {
		const done = doing(stage, status);
		const { title, advice } =
			done === 'FAILED'
				? {
						title: 'Segmind could not make this video',
						advice: 'Change the prompt or the file that the message names.',
					}
				: meaningOf(status, stage, text);
		const same = rows.find((row) => row.title === title && row.advice === advice);
		if (same) same.doings[stage] = done;
		else rows.push({ label, title, advice, doings: { [stage]: done } });
	}
	return rows;
}

/** The row of a meaning that hangs on the service's text, with an example of that text. */
const labelOf = (status: number, text: RegExp, example: string) =>
	`${status} with a text such as "${example}"${text.test('') ? ', or without a text' : ''}`;

function knownRows(): Row[] {
	const statuses = [...new Set(MEANINGS.map(({ status }) => status))];
	return statuses.flatMap((status) => {
		const told = MEANINGS.flatMap(({ status: other, text, example }) =>
			other === status && text && example ? [{ text, example }] : [],
		);
		const named = told.flatMap(({ text, example }) =>
			rowsOf(status, labelOf(status, text, example), example),
		);
		const rest = told.some(({ text }) => text.test(''))
			? rowsOf(status, `${status} with another text`, 'any other')
			: rowsOf(status, String(status), '');
		return [...named, ...rest];
	});
}

/** Statuses that Segmind does not document, a row for those that the node treats alike. */
function otherRows(): Array<[number, string]> {
	const documented = new Set(MEANINGS.map(({ status }) => status));
	const refusals = REFUSALS.flatMap(({ statuses }) => statuses)
		.filter((status) => !documented.has(status))
		.sort((a, b) => a - b);
	const passes = (status: number) => doing('read', status) === 'retries';
	const [final, passing] = [refusals.filter((status) => !passes(status)), refusals.filter(passes)];
	return [
		[302, 'any 3xx'],
		[final[0], final.join(', ')],
		[passing[0], passing.join(', ')],
		[499, '460, 499'],
		[418, 'any other 4xx'],
		[599, 'any other 5xx'],
	];
}

const COLUMNS: Columns<Row> = {
	Status: ({ label }) => label,
	'The error says': ({ title }) => title,
	'What to do': ({ advice }) => advice,
	...Object.fromEntries(
		STAGES.map(([stage, title]) => [title, ({ doings }: Row) => doings[stage] ?? '']),
	),
};

/** What `details` of an error item can hold. A test compares it with what the node makes. */
export const DETAILS: Record<string, string> = {
	description: 'more of what to do',
	httpCode: "status of Segmind's answer, if there was one",
	billed: '`no`, `yes`, or `possibly`',
	requestId: 'for Get',
	videoUrl: 'address of the finished video, for 7 days',
	cost: 'USD, what Segmind charged',
	getBefore: 'until when Get can fetch it',
	response: "Segmind's own answer, where the node found no video in it",
};

/** All tables of the document. */
export const errorSections = (): Sections => ({
	details: table<string>(
		{ Key: (key) => `\`${key}\``, 'What it holds': (key) => DETAILS[key] },
		Object.keys(DETAILS),
	),
	statuses: table(COLUMNS, [
		...knownRows(),
		...otherRows().flatMap(([status, label]) => rowsOf(status, label, '')),
	]),
});
