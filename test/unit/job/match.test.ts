import type { HistoryRow } from '../../../nodes/segmind/job/historyRows';
import { addressesOf, ANY, match, unsent, type Wanted } from '../../../nodes/segmind/job/match';

const MODEL = 'kling-o3-image2video';
const NOW = Date.parse('2026-11-24T12:00:00Z');
const MINUTE = 60_000;

/** What the node sends. */
const BODY = {
	image_url: 'https://example.com/mountain.jpg',
	prompt: 'Rain falls',
	duration: '3',
	generate_audio: false,
	mode: 'std',
	shot_type: 'customize',
};

/** What the history shows of it: defaults and nulls besides. */
const SHOWN = { ...BODY, end_image_url: null, multi_prompt: null, seed: null, cfg_scale: 0.5 };

const wanted = (key: string, rest: Partial<Wanted> = {}): Wanted => ({
	key,
	hash: JSON.stringify(rest.body ?? BODY),
	model: MODEL,
	body: BODY,
	from: NOW - 10 * MINUTE,
	to: NOW + 10 * MINUTE,
	near: NOW,
	...rest,
});

const row = (requestId: string, rest: Partial<HistoryRow> = {}): HistoryRow => ({
	requestId,
	model: MODEL,
	status: 'COMPLETED',
	body: SHOWN,
	createdAt: NOW,
	raw: {},
	...rest,
});

const NOTHING_TAKEN = new Set<string>();

/** By key the request ID that was found, `?` where there are several. */
function found(jobs: Wanted[], rows: HistoryRow[], taken = NOTHING_TAKEN) {
	const matches = match(jobs, rows, taken);
	return Object.fromEntries([
		...[...matches.found].map(([key, { requestId }]) => [key, requestId]),
		...[...matches.ambiguous].map(([key]) => [key, '?']),
	]) as Record<string, string>;
}

describe('A request is the wanted job', () => {
	it('when all that was sent is shown, with more fields besides', () => {
		expect(found([wanted('a')], [row('r')])).toEqual({ a: 'r' });
	});

	it.each([
		['a number for text', { ...SHOWN, duration: 3 }],
		['another form of the number', { ...SHOWN, duration: '3.0' }],
		['text for a boolean', { ...SHOWN, generate_audio: 'False' }],
		['spaces around the prompt', { ...SHOWN, prompt: ' Rain falls\n' }],
	])('in a liberal form: %s', (_form, body) => {
		expect(found([wanted('a')], [row('r', { body })])).toEqual({ a: 'r' });
	});

	it.each([
		['Kling-O3-Image2Video'],
		['segmind/kling-o3-image2video'],
		['/v2/kling-o3-image2video'],
		['https://api.segmind.com/v2/kling-o3-image2video/'],
		['Kling O3 Image2Video'],
	])('with the model written as %s', (model) => {
		expect(found([wanted('a')], [row('r', { model })])).toEqual({ a: 'r' });
	});

	it.each([
		['another model', { model: 'kling-o3-text2video' }],
		['a model that only contains the name', { model: 'kling-o3-image2video-turbo' }],
		['no model', { model: '' }],
		['no inputs', { body: undefined }],
		['another prompt', { body: { ...SHOWN, prompt: 'Rain fell' } }],
		['another image', { body: { ...SHOWN, image_url: 'https://example.com/sea.jpg' } }],
		['another length', { body: { ...SHOWN, duration: '30' } }],
		['a field missing', { body: { ...SHOWN, mode: undefined } }],
		['a field of null', { body: { ...SHOWN, mode: null } }],
		['an object for text', { body: { ...SHOWN, mode: { std: true } } }],
		['a time before', { createdAt: NOW - 11 * MINUTE }],
		['a time after', { createdAt: NOW + 11 * MINUTE }],
	])('not with %s', (_what, rest) => {
		expect(found([wanted('a')], [row('r', rest as Partial<HistoryRow>)])).toEqual({});
	});

	it('not when it is taken', () => {
		expect(found([wanted('a')], [row('r')], new Set(['r']))).toEqual({});
	});

	it('also when it failed, which it says: the caller decides', () => {
		const { found: rows } = match([wanted('a')], [row('r', { status: 'FAILED' })], NOTHING_TAKEN);
		expect(rows.get('a')).toMatchObject({ requestId: 'r', status: 'FAILED' });
	});

	describe('with segments', () => {
		const multi_prompt = [
			{ prompt: 'Rain', duration: '2' },
			{ prompt: 'Sun', duration: '1' },
		];
		const body = { ...BODY, multi_prompt };
		const isFound = (shown: unknown) =>
			found(
				[wanted('a', { body })],
				[row('r', { body: { ...SHOWN, multi_prompt: shown as never } })],
			).a === 'r';

		it.each([
			['as they were sent', multi_prompt],
			['as JSON text', JSON.stringify(multi_prompt)],
			['with numbers', multi_prompt.map((one) => ({ ...one, duration: Number(one.duration) }))],
			['with more fields in each', multi_prompt.map((one, index) => ({ ...one, index }))],
		])('%s', (_form, shown) => expect(isFound(shown)).toBe(true));

		it.each([
			['in another order', [...multi_prompt].reverse()],
			['with one missing', multi_prompt.slice(1)],
			['with one more', [...multi_prompt, multi_prompt[0]]],
			['with another text', [multi_prompt[0], { prompt: 'Snow', duration: '1' }]],
			['as nothing', null],
			['as something else', 'Rain, Sun'],
		])('not %s', (_form, shown) => expect(isFound(shown)).toBe(false));
	});
});

