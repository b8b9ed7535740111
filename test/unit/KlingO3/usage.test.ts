import { usageOf } from '../../../nodes/KlingO3/operations/usage';
import type { HistoryRow } from '../../../nodes/segmind/job/history';

let rows = 0;
const row = (known: Partial<HistoryRow>): HistoryRow => ({
	requestId: `r${++rows}`,
	model: 'kling-o3-image2video',
	status: 'COMPLETED',
	cost: 1.05,
	createdAt: Date.parse('2026-11-14T12:00:00Z'),
	raw: {},
	...known,
});

describe('The usage', () => {
	it('is summed up, by model and by day', () => {
		const late = Date.parse('2026-11-14T23:30:00Z');
		const usage = usageOf(
			[
				row({}),
				row({ cost: 0.1, model: 'flux-pro' }),
				row({ cost: 0.2, model: 'flux-pro', createdAt: late }),
				row({ cost: 2.1, createdAt: late }),
			],
			'Europe/Berlin',
		);
		expect(usage).toEqual({
			ok: true,
			value: {
				cost: 3.45,
				currency: 'USD',
				count: 4,
				...{ failed: 0, pending: 0, withoutCost: 0 },
				byModel: [
					{ model: 'kling-o3-image2video', cost: 3.15, count: 2 },
					{ model: 'flux-pro', cost: 0.3, count: 2 },
				],
				byDay: [
					{ date: '2026-11-14', cost: 1.15, count: 2 },
					// It is past midnight in Berlin.
					{ date: '2026-11-15', cost: 2.3, count: 2 },
				],
			},
		});
	});

	it('has no cents of floating point', () => {
		expect(usageOf([row({ cost: 0.1 }), row({ cost: 0.2 })], 'UTC')).toMatchObject({
			value: { cost: 0.3 },
		});
	});

	it('of a failed request is nothing, even if its row names a cost', () => {
		expect(usageOf([row({}), row({ status: 'FAILED', cost: 4 })], 'UTC')).toMatchObject({
			value: { cost: 1.05, count: 2, failed: 1 },
		});
	});

	it('counts what is under way, with what its row names already', () => {
		expect(
			usageOf([row({ status: 'PENDING', cost: 0 }), row({ status: 'PROCESSING', cost: 1 })], 'UTC'),
		).toMatchObject({ value: { cost: 1, pending: 2 } });
	});

	it('of a period without requests is 0', () => {
		expect(usageOf([], 'UTC')).toMatchObject({
			ok: true,
			value: { cost: 0, count: 0, byModel: [], byDay: [] },
		});
	});

	it('says how many requests it does not know the cost of', () => {
		expect(usageOf([row({}), row({ cost: undefined })], 'UTC')).toMatchObject({
			value: { cost: 1.05, withoutCost: 1 },
		});
	});

	it('is refused where no finished request has a cost: 0 would let every budget pass', () => {
		const nothing = usageOf([row({ cost: undefined }), row({ status: 'FAILED', cost: 0 })], 'UTC');
		expect(nothing).toMatchObject({
			ok: false,
			problem: { kind: 'service', message: expect.stringContaining('not known') },
		});
	});

	it('names what a row does not say', () => {
		expect(usageOf([row({ model: '', createdAt: undefined })], 'UTC')).toMatchObject({
			value: {
				byModel: [{ model: 'unknown', cost: 1.05, count: 1 }],
				byDay: [{ date: 'unknown', cost: 1.05, count: 1 }],
			},
		});
	});
});
