/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * The fault matrix: each row is a run of the node against a sandbox that misbehaves in one way, and a
 * retry of that execution without the fault. What counts is the sandbox's ledger. Several
 * rows run at a time, each on an account of its own. The table is printed, and written to
 * test/output/fault-matrix.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { TIMEOUTS } from '../../nodes/segmind/policy/limits';
import type { FaultRule, Sandbox } from '../../sandbox';
import { Gate } from '../../nodes/segmind/schedule/gate';
import { MATRIX, type MatrixRow } from './matrix.rows';
import {
	asRetry,
	readBinary,
	removeStore,
	runWorkflow,
	type Result,
	useBinaryMode,
} from './support/engine';
import { newAccount, startTestSandbox, type TestAccount } from './support/sandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));

/** Rows that run at the same time, on two cores. */
const AT_ONCE = 10;

/** At how many videos at once the matrix holds. */
const CONCURRENCY = [1, 5, 50];

// A hanging server must not hang the test; the time-outs' own lengths are data.
Object.assign(TIMEOUTS, {
	submit: 1500,
	status: 1000,
	result: 1000,
	upload: 1500,
	download: 1000,
	downloadStall: 1000,
});

interface Ran {
	row: MatrixRow;
	account: TestAccount;
	first: Result;
	firstJobs: number;
	firstBilled: number;
	retry?: Result;
	retryJobs?: number;
}

let sandbox: Sandbox;
const ran = new Map<string, Ran>();
const idOf = (row: MatrixRow) => `${row.stage}: ${row.name}`;

function parametersOf(row: MatrixRow): IDataObject {
	return {
		imageUrl:
			row.stage === 'upload'
				? `data:image/jpeg;base64,${PICTURE.toString('base64')}`
				: `${sandbox.filesUrl}/samples/mountain.jpg`,
		prompt: 'Clouds drift past the summit',
		duration: '3',
		options: {
			// The synchronous call has only its time-out to end a connection that hangs.
			maxWait: row.times === 0 || row.stage === 'v1' ? 4 / 60 : 1,
			apiVersion: row.stage === 'v1' ? 'v1' : 'v2',
			concurrency: CONCURRENCY[MATRIX.indexOf(row) % CONCURRENCY.length],
		},
	};
}

async function runRow(row: MatrixRow): Promise<Ran> {
	const account = newAccount(sandbox);
	const { stage, fault, times } = row;
	sandbox.inject({ stage, fault, times, key: account.key } as FaultRule);
	const first = await runWorkflow({
		credential: account.credential,
		parameters: parametersOf(row),
	});
	// A job that the service accepted is billed when it is done, whatever became of the answer.
	await sandbox.whenJobs(
		(jobs) => jobs.every(({ status }) => ['COMPLETED', 'FAILED'].includes(status)),
		account.key,
	);
	const { jobs } = account.report();
	return {
		row,
		account,
		first,
		firstJobs: jobs.length,
		firstBilled: jobs.filter(({ billed }) => billed).length,
	};
}

async function retryRow(entry: Ran): Promise<void> {
	const { row, account, first } = entry;
	if (!row.retry) return;
	entry.retry = await runWorkflow({
		credential: account.credential,
		parameters: parametersOf(row),
		resume: asRetry(first.run),
	});
	entry.retryJobs = account.report().jobs.length;
}

const outcomeOf = (result: Result | undefined) =>
	result ? (result.error ? `error: ${result.error.message}` : 'video') : '';

/** Short enough for a table. */
function cell(result: Result | undefined): string {
	const text = outcomeOf(result)
		.replace(/^error: /, '')
		.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
		.replace(/http:\/\/127[^ ]*/g, '(URL)')
		.replace(/\|/g, '\\|');
	return text.length > 110 ? `${text.slice(0, 109)}…` : text;
}

