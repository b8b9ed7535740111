/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * The fault matrix: each row is a fault that hits one item of a batch.
 * Each batch runs as it is, then again as a retry of that execution without the fault, and where the row
 * ends with an error also on a new account with Continue. What counts is the sandbox's account, item by
 * item.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Model } from '../../../nodes/KlingO3/models/model';
import { TIMEOUTS } from '../../../nodes/segmind/policy/limits';
import type { FaultRule, JobReport, Sandbox } from '../../../sandbox';
import { Limiter } from '../../../nodes/segmind/schedule/limiter';
import { inputOf, leastOf } from '../../support/least';
import { makeVideo } from '../../support/videos';
import { MATRIX, type MatrixRow } from '../matrix.rows';
import { allAreChosen, isChosen } from './chosen';
import {
	asRetry,
	readBinary,
	removeStore,
	runWorkflow,
	type Result,
	useBinaryMode,
} from './engine';
import { newAccount, startTestSandbox, type TestAccount } from './sandbox';

const PICTURE = readFileSync(join(__dirname, '../../../demo/assets/mountain.jpg'));

/** A batch of one model. */
export interface Size {
	model: Model;
	concurrency: number;
	items: number;
	/** Index of the item that the fault hits. */
	struck: number;
	/** Batches that run at the same time, on two cores. */
	atOnce: number;
}

/** Where a model takes no file, nothing is uploaded. */
const rowsOf = ({ model }: Size) =>
	MATRIX.filter(({ stage }) => stage !== 'upload' || inputOf(model) !== undefined);

// A hanging server must not hang the test; the time-outs' own lengths are data. A busy machine must not
// be taken for one.
Object.assign(TIMEOUTS, {
	submit: 6000,
	status: 3000,
	result: 3000,
	upload: 4000,
	download: 3000,
	downloadStall: 2000,
	downloadWhole: 4000,
	freshVideo: 5000,
});

/** A batch that the fault struck in one item, and the retry of its execution. */
export interface Ran {
	account: TestAccount;
	first: Result;
	/** The ledger after the first run. */
	firstJobs: JobReport[];
	retry?: Result;
	/** With Continue, on an account of its own. */
	continued?: { account: TestAccount; result: Result };
}

let sandbox: Sandbox;
const ran = new Map<string, Ran>();
export const idOf = (row: MatrixRow, { model, concurrency, items }: Size) =>
	`${row.stage}: ${row.name}, ${items === 1 ? model.label : `${concurrency} at once`}`;

/** What is said of each row. */
const IT = {
	bills: 'bills what it should and loses nothing',
	retries: 'is not paid twice by a retry',
	continues: 'leaves the other items alone with Continue',
	hides: 'shows the key nowhere',
};
const chosenOf = (size: Size) =>
	rowsOf(size).filter((row) =>
		Object.values(IT).some((what) => isChosen(`${idOf(row, size)} ${what}`)),
	);

/** Two digits: the fault finds its item by this text. */
const promptOf = (index: number) => `Clouds drift, take ${String(index).padStart(2, '0')}`;

/** What the items take their video from: addresses, and where a file is uploaded its data URLs. */
let inputs: Record<'address' | 'data', { imageUrl: string; videoUrl: string }>;

/** One item of a batch; only the one that is struck uploads its file and has its time limited. */
function itemOf(row: MatrixRow, index: number, { struck }: Size): INodeExecutionData {
	const isStruck = index === struck;
	// The synchronous call has only its time-out to end a connection that hangs.
	const isLimited = isStruck && (row.times === 0 || row.stage === 'v1');
	return {
		json: {
			prompt: promptOf(index),
			...inputs[isStruck && row.stage === 'upload' ? 'data' : 'address'],
			maxWait: isLimited ? 6 / 60 : 5,
		},
	};
}

const itemsOf = (row: MatrixRow, size: Size) =>
	Array.from({ length: size.items }, (_, index) => itemOf(row, index, size));

const parametersOf = (row: MatrixRow, { model, concurrency }: Size): IDataObject => ({
	...leastOf(model, { imageUrl: '={{ $json.imageUrl }}', videoUrl: '={{ $json.videoUrl }}' }),
	prompt: '={{ $json.prompt }}',
	options: {
		maxWait: '={{ $json.maxWait }}',
		apiVersion: row.stage === 'v1' ? 'v1' : 'v2',
		concurrency,
		// The size of the file is not in the simplified output.
		simplify: false,
	},
});

