/**
 * Park While Waiting, before n8n parks anything: what is refused before a request is sent, and what happens when n8n
 * does not park. What it parks is tested in real n8n (test/e2e/park.test.ts).
 */
import type { IDataObject, INode } from 'n8n-workflow';

import { notesOf } from './support/deduplication';
import { runWorkflow, TOOL, workflowIdOf, type RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const KNOWN = { 'n8n-nodes-base.executeWorkflowTrigger': {}, 'n8n-nodes-base.wait': {} };
const CONTINUE: Partial<INode> = { onError: 'continueRegularOutput' };
const items = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ json: { motion: `take ${index}` } }));

const here = useSandbox();
const { requestsOf } = here;

const run = async (
	account: TestAccount,
	rest: Partial<RunOptions> = {},
	options: IDataObject = {},
) =>
	await runWorkflow({
		credential: account.credential,
		knownTypes: KNOWN,
		...rest,
		parameters: {
			...here.video,
			options: { survivesRestarts: true, ...options },
			...rest.parameters,
		},
	});

describe('Where an execution cannot be parked, nothing is sent', () => {
	it.each<[string, RegExp, Partial<RunOptions>, IDataObject]>([
		['the workflow is not saved', /needs a saved workflow/, { workflowId: '' }, {}],
		['n8n calls it unsaved', /needs a saved workflow/, { workflowId: '__EMPTY__' }, {}],
		[
			'n8n excludes the Wait node',
			/excludes: n8n-nodes-base\.wait/,
			{
				knownTypes: { 'n8n-nodes-base.executeWorkflowTrigger': {} },
			},
			{},
		],
		['API Version is V1', /API Version V1 cannot be parked/, {}, { apiVersion: 'v1' }],
		[
			'there are 51 items',
			/50 items at most, and this one has 51.*Loop Over Items/,
			{ items: items(51) },
			{},
		],
	])('%s', async (_, message, rest, options) => {
		const account = here.account();
		const { error } = await run(account, rest, options);
		expect(error?.message).toMatch(message);
		expect(error?.description).toContain('Nothing was submitted');
		expect(requestsOf(account)).toEqual([]);
	});

	it('it is a tool of an AI agent, whose model reads the message alone', async () => {
		const account = here.account();
		const { error } = await run(account, { settings: { type: TOOL } });
		expect(error?.message).toMatch(
			/^A tool of an AI agent cannot be parked.*Nothing was submitted/,
		);
		expect(requestsOf(account)).toEqual([]);
	});

	it('each item says so where the user chose to continue', async () => {
		const account = here.account();
		const { output } = await run(
			account,
			{ settings: CONTINUE, items: items(2) },
			{ apiVersion: 'v1' },
		);
		expect(output.map(({ json }) => json.error)).toEqual(
			Array(2).fill(expect.stringContaining('cannot be parked')),
		);
		expect(requestsOf(account)).toEqual([]);
	});

	it.each([[''], ['={{ $json.nothing }}'], ["={{ 'perhaps' }}"]])(
		'the option is no yes or no: %s',
		async (survivesRestarts) => {
			const account = here.account();
			const { error } = await run(account, {}, { survivesRestarts });
			expect(error?.message).toMatch(/^Park While Waiting must be true or false/);
			expect(requestsOf(account)).toEqual([]);
		},
	);
});

describe('All are checked and submitted before n8n is asked to park', () => {
	it('a bad item stops them all, and nothing is parked', async () => {
		const account = here.account();
		const executeWorkflow = jest.fn();
		const { error } = await run(account, {
			items: [...items(2), { json: { motion: '' } }],
			executeWorkflow,
		});
		expect(error?.message).toContain('Prompt is empty');
		expect(account.report().jobs).toEqual([]);
		expect(executeWorkflow).not.toHaveBeenCalled();
	});

	it('a spending limit holds', async () => {
		const account = here.account();
		const executeWorkflow = jest.fn();
		const { error } = await run(
			account,
			{ items: items(3), executeWorkflow },
			{ maxCostPerRun: 1 },
		);
		expect(error?.message).toContain('more than Max Cost Per Run');
		expect(account.report().jobs).toEqual([]);
		expect(executeWorkflow).not.toHaveBeenCalled();
	});

	it('an item that is refused at the submit ends the run, and a retry goes on without paying again', async () => {
		const account = here.account();
		const executeWorkflow = jest.fn();
		here.sandbox.inject({
			stage: 'submit',
			key: account.key,
			match: { prompt: 'take 1' },
			fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } },
		});
		const { error } = await run(account, { items: items(3), executeWorkflow });
		expect(error?.message).toContain('not allowed');
		expect(executeWorkflow).not.toHaveBeenCalled();
		expect(account.report().jobs.length).toBeLessThanOrEqual(2);
	});
});

