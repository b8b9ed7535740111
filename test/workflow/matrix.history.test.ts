/**
 * The faults of the submit once more, with the account's history at work, late, or not to be had: a job that
 * was created is found, and nothing is ever paid twice, in this execution or the next.
 */
import type { IDataObject } from 'n8n-workflow';

import { TIMEOUTS } from '../../nodes/segmind/policy/limits';
import { Limiter } from '../../nodes/segmind/schedule/limiter';
import type { FaultRule, Sandbox } from '../../sandbox';
import { MATRIX, type MatrixRow } from './matrix.rows';
import { notesOf } from './support/deduplication';
import { isChosen } from './support/chosen';
import {
	removeStore,
	runWorkflow,
	useBinaryMode,
	workflowIdOf,
	type Result,
} from './support/engine';
import { newAccount, startTestSandbox, type TestAccount } from './support/sandbox';

const STRUCK = 1;
const idOf = ({ stage, name }: MatrixRow) => `${stage}: ${name}`;
/** Of its own for each row: a process looks for no video of which it is submitting an equal one. */
const itemsOf = (row: MatrixRow) =>
	['first', 'struck', 'last'].map((name) => ({ json: { prompt: `${name} by ${idOf(row)}` } }));
/** What is no matter of doubt is the same with and without a history. */
const DOUBTFUL = MATRIX.filter(
	({ stage, first }) => (stage === 'submit' || stage === 'v1') && /unknown/.test(String(first)),
);

const HISTORIES = [
	['at work', {}, /not in the account's history/],
	['late', { historyLagSeconds: 1 }, /not in the account's history/],
	['not to be had', { historyAvailable: false }, /history could not be read/],
] as const;

let sandbox: Sandbox;
beforeAll(async () => {
	Object.assign(TIMEOUTS, { submit: 3000 });
	await useBinaryMode('filesystem');
	sandbox = await startTestSandbox({ jobSeconds: 0.3 });
});
afterAll(async () => {
	await sandbox.close();
	removeStore();
});
async function run(account: TestAccount, row: MatrixRow): Promise<Result> {
	const isV1 = row.stage === 'v1';
	const apiVersion = isV1 ? 'v1' : 'v2';
	const parameters: IDataObject = {
		imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`,
		prompt: '={{ $json.prompt }}',
		duration: '3',
		// The synchronous call has only its time-out to end a connection that hangs.
		options: { apiVersion, maxWait: isV1 ? 4 / 60 : 5 },
	};
	return await runWorkflow({ credential: account.credential, parameters, items: itemsOf(row) });
}

type History = (typeof HISTORIES)[number];

/** What a fault in one of three items comes to, in this execution and in the next ones. */
async function check(row: MatrixRow, [, settings, whatItSays]: History): Promise<void> {
	const isKnown = !('historyAvailable' in settings);
	const account = newAccount(sandbox, {}, { history: true });
	const { stage, fault, times } = row;
	const items = itemsOf(row);
	const match = { prompt: items[STRUCK].json.prompt };
	sandbox.inject({ stage, fault, times, match, key: account.key } as FaultRule);

	const first = await run(account, row);
	const created = () =>
		account.report().jobs.filter(({ body }) => body.prompt === match.prompt).length;
	expect(created()).toBe(row.jobs);
	if (isKnown && row.jobs === 1) {
		expect(first.error).toBeUndefined();
		expect(first.output.map(({ json }) => json.status)).toEqual(items.map(() => 'COMPLETED'));
		expect(notesOf(workflowIdOf(account))).toEqual([]);
		expect(first.nodeContext).toEqual({});
		return;
	}
	expect(first.error?.message).toMatch(/unknown whether this video was submitted/);
	expect(first.error?.message).toMatch(whatItSays);
	expect(first.saved).not.toContain(account.key);

	// Executed again: refused once, and bought the next time.
	const second = await run(account, row);
	expect(second.error?.message).toMatch(/An earlier execution of this node submitted this video/);
	expect(second.error?.message).toMatch(whatItSays);
	expect(created()).toBe(row.jobs);
	const third = await run(account, row);
	expect(third.error).toBeUndefined();
	expect(created()).toBe(row.jobs + 1);
	// What was certainly accepted was never in doubt.
	if (isKnown) expect(account.report().jobs).toHaveLength(items.length + row.jobs);
}

/** They mostly wait. */
const AT_ONCE = 10;

describe.each(
	HISTORIES.map((history) => ({ title: `With a history that is ${history[0]}`, history })),
)('$title', ({ title, history }) => {
	const checks = new Map<string, Promise<void>>();
	beforeAll(() => {
		sandbox.set({ historyLagSeconds: 0, historyAvailable: true, ...history[1] });
		const limiter = new Limiter(AT_ONCE);
		for (const row of DOUBTFUL.filter((one) => isChosen(`${title} ${idOf(one)}`))) {
			const checked = limiter.run(async () => await check(row, history));
			// Its own test tells.
			checked.catch(() => {});
			checks.set(idOf(row), checked);
		}
	});
	afterAll(async () => {
		await Promise.allSettled(checks.values());
		sandbox.clearFaults();
	});

	it.each(DOUBTFUL.map(idOf))('%s', async (id) => await checks.get(id));
});
