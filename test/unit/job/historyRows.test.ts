import {
	readPage,
	readRow,
	readRows,
	readSingle,
	stateOf,
} from '../../../nodes/segmind/job/historyRows';

const ID = '3b241101-e2bb-4255-8caf-4136c566a962';
const OTHER = '9c1185a5-c5e9-4b51-8f0b-52b1d6a6f3d1';
const URL = 'https://images.segmind.com/abc/video.mp4';
const AT = Date.parse('2026-11-20T07:05:09.250Z');

/** A row with what the documents name. */
const ROW = {
	request_id: ID,
	model_name: 'kling-o3-image2video',
	model_status: 'COMPLETED',
	credits_deduction: 0.63,
	request_body: { prompt: 'Rain', duration: '3', seed: null },
	generation_url: URL,
	latency_ms: 201_500,
	model_created: '2026-11-20T07:05:09.250Z',
};

const idsIn = (body: unknown) => readRows(body)?.map(({ requestId }) => requestId);

describe('A row of the history', () => {
	it('gives all that the documents name', () => {
		expect(readRow(ROW)).toEqual({
			requestId: ID,
			model: 'kling-o3-image2video',
			status: 'COMPLETED',
			cost: 0.63,
			body: { prompt: 'Rain', duration: '3', seed: null },
			videoUrl: URL,
			createdAt: AT,
			duration: 201.5,
			error: undefined,
			raw: ROW,
		});
	});

	it('of a job under way has no video, and no cost yet', () => {
		const row = readRow({
			...ROW,
			model_status: 'pending',
			generation_url: null,
			latency_ms: null,
		});
		expect(row).toMatchObject({ status: 'PENDING', videoUrl: undefined, duration: undefined });
	});

	it.each([
		['text', 'no face found', 'no face found'],
		['an object', { message: 'no face found' }, 'no face found'],
		['a list', [{ loc: ['body', 'image_url'], msg: 'no face found' }], 'image_url: no face found'],
		['the word that marks a stop', 'canceled by provider', 'cancelled by provider'],
		['null', null, undefined],
		['empty text', '', undefined],
	])('says why a job failed: %s', (_form, error, text) => {
		expect(readRow({ ...ROW, model_status: 'FAILED', error })?.error).toBe(text);
	});

	it.each([
		['JSON text', JSON.stringify(ROW.request_body), ROW.request_body],
		['no JSON', '{"prompt":', undefined],
		['a list', [1], undefined],
		['nothing', undefined, undefined],
	])('has its inputs as %s', (_form, body, inputs) => {
		expect(readRow({ ...ROW, request_body: body })?.body).toEqual(inputs);
	});

	it.each([
		['a list', [URL]],
		['an object', { url: URL }],
		['a list of objects', [{ video: URL }]],
	])('has its video as %s', (_form, url) => {
		expect(readRow({ ...ROW, generation_url: url })?.videoUrl).toBe(URL);
	});

	it.each(['javascript:alert(1)', 'file:///etc/passwd', 'data:video/mp4;base64,AAAA', '', 7])(
		'takes no address but http and https: %p',
		(url) => {
			expect(readRow({ ...ROW, generation_url: url })?.videoUrl).toBeUndefined();
		},
	);

	it.each([
		['a number as its ID', { request_id: 42 }, '42'],
		['another spelling of it', { requestId: ID }, ID],
		['an `id` beside a field of a row', { id: ID, model_status: 'FAILED' }, ID],
	])('may have %s', (_what, row, id) => {
		expect(readRow(row)?.requestId).toBe(id);
	});

	it.each([
		[{}],
		[null],
		['row'],
		[[ROW]],
		[{ request_id: '' }],
		[{ id: 'kling', name: 'another thing with an ID' }],
	])('is not %p', (value) => {
		expect(readRow(value)).toBeUndefined();
	});
});

describe('The time of a row', () => {
	it.each([
		['ISO', '2026-11-20T07:05:09.250Z', AT],
		['ISO without a zone', '2026-11-20T07:05:09.250', AT],
		['with a space', '2026-11-20 07:05:09.250', AT],
		['with microseconds', '2026-11-20T07:05:09.250999', AT],
		['with a space, microseconds and a zone', '2026-11-20 07:05:09.250999+00:00', AT],
		['of another zone', '2026-11-20T09:05:09.250+02:00', AT],
		['of a mail', 'Fri, 20 Nov 2026 07:05:09 GMT', AT - 250],
		['seconds', AT / 1000, AT],
		['seconds as text', String(AT / 1000), AT],
		['milliseconds', AT, AT],
		['microseconds', AT * 1000, AT],
	])('may be %s', (_form, model_created, time) => {
		expect(readRow({ ...ROW, model_created })?.createdAt).toBe(time);
	});

	it.each([
		['a day without an hour', '2026-11-20'],
		['a small number', 250],
		['true', true],
		['nothing', null],
		['no time', 'yesterday at 7:05'],
	])('is unknown for %s', (_form, model_created) => {
		expect(readRow({ ...ROW, model_created })?.createdAt).toBeUndefined();
	});

	it.each(['created_at', 'createdAt', 'created', 'submitted_at', 'timestamp'])(
		'may stand under %s',
		(name) => {
			const row = { ...ROW, model_created: undefined };
			expect(readRow({ ...row, [name]: '2026-11-20T07:05:09.250Z' })?.createdAt).toBe(AT);
		},
	);

	it('is never that of a change, which is minutes later', () => {
		const row = { ...ROW, model_created: undefined };
		expect(readRow({ ...row, updated_at: '2026-11-20T07:08:00Z' })?.createdAt).toBeUndefined();
	});

	it('is the first that can be read', () => {
		const row = { ...ROW, model_created: '2026-11-20', created_at: '2026-11-20T07:05:09.250Z' };
		expect(readRow(row)?.createdAt).toBe(AT);
	});
});

