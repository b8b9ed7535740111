/** docs/errors.md: what the node does and says at every HTTP status of Segmind, from the tables that it decides by. Pure. */
import { table } from '../../bench/report/format';
import { meaningOf, MEANINGS, type Stage } from '../../nodes/segmind/policy/meanings';
import { judgeRead, judgeSubmit, REFUSALS } from '../../nodes/segmind/policy/repeats';
import { cell, type Sections } from './sections';

const STAGES: Stage[] = ['submit', 'read', 'upload', 'balance', 'history'];

/** What the node does by itself; the document explains the words. */
type Doing = 'stops' | 'repeats' | 'unknown' | 'FAILED';

function doing(stage: Stage, status: number): Doing {
	const answer = { kind: 'answer' as const, status, headers: {}, body: '' };
	if (stage === 'submit') {
		const verdict = judgeSubmit(answer, false);
		if (verdict === 'unknown') return 'unknown';
		return verdict === 'repeat' ? 'repeats' : 'stops';
	}
	const verdict = judgeRead(answer);
	if (verdict === 'repeat') return 'repeats';
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
	for (const stage of STAGES) {
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
	const passes = (status: number) => doing('read', status) === 'repeats';
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

function statusTable(): string {
	const rows = [
		...knownRows(),
		...otherRows().flatMap(([status, label]) => rowsOf(status, label, '')),
	];
	return table(
		[
			'Status',
			'The error says',
			'What to do',
			'Submit',
			'Waiting, Get',
			'Upload',
			'Balance',
			'History',
		],
		rows.map(({ label, title, advice, doings }) =>
			[label, title, advice, ...STAGES.map((stage) => doings[stage] ?? '')].map(cell),
		),
	);
}

/** What `details` of an error item can hold. A test compares it with what the node makes. */
export const DETAILS: Record<string, string> = {
	description: 'more of what to do',
	httpCode: "status of Segmind's answer, where there was one",
	billed: '`no`, `yes`, or `possibly`',
	requestId: 'for Get',
	videoUrl: 'address of the finished video, for 7 days',
	cost: 'USD, what Segmind charged',
	getBefore: 'until when Get can fetch it',
	response: "Segmind's own answer, where the node found no video in it",
};

function detailTable(): string {
	const rows = Object.entries(DETAILS).map(([key, meaning]) => [`\`${key}\``, meaning]);
	return table(['Key', 'What it holds'], rows);
}

export const errorSections = (): Sections => ({
	details: detailTable(),
	statuses: statusTable(),
});