describe('A field that was not sent', () => {
	const body = { ...BODY, end_image_url: unsent(), multi_prompt: unsent() };

	it.each([
		['null', null],
		['empty text', ''],
		['an empty list', []],
		['nothing', undefined],
	])('may be shown as %s', (_form, value) => {
		const shown = { ...SHOWN, end_image_url: value as null, multi_prompt: value as null };
		expect(found([wanted('a', { body })], [row('r', { body: shown })])).toEqual({ a: 'r' });
	});

	it('may be shown with what the service takes by itself, and with nothing else', () => {
		const withDefault = { ...BODY, cfg_scale: unsent(0.5) };
		const isFound = (cfg_scale: number | string | null) =>
			found([wanted('a', { body: withDefault })], [row('r', { body: { ...SHOWN, cfg_scale } })]);
		for (const value of [0.5, '0.50', null]) expect(isFound(value)).toEqual({ a: 'r' });
		expect(isFound(0.7)).toEqual({});
	});

	it('and has a value was sent for another job', () => {
		const shown = { ...SHOWN, end_image_url: 'https://example.com/sea.jpg' };
		expect(found([wanted('a', { body })], [row('r', { body: shown })])).toEqual({});
	});

	it('makes a request the less likely the more of them have a value', () => {
		const withEnd = { ...BODY, end_image_url: 'https://example.com/sea.jpg' };
		const jobs = [wanted('plain'), wanted('with end', { body: withEnd })];
		const rows = [
			row('r1', { body: { ...SHOWN, ...withEnd }, createdAt: NOW }),
			row('r2', { createdAt: NOW + 5 * MINUTE }),
		];
		expect(found(jobs, rows)).toEqual({ plain: 'r2', 'with end': 'r1' });
		expect(found(jobs, [rows[0]])).toEqual({ 'with end': 'r1' });
	});
});

describe('Twins', () => {
	it('get one each, the nearest in time first', () => {
		const jobs = [
			wanted('a', { near: NOW }),
			wanted('b', { near: NOW + 4 * MINUTE }),
			wanted('c', { near: NOW - 4 * MINUTE }),
		];
		const rows = [
			row('r1', { createdAt: NOW + 5 * MINUTE }),
			row('r2', { createdAt: NOW - 5 * MINUTE }),
			row('r3', { createdAt: NOW + 1000 }),
		];
		expect(found(jobs, rows)).toEqual({ a: 'r3', b: 'r1', c: 'r2' });
	});

	it('of which more are wanted than there are: the nearest gets it', () => {
		const jobs = [wanted('a', { near: NOW - MINUTE }), wanted('b', { near: NOW + 2 * MINUTE })];
		expect(found(jobs, [row('r')])).toEqual({ a: 'r' });
	});

	it('make way, so that as many as possible get one', () => {
		const jobs = [
			wanted('wide', { near: NOW }),
			wanted('narrow', { from: NOW - MINUTE, to: NOW + MINUTE, near: NOW + MINUTE }),
		];
		const rows = [row('r1', { createdAt: NOW }), row('r2', { createdAt: NOW + 8 * MINUTE })];
		expect(found(jobs, rows)).toEqual({ wide: 'r2', narrow: 'r1' });
	});

	it('of which one failed: the other one is taken first, for it is paid', () => {
		const rows = [
			row('failed', { status: 'FAILED', createdAt: NOW }),
			row('paid', { createdAt: NOW + 5 * MINUTE }),
		];
		expect(found([wanted('a')], rows)).toEqual({ a: 'paid' });
		expect(found([wanted('a'), wanted('b', { near: NOW + MINUTE })], rows)).toEqual({
			a: 'failed',
			b: 'paid',
		});
	});

	it('are many, in any order', () => {
		const count = 60;
		const jobs = Array.from({ length: count }, (_, n) => wanted(`w${n}`, { near: NOW + n * 100 }));
		const rows = Array.from({ length: count }, (_, n) =>
			row(`r${n}`, { createdAt: NOW + n * 100 + 30 }),
		);
		const expected = Object.fromEntries(jobs.map(({ key }) => [key, key.replace('w', 'r')]));
		expect(
			found(
				[...jobs].reverse(),
				[...rows].sort(() => 0.3 - Math.random()),
			),
		).toEqual(expected);
	});
});

