/** What n8n's helpers do not do by themselves: a time for the whole request, and an end that is certain. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { DEFAULT_URLS } from '../../../nodes/segmind/transport/origins';
import { openFile, send, type ServiceRequest } from '../../../nodes/segmind/transport/request';

const REQUEST: ServiceRequest = {
	method: 'GET',
	service: 'gateway',
	path: '/v1/get-user-credits',
	timeout: 50,
};

/** n8n's context, with a helper that behaves like this. */
function contextWith(helper: (options: object, signal: AbortSignal) => Promise<unknown>) {
	const context = {
		helpers: {
			httpRequest: async (options: { abortSignal: AbortSignal }) =>
				await helper(options, options.abortSignal),
			async httpRequestWithAuthentication(
				this: IExecuteFunctions,
				_credential: string,
				options: object,
			) {
				return await helper(options, this.getExecutionCancelSignal()!);
			},
		},
	};
	return context as unknown as IExecuteFunctions;
}

const never = async () => await new Promise<never>(() => {});
const whenAborted = async (_options: object, signal: AbortSignal) =>
	await new Promise<never>((_resolve, reject) => {
		const error = Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' });
		signal.addEventListener('abort', () => reject(error));
	});

const ASK: Array<
	[string, (context: IExecuteFunctions, signal?: AbortSignal) => ReturnType<typeof send>]
> = [
	[
		'with the key',
		async (context, signal) => await send(context, DEFAULT_URLS, { ...REQUEST, signal }),
	],
	[
		'for a file',
		async (context, signal) =>
			await openFile(context, { url: 'https://images.segmind.com/a.mp4', timeout: 50, signal }),
	],
];

describe.each(ASK)('A request %s', (_what, ask) => {
	it('ends when its time is over, as a time-out', async () => {
		expect(await ask(contextWith(whenAborted))).toEqual({
			kind: 'failure',
			code: 'ETIMEDOUT',
			text: '',
		});
	});

	it('ends soon after its time when the helper does not look', async () => {
		const begun = Date.now();
		expect(await ask(contextWith(never))).toMatchObject({ code: 'ETIMEDOUT' });
		expect(Date.now() - begun).toBeLessThan(8000);
	});

	it('ends with its signal, which is no time-out', async () => {
		const stop = new AbortController();
		const asked = ask(contextWith(whenAborted), stop.signal);
		stop.abort();
		expect(await asked).toMatchObject({ kind: 'failure', code: 'ERR_CANCELED' });
	});

	it('ends soon after its signal when the helper does not look', async () => {
		expect(await ask(contextWith(never), AbortSignal.abort())).toMatchObject({
			code: expect.stringMatching(/ERR_CANCELED|ETIMEDOUT/),
		});
	});
});

describe('The options of a request', () => {
	const seen: Array<Record<string, unknown>> = [];
	const context = contextWith(async (options) => {
		seen.push(options as Record<string, unknown>);
		return { statusCode: 200, headers: { 'X-Odd': 1 }, body: {} };
	});

	it('follow no redirect with the key, and are new for each one', async () => {
		expect(await send(context, DEFAULT_URLS, REQUEST)).toEqual({
			kind: 'answer',
			status: 200,
			headers: { 'x-odd': '1' },
			body: {},
		});
		await send(context, DEFAULT_URLS, REQUEST);
		const [first, second] = seen;
		expect(first).toMatchObject({
			url: 'https://api.segmind.com/v1/get-user-credits',
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: true,
		});
		expect(first).not.toBe(second);
	});
});
