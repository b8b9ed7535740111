import { type IExecuteFunctions, type INode, NodeApiError, NodeOperationError } from 'n8n-workflow';

import { parameterProblem, type Problem } from '../../../nodes/segmind/outcome';
import { refused, stoppedProblem } from '../../../nodes/segmind/problems';
import { errorItem, nodeError, problemDetails } from '../../../nodes/segmind/run/errors';

const NODE: INode = {
	id: '1',
	name: 'Kling',
	type: 'n8n-nodes-segmind-kling.klingO3',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const PAID: Problem = {
	kind: 'service',
	message: 'The video of request abc is finished and paid, but its file could not be downloaded',
	description: 'Open the URL.',
	status: 404,
	billed: 'yes',
	requestId: 'abc',
	videoUrl: 'https://images.segmind.com/abc/video.mp4',
	cost: 1.4,
};

/** The codes and words for which n8n puts a stock text in the place of a message. */
const KNOWN_TO_N8N = [
	'ECONNREFUSED',
	'ECONNRESET',
	'ENOTFOUND',
	'ETIMEDOUT',
	'ERRADDRINUSE',
	'EADDRNOTAVAIL',
	'ECONNABORTED',
	'EHOSTUNREACH',
	'EAI_AGAIN',
	'ENOENT',
	'EISDIR',
	'ENOTDIR',
	'EACCES',
	'EEXIST',
	'EPERM',
	'GETADDRINFO',
];

describe('The error that is thrown', () => {
	it('is a NodeOperationError for the user’s input, with its item', () => {
		const error = nodeError(NODE, parameterProblem('Prompt is empty', 'Write one.'), 3);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error).toMatchObject({
			message: 'Prompt is empty',
			description: 'Write one.',
			context: { itemIndex: 3 },
		});
	});

	it('has no description rather than an empty one, which n8n 1 shows in place of the message', () => {
		expect(nodeError(NODE, parameterProblem('Prompt is empty')).description).toBeUndefined();
		expect(nodeError(NODE, { ...PAID, description: '' }).description).toBeUndefined();
	});

	it('never has the word that takes the Retry button away, not even in what the user entered', () => {
		const message = 'Image URL is not a valid URL: "canceled"';
		expect(nodeError(NODE, parameterProblem(message)).message).not.toContain('canceled');
	});

	it('has no status that n8n found somewhere in the details', () => {
		const problem = { ...PAID, status: undefined, details: { response: { status: 'COMPLETED' } } };
		expect(nodeError(NODE, problem)).toMatchObject({ httpCode: null });
	});

	it('is a NodeApiError for all else, with its item and status', () => {
		const error = nodeError(NODE, PAID, 2);
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error).toMatchObject({
			message: PAID.message,
			description: PAID.description,
			httpCode: '404',
			context: { itemIndex: 2 },
		});
	});

	it.each(KNOWN_TO_N8N)('keeps our message when a service’s text contains %s', (word) => {
		for (const text of [`upstream said ${word}`, `upstream said ${word.toLowerCase()} at once`]) {
			const service = refused(
				{ kind: 'answer', status: 502, headers: {}, body: { error: text } },
				'read',
			);
			for (const problem of [service, parameterProblem(text)]) {
				const error = nodeError(NODE, problem, 0);
				expect(error.message).toBe(problem.message);
				expect(error.message).toContain(text);
				expect(error.description).toBe(problem.description || undefined);
			}
		}
	});

	it('keeps our message when a harmless word contains a code, as "preexisting" does', () => {
		const problem = parameterProblem('Segment 1 speaks of a preexisting picture');
		expect(nodeError(NODE, problem, 0).message).toBe(problem.message);
		const service: Problem = {
			...PAID,
			message: 'Segmind rejected a preexisting image',
			status: 422,
		};
		expect(nodeError(NODE, service, 0).message).toBe(service.message);
	});

	it.each([400, 401, 402, 403, 404, 405, 429, 500, 502, 503, 504])(
		'keeps our message for status %i',
		(status) => {
			const problem = refused(
				{ kind: 'answer', status, headers: {}, body: { message: 'x', description: 'y' } },
				'submit',
			);
			const error = nodeError(NODE, problem, 0);
			expect(error.message).toBe(problem.message);
			expect(error.description).toBe(problem.description);
			expect(error).toMatchObject({ httpCode: String(status) });
		},
	);

	it('keeps our message when the answer that is passed on has texts of its own', () => {
		const response = {
			message: 'read ECONNRESET',
			data: { message: 'stock', error: { message: 'stock' } },
		};
		const error = nodeError(NODE, { ...PAID, status: undefined, details: { response } }, 0);
		expect(error).toMatchObject({ message: PAID.message, description: PAID.description });
	});

	it('brings no second message for n8n to show', () => {
		expect(nodeError(NODE, { ...PAID, message: 'ECONNRESET' }, 0).messages).toEqual([]);
	});

	it.each([
		[
			'a failed job',
			refused(
				{ kind: 'answer', status: 422, headers: {}, body: { error: 'Job canceled' } },
				'read',
			),
		],
		[
			'a refused submit',
			refused({ kind: 'answer', status: 400, headers: {}, body: 'CANCELED' }, 'submit'),
		],
		[
			'an aborted request',
			refused({ kind: 'failure', code: 'ERR_CANCELED', text: 'canceled' }, 'read'),
		],
		['a stop before the submit', stoppedProblem()],
		['a stop after the submit', stoppedProblem({ requestId: 'abc' })],
	])('never contains the word that n8n takes for a stop: %s', (_what, problem) => {
		const error = nodeError(NODE, problem, 0);
		expect(`${error.message} ${error.description} ${error.messages.join()}`).not.toMatch(
			/canceled/i,
		);
	});
});

