import { accountingHeaders, readJob, readRequestId } from '../../../nodes/segmind/job/result';

const NOW = 1_790_000_000_000;
const URL = 'https://images.segmind.com/abc/video.mp4';
const ID = '3b241101-e2bb-4255-8caf-4136c566a962';

/** The result of a completed request, as the API document shows it. */
const RESULT = {
	status: 'COMPLETED',
	request_id: ID,
	output: URL,
	video: { url: URL, content_type: 'video/mp4', file_name: 'video.mp4', file_size: 1_234_567 },
	error: null,
	metrics: {
		cost: 1.4,
		remaining_credits: 18.6,
		inference_time: 189.2,
		queue_time: 2.5,
		total_time: 191.7,
		retry_count: 0,
	},
};

function completed(body: unknown) {
	const reading = readJob(body, 200, NOW);
	if (reading.state !== 'completed') throw new Error(`was read as ${reading.state}`);
	return reading.result;
}

describe('A completed request', () => {
	it('gives everything that the documented answer holds', () => {
		expect(completed(RESULT)).toEqual({
			videoUrl: URL,
			contentType: 'video/mp4',
			fileName: 'video.mp4',
			fileSize: 1_234_567,
			cost: 1.4,
			remainingCredits: 18.6,
			inferenceTime: 189.2,
			queueTime: 2.5,
			totalTime: 191.7,
			lastFrameUrl: undefined,
			completedAt: NOW,
			response: RESULT,
		});
	});

	it.each([
		['output as text', { status: 'COMPLETED', output: URL }],
		['the video alone', { status: 'COMPLETED', video: { url: URL } }],
		['the video as text', { status: 'COMPLETED', video: URL }],
		['output as an array', { status: 'COMPLETED', output: [URL] }],
		['output as an array of objects', { status: 'COMPLETED', output: [{ url: URL }] }],
		['output as an object', { status: 'COMPLETED', output: { video: { url: URL } } }],
		['no status', { output: URL, error: null }],
		['no status and the video alone', { video: { url: URL, content_type: 'video/mp4' } }],
		['no status and an array', { output: [URL] }],
		['a status in small letters', { status: 'completed', output: URL }],
		['an empty output beside the video', { status: 'COMPLETED', output: '', video: { url: URL } }],
		['null beside the video', { status: 'COMPLETED', output: null, video: { url: URL } }],
	])('is understood with %s', (_shape, body) => {
		expect(completed(body).videoUrl).toBe(URL);
	});

	it('takes the video from `video` when the output is another picture', () => {
		const body = { ...RESULT, output: 'https://images.segmind.com/abc/preview.gif' };
		expect(completed(body).videoUrl).toBe(URL);
	});

	it.each([
		['beside the output', { ...RESULT, last_frame_url: 'https://images.segmind.com/last.png' }],
		[
			'in the output',
			{
				status: 'COMPLETED',
				output: { video_url: URL, last_frame_url: 'https://images.segmind.com/last.png' },
			},
		],
		[
			'in the video',
			{
				status: 'COMPLETED',
				video: { url: URL, last_frame: { url: 'https://images.segmind.com/last.png' } },
			},
		],
	])('gives the last frame that stands %s, and does not take it for the video', (_where, body) => {
		expect(completed(body)).toMatchObject({
			videoUrl: URL,
			lastFrameUrl: 'https://images.segmind.com/last.png',
		});
	});

	it.each(['status_url', 'response_url', 'poll_url'])('never takes its %s for the video', (key) => {
		const body = {
			status: 'COMPLETED',
			request_id: ID,
			[key]: `https://api.segmind.com/v2/requests/${ID}`,
		};
		expect(completed(body).videoUrl).toBeUndefined();
	});

	it.each([
		['a data URL', 'data:video/mp4;base64,AAAA'],
		['a path', '/tmp/video.mp4'],
		['a script', 'javascript:alert(1)'],
		['a file', 'file:///etc/passwd'],
	])('takes no address but http and https: %s', (_what, output) => {
		expect(completed({ status: 'COMPLETED', output }).videoUrl).toBeUndefined();
	});

	it('reads numbers that come as text', () => {
		const body = {
			...RESULT,
			metrics: { cost: '1.40', remaining_credits: ' 18.6 ' },
			video: { url: URL, file_size: '99' },
		};
		expect(completed(body)).toMatchObject({ cost: 1.4, remainingCredits: 18.6, fileSize: 99 });
	});

	it.each([null, '', 'n/a', {}, NaN])(
		'has no cost when the service says %p, not a cost of 0',
		(cost) => {
			expect(completed({ ...RESULT, metrics: { cost } }).cost).toBeUndefined();
		},
	);

	it('may lack metrics', () => {
		expect(completed({ status: 'COMPLETED', output: URL })).toMatchObject({
			videoUrl: URL,
			cost: undefined,
		});
	});
});