/** Runs the batch on a new account with the row's fault waiting for its item. */
async function runStruck(row: MatrixRow, size: Size, continues: boolean) {
	const account = newAccount(sandbox);
	const { stage, fault, times } = row;
	// An upload has no prompt; only one item uploads.
	const match = stage === 'upload' ? undefined : { prompt: promptOf(size.struck) };
	sandbox.inject({ stage, fault, times, key: account.key, match } as FaultRule);
	const result = await runWorkflow({
		credential: account.credential,
		parameters: parametersOf(row, size),
		items: itemsOf(row, size),
		settings: continues ? { onError: 'continueRegularOutput' } : {},
	});
	// A job that the service accepted is billed when it is done, whatever became of the answer.
	await sandbox.whenJobs(
		(jobs) => jobs.every(({ status }) => ['COMPLETED', 'FAILED'].includes(status)),
		account.key,
	);
	return { account, result };
}

async function runRow(row: MatrixRow, size: Size): Promise<Ran> {
	const { account, result: first } = await runStruck(row, size, false);
	const entry: Ran = { account, first, firstJobs: account.report().jobs };
	if (row.first !== 'video') entry.continued = await runStruck(row, size, true);
	return entry;
}

async function retryRow(row: MatrixRow, size: Size): Promise<void> {
	const entry = ran.get(idOf(row, size))!;
	if (!row.retry) return;
	entry.retry = await runWorkflow({
		credential: entry.account.credential,
		parameters: parametersOf(row, size),
		items: itemsOf(row, size),
		resume: asRetry(entry.first.run),
	});
}

export const jobsOf = (jobs: JobReport[], index: number) =>
	jobs.filter(({ body }) => String(body.prompt).includes(promptOf(index)));
export const billedOf = (jobs: JobReport[], index: number) =>
	jobsOf(jobs, index).filter(({ billed }) => billed);

/** What a run said of the item that was struck. */
export const outcomeOf = ({ error }: Result) => (error ? `error: ${error.message}` : 'video');

/** Does something with every row at every size, several at a time. */
async function forAll(
	sizes: Size[],
	work: (row: MatrixRow, size: Size) => Promise<void>,
): Promise<void> {
	for (const size of sizes) {
		const limiter = new Limiter(size.atOnce);
		await Promise.all(
			chosenOf(size).map(async (row) => await limiter.run(async () => await work(row, size))),
		);
	}
}

async function startAndFill(): Promise<void> {
	await useBinaryMode('filesystem');
	sandbox = await startTestSandbox({ jobSeconds: 0.3 });
	const samples = `${sandbox.filesUrl}/samples`;
	const film = await makeVideo();
	inputs = {
		address: { imageUrl: `${samples}/mountain.jpg`, videoUrl: `${samples}/waves.mp4` },
		data: {
			imageUrl: `data:image/jpeg;base64,${PICTURE.toString('base64')}`,
			videoUrl: `data:video/mp4;base64,${film.toString('base64')}`,
		},
	};
}

/** The first run loads n8n's modules and renders the videos, which the short time-outs would count. */
async function warmUp(size: Size): Promise<void> {
	if (chosenOf(size).length === 0) return;
	const warm = { ...size, concurrency: 2 };
	const [row] = rowsOf(size);
	await runWorkflow({
		credential: newAccount(sandbox).credential,
		parameters: parametersOf(row, warm),
		items: itemsOf(row, warm),
	});
}

function expectOutcome(result: Result, expected: 'video' | RegExp): void {
	if (expected === 'video') expect(outcomeOf(result)).toBe('video');
	else expect(outcomeOf(result)).toMatch(expected);
}

/** Every item's video lies in n8n's store, whole, in the order of the input. */
async function expectVideos({ output }: Result, { items }: Size): Promise<void> {
	expect(output.map(({ pairedItem }) => pairedItem)).toEqual(
		Array.from({ length: items }, (_, item) => ({ item })),
	);
	for (const { json, binary } of output) {
		expect(json.fileSize).toBeGreaterThan(1000);
		expect(await readBinary(binary!.data)).toHaveLength(json.fileSize as number);
	}
}

