/** The spending limits, and that nothing gets around them. What counts is the sandbox's account. */
import type { INode } from 'n8n-workflow';
import type { Result } from './support/engine';
import { logLines } from './support/log';
import { useSandbox } from './support/useSandbox';

const RETRY: Partial<INode> = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const TEN = Array.from({ length: 10 }, (_, n) => ({ json: { motion: `take ${n}` } }));

const here = useSandbox();
const { inject, requestsOf, run } = here;

describe('spending limits', () => {
	it('a video over Max Cost Per Video is refused before any request', async () => {
		const account = here.account();
		const { error } = await run(account, { options: { maxCostPerVideo: 0.5 } });
		expect(error).toMatchObject({
			name: 'NodeOperationError',
			message: expect.stringMatching(/about \$0\.63.*Max Cost Per Video \(\$0\.50\)/),
		});
		expect(requestsOf(account)).toEqual([]);
	});

	it('a run over Max Cost Per Run is refused before any request', async () => {
		const account = here.account();
		const { error } = await run(account, { options: { maxCostPerRun: 6.2 } }, { items: TEN });
		expect(error?.message).toMatch(/about \$6\.30 for 10 videos.*Max Cost Per Run \(\$6\.20\)/);
		expect(requestsOf(account)).toEqual([]);
	});

	it('a run that costs just the limit is made', async () => {
		const account = here.account();
		const { output } = await run(
			account,
			{ options: { maxCostPerRun: 1.89 } },
			{ items: TEN.slice(0, 3) },
		);
		expect(output).toHaveLength(3);
	});

	it('with Continue the run limit gives error items and spends nothing', async () => {
		const account = here.account();
		const { output } = await run(
			account,
			{ options: { maxCostPerRun: 1 } },
			{ items: TEN, settings: { onError: 'continueRegularOutput' } },
		);
		expect(output).toHaveLength(10);
		expect(output[9].json.error).toMatch(/Max Cost Per Run/);
		expect(account.report().jobs).toEqual([]);
	});

	it('jobs that are paid already do not count again', async () => {
		const account = here.account();
		inject(account, {
			stage: 'submit',
			match: { prompt: 'take 2' },
			fault: { kind: 'fail-job', error: 'no face found' },
		});
		const { output } = await run(
			account,
			{ options: { maxCostPerRun: 1.89 } },
			{ items: TEN.slice(0, 3), settings: RETRY },
		);
		expect(output).toHaveLength(3);
	});

	it('Check Balance First refuses what the balance cannot cover, naming both sums', async () => {
		const account = here.account({ credits: 1 });
		const { error } = await run(
			account,
			{ options: { checkBalance: true } },
			{ items: TEN.slice(0, 2) },
		);
		expect(error?.message).toMatch(/balance of \$1\.00.*about \$1\.26/);
		expect(requestsOf(account).map(({ stage }) => stage)).toEqual(['balance']);
	});

	it('a balance that cannot be read is a warning, no failure', async () => {
		const account = here.account();
		inject(account, {
			stage: 'balance',
			times: 0,
			fault: { kind: 'respond', status: 503, body: '' },
		});
		let result!: Result;
		const lines = await logLines(async () => {
			result = await run(account, { options: { checkBalance: true } });
		});
		expect(result.output[0].json.status).toBe('COMPLETED');
		expect(lines.join('\n')).toMatch(/warn The Segmind balance could not be checked/);
		const hints = result.run.data.resultData.runData.Kling[0].hints ?? [];
		expect(JSON.stringify(hints)).toMatch(/could not be checked/);
	});
});

describe('limits that cannot be read are no way around them', () => {
	it.each([
		[
			'a limit with a comma',
			{ maxCostPerVideo: '0,50' },
			/Max Cost Per Video.*number of US dollars/,
		],
		[
			'a limit with a currency',
			{ maxCostPerRun: '$0.50' },
			/Max Cost Per Run.*number of US dollars/,
		],
		['a negative limit', { maxCostPerRun: -1 }, /Max Cost Per Run.*number of US dollars/],
		[
			'extra body fields that change the price',
			{ maxCostPerVideo: 0.7, extraBody: '{"duration":"15"}' },
			/sets "duration"/,
		],
	])('%s', async (_name, options, message) => {
		const account = here.account();
		const { error } = await run(account, { options });
		expect(error?.message).toMatch(message);
		expect(requestsOf(account)).toEqual([]);
	});

	it('the balance is checked for the text "true" too', async () => {
		const account = here.account({ credits: 0.2 });
		const { error } = await run(account, { options: { checkBalance: '={{ "true" }}' } });
		expect(error?.message).toMatch(/does not cover/);
	});
});