describe('A request that goes on', () => {
	it.each(['QUEUED', 'PROCESSING', 'processing', 'IN_QUEUE', 'RETRYING', 'UPSCALING'])(
		'has the status %s, and an unknown one counts as running',
		(status) => {
			expect(readJob({ status, request_id: ID, metrics: {} }, 200, NOW)).toEqual({
				state: 'running',
				status: status.toUpperCase(),
			});
		},
	);
});

describe('An answer that must not be taken for a failed job, for that would be submitted anew', () => {
	it.each([
		['an error without a status', 200, { error: 'upstream timeout' }, 'unreadable'],
		['a status that nobody documents', 200, { status: 'ERROR', error: 'oops' }, 'running'],
		['text', 200, 'Service unavailable', 'unreadable'],
		['422 with the page of a firewall', 422, '<html><title>Blocked</title></html>', 'unreadable'],
		['422 with an empty body', 422, '', 'unreadable'],
		['422 with JSON of somebody else', 422, { message: 'Forbidden' }, 'unreadable'],
		['422 with empty words', 422, { error: '', detail: [] }, 'unreadable'],
		['422 with a list', 422, [{ msg: 'no' }], 'unreadable'],
		['422 with another status', 422, { status: 'PROCESSING', error: 'slow' }, 'running'],
		['422 with a video', 422, { output: URL }, 'completed'],
	])('%s', (_what, status, body, state) => {
		expect(readJob(body, status, NOW)).toMatchObject({ state });
	});

	it.each([
		['an error', { error: 'try later' }, 'try later'],
		['a detail', { detail: 'request is being moved' }, 'request is being moved'],
		[
			'a list of details',
			{ detail: [{ loc: ['path', 'request_id'], msg: 'not valid' }] },
			'path.request_id: not valid',
		],
	])('422 with %s of the service is doubtful, and its words are kept', (_what, body, text) => {
		expect(readJob(body, 422, NOW)).toEqual({ state: 'doubtful', text });
	});
});

describe('A failed request', () => {
	it.each([
		[
			'its error',
			{ status: 'FAILED', error: 'Content policy violation', output: null },
			'Content policy violation',
		],
		['small letters', { status: 'failed', error: 'bad image' }, 'bad image'],
		['a detail', { status: 'FAILED', detail: 'bad image' }, 'bad image'],
		[
			'a list of details',
			{ status: 'FAILED', detail: [{ loc: ['body', 'duration'], msg: 'not valid' }] },
			'duration: not valid',
		],
	])('says why: %s', (_what, body, text) => {
		expect(readJob(body, 422, NOW)).toEqual({ state: 'failed', text });
	});

	it.each([
		{ status: 'FAILED' },
		{ status: 'FAILED', error: null },
		{ status: 'FAILED', error: '' },
	])('says that there is no reason in %p', (body) => {
		expect(readJob(body, 200, NOW)).toEqual({ state: 'failed', text: expect.stringMatching(/\w/) });
	});

	it('never says the word that marks an execution as stopped', () => {
		expect(readJob({ status: 'FAILED', error: 'canceled by provider' }, 200, NOW)).toEqual({
			state: 'failed',
			text: 'cancelled by provider',
		});
	});

	it('stays failed when a URL stands in it', () => {
		expect(readJob({ status: 'FAILED', error: 'bad', output: URL }, 200, NOW).state).toBe('failed');
	});
});

describe('An answer that says nothing', () => {
	it.each([
		['a text', '{"status":"COMP'],
		['HTML', '<html></html>'],
		['nothing', ''],
		['undefined', undefined],
		['null', null],
		['an empty object', {}],
		['an array', [{ status: 'COMPLETED' }]],
		['an error of null alone', { error: null }],
	])('is unreadable, and neither done nor failed: %s', (_what, body) => {
		expect(readJob(body, 200, NOW)).toEqual({ state: 'unreadable' });
	});
});

describe('The headers of the synchronous call', () => {
	it('give the accounting', () => {
		expect(
			accountingHeaders({
				'x-request-id': ID,
				'x-cost': '1.4',
				'x-remaining-credits': '18.6',
				'x-generation-time': '189.2',
			}),
		).toEqual({ requestId: ID, cost: 1.4, remainingCredits: 18.6, inferenceTime: 189.2 });
	});

	it('may be missing', () => {
		expect(accountingHeaders({})).toEqual({
			requestId: undefined,
			cost: undefined,
			remainingCredits: undefined,
			inferenceTime: undefined,
		});
	});
});

describe('The request ID of a submit', () => {
	it('is read, and need not be a UUID', () => {
		expect(readRequestId({ request_id: ID, status: 'QUEUED' })).toBe(ID);
		expect(readRequestId({ request_id: 'req/1 2' })).toBe('req/1 2');
		expect(readRequestId({ request_id: 42 })).toBe('42');
	});

	it.each([
		{},
		{ request_id: '' },
		{ request_id: '  ' },
		{ request_id: null },
		{ request_id: {} },
		'',
		'x',
		null,
		undefined,
		[ID],
	])('is missing in %p', (body) => {
		expect(readRequestId(body)).toBeUndefined();
	});
});