/** What leads to each billed video is in the error, or in what n8n keeps for the retry where nobody can know it. */
function expectNothingLost({ first, firstJobs }: Ran, { struck }: Size): void {
	const { error } = first;
	const told = `${error!.message} ${error!.description}`;
	const isUnknown = /unknown whether/.test(error!.message);
	if (isUnknown) expect(JSON.stringify(first.nodeContext)).toContain('"state":"unknown"');
	for (const { requestId, body, billed } of firstJobs) {
		const isStruck = String(body.prompt).includes(promptOf(struck));
		if (billed && !(isStruck && isUnknown)) expect(told).toContain(requestId);
	}
}

const others = ({ items, struck }: Size) =>
	Array.from({ length: items }, (_, index) => index).filter((index) => index !== struck);

function testRow(id: string, row: MatrixRow, size: Size): void {
	it(IT.bills, async () => {
		const entry = ran.get(id)!;
		const { firstJobs, first } = entry;
		expectOutcome(first, row.first);
		expect({
			jobs: jobsOf(firstJobs, size.struck).length,
			billed: billedOf(firstJobs, size.struck).length,
		}).toEqual({ jobs: row.jobs, billed: row.billed });
		for (const index of others(size)) {
			expect(jobsOf(firstJobs, index).length).toBeLessThanOrEqual(1);
			expect(billedOf(firstJobs, index)).toEqual(jobsOf(firstJobs, index));
		}
		if (row.first === 'video') await expectVideos(first, size);
		else expectNothingLost(entry, size);
	});

	if (row.retry) {
		it(IT.retries, async () => {
			const { retry, account } = ran.get(id)!;
			const { jobs } = account.report();
			expectOutcome(retry!, row.retry!);
			expect(jobsOf(jobs, size.struck)).toHaveLength(row.retryJobs!);
			const isWhole = row.retry === 'video';
			for (const index of others(size)) {
				const { length } = jobsOf(jobs, index);
				if (isWhole) expect(length).toBe(1);
				else expect(length).toBeLessThanOrEqual(1);
			}
			if (!isWhole) return;
			await expectVideos(retry!, size);
			expect(retry!.nodeContext).toEqual({});
		});
	}

	if (row.first !== 'video') {
		it(IT.continues, async () => {
			const { account, result } = ran.get(id)!.continued!;
			const { jobs } = account.report();
			expect(result.error).toBeUndefined();
			expect(result.output).toHaveLength(size.items);
			const { error, details } = result.output[size.struck].json;
			expect(`error: ${String(error)}`).toMatch(row.first);
			expect(details).toBeDefined();
			expect(jobsOf(jobs, size.struck)).toHaveLength(row.jobs);
			for (const index of others(size)) {
				expect(jobsOf(jobs, index)).toHaveLength(1);
				const { json, binary, pairedItem } = result.output[index];
				expect(pairedItem).toEqual({ item: index });
				expect(json.requestId).toBe(jobsOf(jobs, index)[0].requestId);
				expect(await readBinary(binary!.data)).toHaveLength(json.fileSize as number);
			}
		});
	}

	it(IT.hides, () => {
		const { account, first, retry, continued } = ran.get(id)!;
		expect(first.saved).not.toContain(account.key);
		expect(retry?.saved ?? '').not.toContain(account.key);
		if (continued) expect(continued.result.saved).not.toContain(continued.account.key);
	});
}

/**
 * Runs every fault in batches of these sizes, and says a test of each.
 *
 * @param whenAllRan gets what became of the batches, by `idOf`, unless only some rows were chosen
 */
export function testMatrix(sizes: Size[], whenAllRan?: (ran: Map<string, Ran>) => void): void {
	beforeAll(async () => {
		await startAndFill();
		for (const model of new Set(sizes.map((size) => size.model))) {
			await warmUp(sizes.filter((size) => size.model === model).at(-1)!);
		}
		await forAll(
			sizes,
			async (row, size) => void ran.set(idOf(row, size), await runRow(row, size)),
		);
		sandbox.clearFaults();
		await forAll(sizes, retryRow);
		if (allAreChosen) whenAllRan?.(ran);
	}, 1_500_000);

	afterAll(async () => {
		await sandbox.close();
		removeStore();
	});

	const cases = sizes.flatMap((size) =>
		rowsOf(size).map((row) => [idOf(row, size), row, size] as const),
	);
	describe.each(cases)('%s', testRow);
}