describe('When n8n does not park after all', () => {
	const refusing: RunOptions['executeWorkflow'] = async () => {
		throw new Error('The sub-workflow could not be started');
	};

	it('the run waits in memory, and delivers: everything is paid already', async () => {
		const account = here.account();
		const { error, output } = await run(account, { items: items(2), executeWorkflow: refusing });
		expect(error).toBeUndefined();
		expect(output.map(({ json, binary }) => [json.status, binary?.data.mimeType])).toEqual(
			Array(2).fill(['COMPLETED', 'video/mp4']),
		);
		expect(account.report().jobs.map(({ billed }) => billed)).toEqual([true, true]);
	});

	it('says so', async () => {
		const { run: saved } = await run(here.account(), { executeWorkflow: refusing });
		const hints = saved.data.resultData.runData.Kling.at(-1)!.hints ?? [];
		expect(hints.map(({ message }) => message)).toContainEqual(
			expect.stringContaining('could not park this execution'),
		);
	});

	it('leaves no note', async () => {
		const account = here.account();
		await run(account, { executeWorkflow: refusing });
		expect(notesOf(workflowIdOf({ credential: account.credential }))).toEqual([]);
	});
});

describe('What n8n is given to park', () => {
	/** n8n's answer for a sub-workflow that waits. */
	const parking = (seen: unknown[]): RunOptions['executeWorkflow'] =>
		(async (info: unknown, _: unknown, rest: unknown) => {
			seen.push({ info, rest });
			return { executionId: '2', data: [[]], waitTill: new Date(Date.now() + 65_000) };
		}) as never;

	it('is one sub-workflow for all items, with request IDs and no key, and the notes stay', async () => {
		const account = here.account();
		const seen: Array<{ rest: { inputData: unknown[]; parentExecution: object } }> = [];
		const { output, run: saved } = await run(account, {
			items: items(3),
			executeWorkflow: parking(seen),
		});
		expect(seen).toHaveLength(1);
		const [{ rest }] = seen;
		expect(rest.inputData).toHaveLength(3);
		expect(rest.parentExecution).toMatchObject({ shouldResume: true });
		const text = JSON.stringify(seen[0]);
		for (const { requestId } of account.report().jobs) expect(text).toContain(requestId);
		expect(text).not.toContain(account.key);
		expect(saved.waitTill).toBeDefined();
		expect(output.map(({ json }) => json.status)).toEqual(Array(3).fill('QUEUED'));
		// Several values for each.
		const notes = notesOf(workflowIdOf({ credential: account.credential }));
		expect(notes.length).toBeGreaterThan(0);
		expect(notes.length % 3).toBe(0);
	});

	it('saves its executions whatever the workflow does with its own', async () => {
		const seen: Array<{ info: { code: { settings: object } } }> = [];
		await run(here.account(), {
			executeWorkflow: parking(seen),
			workflowSettings: { saveDataSuccessExecution: 'none', saveDataErrorExecution: 'none' },
		});
		expect(seen[0].info.code.settings).toMatchObject({
			saveDataSuccessExecution: 'all',
			saveDataErrorExecution: 'all',
		});
	});

	it('an item that was not submitted travels along as the error that it is', async () => {
		const account = here.account();
		const seen: Array<{ rest: { inputData: Array<{ json: IDataObject }> } }> = [];
		here.sandbox.inject({
			stage: 'submit',
			key: account.key,
			match: { prompt: 'take 1' },
			fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } },
		});
		await run(account, { items: items(3), settings: CONTINUE, executeWorkflow: parking(seen) });
		expect(seen[0].rest.inputData.map(({ json }) => json.state)).toEqual([
			'running',
			'failed',
			'running',
		]);
	});

	it('Retry On Fail comes before: what was refused is tried again, and then n8n parks once', async () => {
		const account = here.account();
		const seen: Array<{ rest: { inputData: Array<{ json: IDataObject }> } }> = [];
		here.sandbox.inject({
			stage: 'submit',
			key: account.key,
			match: { prompt: 'take 0' },
			fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } },
		});
		await run(account, {
			items: items(2),
			settings: { ...CONTINUE, retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
			executeWorkflow: parking(seen),
		});
		expect(seen).toHaveLength(1);
		expect(seen[0].rest.inputData.map(({ json }) => json.state)).toEqual(['running', 'running']);
		expect(account.report().jobs).toHaveLength(2);
	});

	it('parks once, too, when the first item stays refused', async () => {
		const account = here.account();
		const seen: unknown[] = [];
		here.sandbox.inject({
			stage: 'submit',
			key: account.key,
			times: 0,
			match: { prompt: 'take 0' },
			fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } },
		});
		await run(account, {
			items: items(2),
			settings: { ...CONTINUE, retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
			executeWorkflow: parking(seen),
		});
		expect(seen).toHaveLength(1);
		expect(account.report().jobs).toHaveLength(1);
	});

	it('another execution of this process with the same video makes its own meanwhile', async () => {
		const account = here.account({}, { history: true });
		await run(account, { executeWorkflow: parking([]) });
		await run(account, { parameters: { options: {} } });
		expect(account.report().jobs).toHaveLength(2);
	});
});