describe('A file that an earlier run uploaded, at an address that nobody knows', () => {
	const body = { ...BODY, image_url: ANY };
	const shown = (image_url: string | null) => ({ body: { ...SHOWN, image_url } });
	const rows = [row('r1', shown('https://s/1')), row('r2', shown('https://s/2'))];
	const job = (key: string, ...confirmed: string[]) =>
		wanted(key, { body, confirmed: new Set(confirmed) });

	it('is in no request that nobody has confirmed', () => {
		expect(found([wanted('a', { body })], rows)).toEqual({});
		expect(found([job('a')], rows)).toEqual({});
	});

	it('is in the one that was confirmed', () => {
		expect(found([job('a', 'r2')], rows)).toEqual({ a: 'r2' });
		expect(found([job('a', 'r2'), job('b', 'r1')], rows)).toEqual({ a: 'r2', b: 'r1' });
	});

	it('must be there at all', () => {
		expect(found([job('a', 'r')], [row('r', shown(null))])).toEqual({});
	});

	it('has the address that the body shows in its place', () => {
		const of = (...images: string[]) =>
			addressesOf({ ...BODY, images: [ANY, 'https://example.com/2.jpg', ANY] }, { images });
		expect(of('https://s/1', 'https://example.com/2.jpg', 'https://s/3')).toBe(
			'["https://s/1","https://s/3"]',
		);
		expect(addressesOf(BODY, BODY)).toBeUndefined();
	});
});

describe('A request that may not be taken', () => {
	it('is not, whatever it shows', () => {
		expect(found([wanted('a', { confirmed: new Set(['r2']) })], [row('r1'), row('r2')])).toEqual({
			a: 'r2',
		});
	});

	it('is one that failed before the job was submitted', () => {
		const failed = (createdAt: number) => [row('r', { status: 'FAILED', createdAt })];
		expect(found([wanted('a', { near: NOW })], failed(NOW - 10_000))).toEqual({});
		expect(found([wanted('a', { near: NOW })], failed(NOW + 10_000))).toEqual({ a: 'r' });
	});
});

describe('Requests without a time', () => {
	const timeless = (id: string, rest: Partial<HistoryRow> = {}) =>
		row(id, { createdAt: undefined, ...rest });

	it('are taken when there are no more of them than equal jobs', () => {
		expect(found([wanted('a')], [timeless('r')])).toEqual({ a: 'r' });
		expect(found([wanted('a'), wanted('b')], [timeless('r1'), timeless('r2')])).toEqual({
			a: 'r1',
			b: 'r2',
		});
	});

	it('are ambiguous otherwise: one may be the video of yesterday', () => {
		expect(found([wanted('a')], [timeless('r1'), timeless('r2')])).toEqual({ a: '?' });
	});

	it('come after those with a time', () => {
		expect(found([wanted('a')], [timeless('r1'), row('r2', { createdAt: NOW + MINUTE })])).toEqual({
			a: 'r2',
		});
	});
});

describe('Whatever is looked for', () => {
	/** Repeatable chance. */
	function chance(seed: number) {
		let state = seed;
		return (below: number) => {
			state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
			return Math.floor((state / 2_147_483_648) * below);
		};
	}

	/** The most that can be found, by trying every way. */
	function most(jobs: Wanted[], rows: HistoryRow[], used = new Set<HistoryRow>()): number {
		const [job, ...others] = jobs;
		if (!job) return 0;
		const fitting = rows.filter(
			(one) => !used.has(one) && match([job], [one], NOTHING_TAKEN).found.size === 1,
		);
		return Math.max(
			most(others, rows, used),
			...fitting.map((one) => 1 + most(others, rows, new Set([...used, one]))),
		);
	}

	it('each request is one job at most, fits it, and as many as possible are found', () => {
		for (let seed = 1; seed <= 300; seed++) {
			const random = chance(seed);
			const body = () => ({ ...BODY, prompt: `take ${random(2)}` });
			const jobs = Array.from({ length: 1 + random(5) }, (_, n) => {
				const near = NOW + random(10) * MINUTE;
				const from = near - random(4) * MINUTE;
				return wanted(`w${n}`, { body: body(), near, from, to: near + random(4) * MINUTE });
			});
			const rows = Array.from({ length: random(6) }, (_, n) =>
				row(`r${n}`, {
					body: { ...SHOWN, ...body() },
					createdAt: NOW + random(10) * MINUTE,
					status: random(4) ? 'COMPLETED' : 'FAILED',
				}),
			);
			const { found: result } = match(jobs, rows, NOTHING_TAKEN);
			expect(new Set(result.values()).size).toBe(result.size);
			for (const [key, one] of result) {
				const job = jobs.find((candidate) => candidate.key === key)!;
				expect(one.body?.prompt).toBe(job.body.prompt);
				expect(one.createdAt).toBeGreaterThanOrEqual(job.from);
				expect(one.createdAt).toBeLessThanOrEqual(job.to);
			}
			expect({ seed, size: result.size }).toEqual({ seed, size: most(jobs, rows) });
		}
	});
});