describe('The error of a tool', () => {
	const TOOL: INode = { ...NODE, type: 'n8n-nodes-segmind-kling.klingO3Tool' };
	/** What n8n 1.100.1 and n8n 2.41.1 pass on: `makeHandleToolInvocation` of n8n-core, `buildSteps` of the agent. */
	const seenInVersion1 = ({ description, message }: ReturnType<typeof nodeError>) =>
		description ?? message;
	const seenInVersion2 = ({ message }: ReturnType<typeof nodeError>) => message;

	it.each([
		['a parameter without advice', parameterProblem('Prompt is empty')],
		['a parameter with advice', parameterProblem('Prompt is empty', 'Write one.')],
		['a paid video', PAID],
		['a text that n8n would reword', { ...PAID, message: 'upstream said ECONNRESET' }],
	])('says all that it has to say, whichever part a model gets: %s', (_what, problem) => {
		const error = nodeError(TOOL, problem, 0);
		// n8n wraps every error in this one, but for those that are one already.
		const wrapped = new NodeOperationError(TOOL, error);
		expect(wrapped).toBe(error);
		for (const seen of [seenInVersion1(wrapped), seenInVersion2(wrapped)]) {
			expect(seen).toContain(problem.message);
			expect(seen).toContain(problem.description);
		}
	});

	it('never contains the word that n8n takes for a stop', () => {
		const { message } = nodeError(TOOL, parameterProblem('Not', 'canceled'));
		expect(message).not.toContain('canceled');
	});
});

const contextOf = (onError: INode['onError']) =>
	({ getNode: () => ({ ...NODE, onError }) }) as IExecuteFunctions;

describe('The details of a problem', () => {
	it('hold everything that is known of the paid thing', () => {
		expect(problemDetails({ ...PAID, details: { getBefore: '2026-10-05 13:00 UTC' } })).toEqual({
			description: 'Open the URL.',
			httpCode: 404,
			billed: 'yes',
			requestId: 'abc',
			videoUrl: 'https://images.segmind.com/abc/video.mp4',
			cost: 1.4,
			getBefore: '2026-10-05 13:00 UTC',
		});
	});

	it('have no key without a value', () => {
		expect(problemDetails(parameterProblem('Prompt is empty'))).toEqual({ billed: 'no' });
	});
});

describe.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
	'The error item under %s',
	(onError) => {
		it('has exactly error and details, and knows its input', () => {
			const item = errorItem(contextOf(onError), PAID, 5);
			expect(Object.keys(item.json).sort()).toEqual(['details', 'error']);
			expect(item.json.error).toBe(PAID.message);
			expect(item.json.details).toMatchObject({
				requestId: 'abc',
				videoUrl: PAID.videoUrl,
				cost: 1.4,
			});
			expect(item.pairedItem).toEqual({ item: 5 });
		});

		it('has no mark that would make n8n 2 reduce it to its message', () => {
			expect(errorItem(contextOf(onError), PAID, 0).error).toBeUndefined();
		});
	},
);

describe('The error item in n8n 1.x, which looks at another mark', () => {
	/** The module as it is when n8n-workflow does not have what came with n8n 2. */
	function inOldN8n() {
		let loaded: { errorItem: typeof errorItem } | undefined;
		jest.isolateModules(() => {
			jest.doMock('n8n-workflow', () => {
				const old = { ...jest.requireActual<Record<string, unknown>>('n8n-workflow') };
				delete old.BINARY_MODE_COMBINED;
				return old;
			});
			loaded = jest.requireActual<{ errorItem: typeof errorItem }>(
				'../../../nodes/segmind/run/errors',
			);
		});
		jest.dontMock('n8n-workflow');
		if (!loaded) throw new Error('was not loaded');
		return loaded.errorItem;
	}

	it('is marked for the error output, in a way that is not saved', () => {
		const item = inOldN8n()(contextOf('continueErrorOutput'), PAID, 1);
		expect(item.error?.message).toBe(PAID.message);
		expect(JSON.parse(JSON.stringify(item))).toEqual({
			json: { error: PAID.message, details: problemDetails(PAID) },
			pairedItem: { item: 1 },
		});
	});

	it('can have its mark taken away, as n8n does when it has sorted the item', () => {
		const item = inOldN8n()(contextOf('continueErrorOutput'), PAID, 1);
		item.error = undefined;
		expect(item.error).toBeUndefined();
	});

	it('is not marked for the regular output', () => {
		expect(inOldN8n()(contextOf('continueRegularOutput'), PAID, 1).error).toBeUndefined();
	});
});
