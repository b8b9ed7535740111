import { itemOf, matches } from '../../../nodes/KlingO3/methods/listSearch';
import { MODEL_FAMILY } from '../../../nodes/KlingO3/fields/listing';
import { DEFAULT_MODEL as MODEL, MODELS } from '../../../nodes/KlingO3/models';
import { ROW_KEYS } from '../../../nodes/KlingO3/fields/options/outputKeys';
import { rowJson } from '../../../nodes/KlingO3/operations/video/row';
import { readRow, type HistoryRow } from '../../../nodes/segmind/job/historyRows';

const raw = {
	request_id: 'abc',
	model_name: MODEL,
	model_status: 'COMPLETED',
	credits_deduction: 1.05,
	request_body: { prompt: 'Clouds drift\n past the summit ', duration: '5', seed: null },
	generation_url: 'https://images.example.com/abc.mp4',
	latency_ms: 190_500,
	model_created: '2026-11-14T14:03:00Z',
};
const done = readRow(raw)!;
const failed: HistoryRow = {
	...readRow({ ...raw, model_status: 'FAILED', generation_url: null, error: 'Blocked' })!,
};

describe('A row of the history as an item', () => {
	it('has the keys of Generate, and what the list is for', () => {
		expect(rowJson(done, 'simplified')).toEqual({
			requestId: 'abc',
			status: 'COMPLETED',
			model: MODEL,
			prompt: 'Clouds drift\n past the summit',
			videoUrl: 'https://images.example.com/abc.mp4',
			videoUrlExpiresAt: '2026-11-21T14:06:10.500Z',
			duration: 5,
			cost: 1.05,
			createdAt: '2026-11-14T14:03:00.000Z',
			totalTime: 190.5,
		});
	});

	it('has the row as it came with Simplify off', () => {
		expect(rowJson(done, 'all')).toEqual({ ...rowJson(done, 'simplified'), response: raw });
	});

	it('says why it failed, and has no key that n8n takes for an error of the node', () => {
		expect(rowJson(failed, 'all')).toMatchObject({ status: 'FAILED', errorMessage: 'Blocked' });
		expect(rowJson(failed, 'all')).not.toHaveProperty('error');
	});

	it('has the keys that an agent can choose from', () => {
		const known = new Set([done, failed].flatMap((row) => Object.keys(rowJson(row, 'all'))));
		expect([...known].sort()).toEqual([...ROW_KEYS].sort());
	});

	it('of an edit has no length: what was sent did not decide it', () => {
		const edit = { ...done, model: 'kling-o3-video2video-edit' };
		expect(rowJson(edit, 'all')).not.toHaveProperty('duration');
		expect(rowJson({ ...done, model: 'another' }, 'all')).toHaveProperty('duration');
	});

	it('leaves out what a sparse row does not say', () => {
		expect(rowJson(readRow({ request_id: 'abc' })!, 'simplified')).toEqual({ requestId: 'abc' });
	});
});

describe('A line of the list', () => {
	it('has time in the timezone of the workflow, status, cost and prompt', () => {
		expect(itemOf(done, 'Europe/Berlin')).toEqual({
			name: '14 Nov 15:03 · completed · $1.05 · Clouds drift past the summit',
			value: 'abc',
		});
	});

	it('of a failed request has no cost', () => {
		expect(itemOf(failed, 'UTC').name).toBe('14 Nov 14:03 · failed · Clouds drift past the summit');
	});

	it('has the beginning of a long prompt', () => {
		const { name } = itemOf({ ...done, body: { prompt: 'word '.repeat(100) } }, 'UTC');
		expect(name).toMatch(/^14 Nov 14:03 · completed · \$1\.05 · (word ){19,}.*…$/);
		expect(name.length).toBeLessThan(140);
	});

	it('has at least the request ID', () => {
		expect(itemOf(readRow({ request_id: 'abc' })!, 'UTC')).toEqual({ name: 'abc', value: 'abc' });
	});
});

describe('A search', () => {
	const row: HistoryRow = { ...done, requestId: '3B241101-100e' };
	const finds = (filter: string) => matches(row, itemOf(row, 'UTC'), filter);

	it.each(['', ' ', 'CLOUDS', 'summit clouds', 'completed', '14 Nov', '$1.05', '3b2411'])(
		'finds by "%s"',
		(filter) => expect(finds(filter)).toBe(true),
	);

	it('finds by what the line has no room for', () => {
		const long = { ...done, body: { prompt: `${'word '.repeat(100)}glacier` } };
		expect(matches(long, itemOf(long, 'UTC'), 'glacier')).toBe(true);
	});

	it.each(['clouds lake', 'failed', '100e', 'take 100'])('does not find by "%s"', (filter) =>
		expect(finds(filter)).toBe(false),
	);
});

it.each(MODELS)("The family's name is part of that of $label", ({ name }) => {
	expect(name).toContain(MODEL_FAMILY);
});
