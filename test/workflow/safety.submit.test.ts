/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** Nothing is sent before all is checked, and nothing that costs money is sent twice. What counts is the sandbox's account. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asRetry, type Result } from './support/engine';
import { logLines } from './support/log';
import { useSandbox } from './support/useSandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const TEN = Array.from({ length: 10 }, (_, n) => ({ json: { motion: `take ${n}` } }));

const here = useSandbox();
const { inject, requestsOf, run } = here;

describe('all items are checked before any money is spent', () => {
	const items = [{ json: { motion: 'Rain' } }, { json: { motion: '' } }];

	it('with an invalid item nothing is uploaded or submitted', async () => {
		const account = here.account();
		const { error } = await run(
			account,
			{ imageUrl: `data:image/jpeg;base64,${PICTURE.toString('base64')}` },
			{ items },
		);
		expect(error?.context?.itemIndex).toBe(1);
		expect(requestsOf(account)).toEqual([]);
	});

	it('with Continue the others run', async () => {
		const account = here.account();
		const { output } = await run(
			account,
			{},
			{ items, settings: { onError: 'continueRegularOutput' } },
		);
		expect(output.map(({ json }) => Object.keys(json).includes('error'))).toEqual([false, true]);
		expect(account.report().jobs).toHaveLength(1);
	});

	it('an expression that cannot be resolved is an invalid item too', async () => {
		const account = here.account();
		const { error } = await run(
			account,
			{ prompt: '={{ $json.motion.missing.deeper }}' },
			{ items },
		);
		expect(error).toBeDefined();
		expect(requestsOf(account)).toEqual([]);
	});
});

describe('the submit policy', () => {
	/** An address at which nothing listens. */
	async function deadAddress(): Promise<string> {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		server.close();
		await once(server, 'close');
		return `http://127.0.0.1:${port}`;
	}

	it('a refused connection is repeated a few times, and then says that nothing is billed', async () => {
		const account = here.account();
		const baseUrl = await deadAddress();
		let result!: Result;
		const lines = await logLines(async () => {
			result = await run({ ...account, credential: { ...account.credential, baseUrl } });
		});
		expect(result.error?.message).toMatch(/could not be reached: the connection was refused/);
		expect(lines.filter((line) => /trying again/.test(line))).toHaveLength(4);
		expect(JSON.stringify(result.nodeContext)).not.toContain('submitting');
	});

	it('a name that does not exist is repeated likewise', async () => {
		const account = here.account();
		const credential = { ...account.credential, baseUrl: 'https://segmind.invalid' };
		const { error } = await run({ ...account, credential });
		expect(error?.message).toMatch(/host name could not be (found|looked up)/);
	});

	it('500 is repeated only with the option on', async () => {
		const fault = { kind: 'respond' as const, status: 500, body: { error: 'oops' } };
		const careful = here.account();
		inject(careful, { stage: 'submit', times: 2, fault });
		expect((await run(careful)).error?.message).toMatch(/unknown/);
		expect(requestsOf(careful, 'submit')).toHaveLength(1);

		const daring = here.account();
		inject(daring, { stage: 'submit', times: 2, fault });
		const { output } = await run(daring, { options: { retrySubmitOnServerError: true } });
		expect(output[0].json.status).toBe('COMPLETED');
		expect(requestsOf(daring, 'submit')).toHaveLength(3);
		expect(daring.report().jobs).toHaveLength(1);
	});

	it('a lost answer is submitted again on a re-run only with Resubmit If Unknown on', async () => {
		const account = here.account();
		inject(account, { stage: 'submit', fault: { kind: 'reset', when: 'after' } });
		const first = await run(account);
		expect(first.error?.message).toMatch(/unknown/);
		const again = await run(account, {}, { resume: asRetry(first.run) });
		expect(again.error?.message).toMatch(/an earlier attempt of this execution/);
		expect(account.report().jobs).toHaveLength(1);
		const accepted = await run(
			account,
			{ options: { resubmitUnknown: true } },
			{ resume: asRetry(again.run) },
		);
		expect(accepted.output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs).toHaveLength(2);
	});
});

describe('options that cannot be resolved', () => {
	it('make an error item each, not an error of the run, when the user chose to continue', async () => {
		const account = here.account();
		const { output } = await run(
			account,
			{ options: { fileName: '={{ $("Nowhere").item.json.name }}' } },
			{ items: TEN.slice(0, 2), settings: { onError: 'continueRegularOutput' } },
		);
		expect(output.map(({ json }) => typeof json.error)).toEqual(['string', 'string']);
		expect(requestsOf(account)).toEqual([]);
	});
});
