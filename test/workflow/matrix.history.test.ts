/**
 * The faults of the submit once more, with the account's history at work, late, or not to be had: a job that
 * was created is found, and nothing is ever paid twice, in this execution or the next.
 */
import type { IDataObject } from 'n8n-workflow';

import { TIMEOUTS } from '../../nodes/segmind/policy/limits';
import type { FaultRule, Sandbox } from '../../sandbox';
import { MATRIX, type MatrixRow } from './matrix.rows';
import { notesOf } from './support/deduplication';
import {
	removeStore,
	runWorkflow,
	useBinaryMode,
	workflowIdOf,
	type Result,
} from './support/engine';
import { newAccount, startTestSandbox, type TestAccount } from './support/sandbox';

const STRUCK = 1;
const ITEMS = ['first', 'struck', 'last'].map((prompt) => ({ json: { prompt } }));
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
afterEach(() => {
	sandbox.clearFaults();
	sandbox.set({ historyLagSeconds: 0, historyAvailable: true });
});

async function run(account: TestAccount, { stage }: MatrixRow): Promise<Result> {
	const apiVersion = stage === 'v1' ? 'v1' : 'v2';
	const parameters: IDataObject = {
		imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`,
		prompt: '={{ $json.prompt }}',
		duration: '3',
		// The synchronous call has only its time-out to end a connection that hangs.
		options: { apiVersion, maxWait: stage === 'v1' ? 4 / 60 : 5 },
	};
	return await runWorkflow({ credential: account.credential, parameters, items: ITEMS });
}

describe.each(HISTORIES)('With a history that is %s', (_name, settings, whatItSays) => {
	it.each(DOUBTFUL.map((row) => [`${row.stage}: ${row.name}`, row] as const))(
		'%s',
		async (_id, row) => {
			sandbox.set(settings);
			const isKnown = !('historyAvailable' in settings);
			const account = newAccount(sandbox, {}, { history: true });
			const { stage, fault, times } = row;
			const match = { prompt: ITEMS[STRUCK].json.prompt };
			sandbox.inject({ stage, fault, times, match, key: account.key } as FaultRule);

			const first = await run(account, row);
			const created = () =>
				account.report().jobs.filter(({ body }) => body.prompt === match.prompt).length;
			expect(created()).toBe(row.jobs);
			if (isKnown && row.jobs === 1) {
				expect(first.error).toBeUndefined();
				expect(first.output.map(({ json }) => json.status)).toEqual(ITEMS.map(() => 'COMPLETED'));
				expect(notesOf(workflowIdOf(account))).toEqual([]);
				expect(first.nodeContext).toEqual({});
				return;
			}
			expect(first.error?.message).toMatch(/unknown whether this video was submitted/);
			expect(first.error?.message).toMatch(whatItSays);
			expect(first.saved).not.toContain(account.key);

			// Executed again: refused once, and bought the next time.
			const second = await run(account, row);
			expect(second.error?.message).toMatch(
				/An earlier execution of this node submitted this video/,
			);
			expect(second.error?.message).toMatch(whatItSays);
			expect(created()).toBe(row.jobs);
			const third = await run(account, row);
			expect(third.error).toBeUndefined();
			expect(created()).toBe(row.jobs + 1);
			// What was certainly accepted was never in doubt.
			if (isKnown) expect(account.report().jobs).toHaveLength(ITEMS.length + row.jobs);
		},
	);
});