function table(): string {
	const head = [
		'Stage',
		'Fault',
		'Strikes',
		'First run',
		'Jobs',
		'Billed',
		'Retry without the fault',
		'Jobs in all',
	];
	const rows = [...ran.values()].map(({ row, first, firstJobs, firstBilled, retry, retryJobs }) => [
		row.stage,
		row.name,
		row.times || 'always',
		cell(first),
		firstJobs,
		firstBilled,
		retry ? cell(retry) : '–',
		retryJobs ?? firstJobs,
	]);
	return [head, head.map(() => '---'), ...rows]
		.map((cells) => `| ${cells.join(' | ')} |`)
		.join('\n');
}

/** `UPDATE_DOCS=1`: the table in the document is the one of this run. */
function updateDocument(): void {
	const file = join(__dirname, '../../docs/reliability.md');
	const date = new Date().toISOString().slice(0, 10);
	const run = `Run of ${date}: ${MATRIX.length} rows of one video each, with the option Concurrency at 1, 5 and 50 in turn.`;
	const marked = /(<!-- matrix -->\n)[\s\S]*(<!-- end of matrix -->)/;
	const text = readFileSync(file, 'utf8').replace(marked, `$1\n${run}\n\n${table()}\n\n$2`);
	writeFileSync(file, text);
}

beforeAll(async () => {
	await useBinaryMode('filesystem');
	sandbox = await startTestSandbox({ jobSeconds: 0.3 });
	// The first run loads n8n's modules, which the short time-outs would count.
	await runWorkflow({
		credential: newAccount(sandbox).credential,
		parameters: parametersOf(MATRIX[0]),
	});
	const gate = new Gate(AT_ONCE);
	const all = await Promise.all(
		MATRIX.map(async (row) => await gate.run(async () => await runRow(row))),
	);
	for (const entry of all) ran.set(idOf(entry.row), entry);
	sandbox.clearFaults();
	await Promise.all(all.map(async (entry) => await gate.run(async () => await retryRow(entry))));
	const folder = join(__dirname, '../output');
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'fault-matrix.md'), `${table()}\n`);
	process.stdout.write(`\n${table()}\n\n`);
	if (process.env.UPDATE_DOCS) updateDocument();
}, 180_000);

afterAll(async () => {
	await sandbox.close();
	removeStore();
});

function expectOutcome(result: Result, expected: 'video' | RegExp): void {
	if (expected === 'video') expect(outcomeOf(result)).toBe('video');
	else expect(outcomeOf(result)).toMatch(expected);
}

/** A video that is billed is in the item, or what leads to it is in the error. */
function expectNothingLost({ first, firstBilled, account }: Ran): void {
	if (firstBilled === 0) return;
	const { error } = first;
	if (!error) {
		expect(first.output[0].json.fileSize).toBeGreaterThan(1000);
		return;
	}
	const [{ requestId }] = account.report().jobs;
	const isUnknown = /unknown whether/.test(error.message);
	if (isUnknown) expect(JSON.stringify(first.nodeContext)).toContain('submitting');
	else expect(error.message).toContain(requestId);
}

it('has at least 60 rows', () => expect(MATRIX.length).toBeGreaterThanOrEqual(60));

describe.each(MATRIX.map((row) => [idOf(row), row] as const))('%s', (id, row) => {
	it('bills what it should and loses nothing', async () => {
		const entry = ran.get(id)!;
		expectOutcome(entry.first, row.first);
		expect({ jobs: entry.firstJobs, billed: entry.firstBilled }).toEqual({
			jobs: row.jobs,
			billed: row.billed,
		});
		expectNothingLost(entry);
		if (row.first === 'video') {
			const file = await readBinary(entry.first.output[0].binary!.data);
			expect(file).toHaveLength(entry.first.output[0].json.fileSize as number);
		}
	});

	if (row.retry) {
		it('is not paid twice by a retry', () => {
			const entry = ran.get(id)!;
			expectOutcome(entry.retry!, row.retry!);
			expect(entry.retryJobs).toBe(row.retryJobs);
			if (row.retry === 'video') expect(entry.retry!.nodeContext).toEqual({});
		});
	}

	it('shows the key nowhere', () => {
		const { account, first, retry } = ran.get(id)!;
		expect(first.saved).not.toContain(account.key);
		expect(retry?.saved ?? '').not.toContain(account.key);
	});
});