describe('A list', () => {
	const two = [ROW, { ...ROW, request_id: OTHER }];

	it.each([
		['of the SDK', { generations: two, pagination: { page: 1 } }],
		['bare', two],
		['under data', { data: two }],
		['under rows', { rows: two, total: 2 }],
		['deeper', { status: 'ok', data: { items: two } }],
		['behind an empty list', { models: [], generations: two }],
		['behind a list of other things', { models: [{ id: 'kling', name: 'x' }], results: two }],
	])('is found in any envelope: %s', (_form, body) => {
		expect(idsIn(body)).toEqual([ID, OTHER]);
	});

	it.each([[{ generations: [], pagination: { total: 0 } }], [[]], [{ data: { items: [] } }]])(
		'may be empty: %j',
		(body) => {
			expect(readRows(body)).toEqual([]);
		},
	);

	it.each([
		['HTML', '<html><title>Sign in</title></html>'],
		['nothing', ''],
		['undefined', undefined],
		['no list', { message: 'ok' }],
		['the words of a refusal', { detail: [{ loc: ['query', 'page'], msg: 'bad' }] }],
		['an empty list of errors', { errors: [], message: 'ok' }],
		['a list of other things', [{ id: 'kling', name: 'x' }]],
	])('is not found in %s, which is not the same as empty', (_what, body) => {
		expect(readRows(body)).toBeUndefined();
	});

	it('has each request once, with what any of its rows knows', () => {
		const rows = readRows([
			{ ...ROW, generation_url: null },
			{ ...ROW, request_id: OTHER },
			{ ...ROW, credits_deduction: 9, generation_url: URL },
		]);
		expect(rows).toMatchObject([
			{ requestId: ID, cost: 0.63, videoUrl: URL },
			{ requestId: OTHER },
		]);
	});

	it('leaves out what is no row', () => {
		expect(idsIn([ROW, null, 'x', {}, 7])).toEqual([ID]);
	});
});

describe('The last page', () => {
	const rows = (count: number) =>
		Array.from({ length: count }, (_, n) => ({ ...ROW, request_id: `r${n}` }));
	const isLast = (body: unknown, page = 1, perPage = 100) => readPage(body, page, perPage)?.isLast;

	it.each([
		['pages in all', { generations: rows(20), pagination: { total_pages: 2 } }, false],
		['pages in all, reached', { generations: rows(20), pagination: { total_pages: 1 } }, true],
		['rows in all', { rows: rows(20), total: 21, per_page: 20 }, false],
		['rows in all, reached', { rows: rows(20), total: 20 }, true],
		['whether there are more', { data: rows(20), has_more: true }, false],
		['that there are no more', { data: rows(100), pagination: { has_next: false } }, true],
	])('is told by %s', (_what, body, last) => {
		expect(isLast(body)).toBe(last);
	});

	it('is one with few rows, or none, where nothing else tells', () => {
		expect(isLast(rows(100))).toBe(false);
		// The service may give fewer on a page than were asked for.
		expect(isLast(rows(20))).toBe(false);
		expect(isLast(rows(19))).toBe(true);
		expect(isLast([])).toBe(true);
		expect(isLast(rows(5), 1, 5)).toBe(false);
	});
});

describe('One request', () => {
	it.each([
		['bare', ROW],
		['under data', { data: ROW }],
		['in a list', [ROW]],
		['in a list under a name', { rows: [ROW] }],
		['among others', { generations: [{ ...ROW, request_id: OTHER }, ROW] }],
		['deeper', { status: 'ok', data: { generation: ROW } }],
	])('is found in any envelope: %s', (_form, body) => {
		expect(readSingle(body, ID)).toMatchObject({ requestId: ID, videoUrl: URL });
	});

	it('need not repeat the ID that it was asked for by', () => {
		const row = { ...ROW, request_id: undefined };
		expect(readSingle(row, ID)).toMatchObject({ requestId: ID, videoUrl: URL });
	});

	it.each([
		['another request', { ...ROW, request_id: OTHER }],
		['another request in an envelope', { data: { ...ROW, request_id: OTHER } }],
		['HTML', '<html></html>'],
		['nothing', ''],
		['an empty object', {}],
		['an empty list', []],
	])('is not found in %s', (_what, body) => {
		expect(readSingle(body, ID)).toBeUndefined();
	});
});

describe('The state of a row', () => {
	const state = (model_status: unknown, generation_url: unknown = null) =>
		stateOf(readRow({ request_id: ID, model_status, generation_url })!);

	it('is failed only where it says so: that one may be bought again', () => {
		expect(state('FAILED')).toBe('failed');
		expect(state('failed', URL)).toBe('failed');
		expect(
			['ERROR', 'CANCELLED', 'TIMEOUT', 'PENDING', ''].map((word) => state(word)),
		).not.toContain('failed');
	});

	it('is completed by its word, or by its video where there is no word', () => {
		expect(
			['COMPLETED', 'complete', 'SUCCESS', 'succeeded', 'DONE'].map((word) => state(word)),
		).toEqual(Array(5).fill('completed'));
		expect(state(null, URL)).toBe('completed');
		expect(state('PENDING', URL)).toBe('running');
	});
});
