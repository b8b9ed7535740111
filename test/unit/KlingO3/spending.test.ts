import type { LedgerEntry } from '../../../nodes/segmind/job/ledger';
import {
	costOf,
	runLimitProblem,
	videoLimitProblem,
} from '../../../nodes/KlingO3/operations/video/spending';
import type { VideoRequest } from '../../../nodes/KlingO3/models/request';
import type { Plan } from '../../../nodes/KlingO3/operations/video/plan';
import { requestOf } from './support/item';

let request: VideoRequest;
beforeAll(async () => {
	request = await requestOf({ imageUrl: 'https://example.com/a.jpg', prompt: 'Rain' });
});

function plan(state?: LedgerEntry['state'], resubmitUnknown = false): Plan {
	const entry: LedgerEntry | undefined = state && {
		id: 'one',
		item: 0,
		model: 'kling-o3-image2video',
		hash: 'a',
		panel: 'a',
		run: 0,
		state,
		submittedAt: 0,
	};
	return {
		item: 0,
		hash: 'a',
		request,
		options: { resubmitUnknown },
		entry,
	} as Plan;
}

describe('What an item adds to the bill', () => {
	it('is its estimated price', () => {
		expect(costOf(plan())).toBe(1.4);
	});

	it.each(['submitted', 'completed'] as const)(
		'is nothing when an earlier attempt has %s it',
		(state) => {
			expect(costOf(plan(state))).toBe(0);
		},
	);

	it('is nothing when the answer of an earlier submit never came, for it is not submitted again', () => {
		expect(costOf(plan('submitting'))).toBe(0);
		expect(costOf(plan('submitting', true))).toBe(1.4);
	});
});

describe('The limit of a video', () => {
	it.each([
		[1.4, 0],
		[1.4, 1.4],
		[1.4, 2],
		[0, 0.5],
		// It was paid already: there is nothing left to refuse.
		[0, NaN],
	])('lets $%d pass under a limit of $%d', (cost, limit) => {
		expect(videoLimitProblem(cost, limit)).toBeUndefined();
	});

	it('refuses what is over it, names both sums, and says that nothing is billed', () => {
		expect(videoLimitProblem(1.4, 1.39)).toMatchObject({
			kind: 'parameter',
			billed: 'no',
			message: expect.stringMatching(/\$1\.40.*Max Cost Per Video.*\$1\.39/),
			description: expect.stringMatching(/nothing is billed/),
		});
	});
});

describe('The limit of a run', () => {
	it.each([
		[14, 0],
		[14, 14],
		[14, 100],
	])('lets $%d pass under a limit of $%d', (total, limit) => {
		expect(runLimitProblem(total, limit, 10)).toBeUndefined();
	});

	it('that is no number refuses: it must not become no limit', () => {
		expect(runLimitProblem(14, NaN, 10)).toMatchObject({ kind: 'parameter' });
		expect(videoLimitProblem(1.4, NaN)).toMatchObject({ kind: 'parameter' });
	});

	it('refuses what is over it, names both sums and how many videos it is', () => {
		expect(runLimitProblem(14, 10, 10)).toMatchObject({
			kind: 'parameter',
			billed: 'no',
			message: expect.stringMatching(/\$14\.00 for 10 videos.*Max Cost Per Run.*\$10\.00/),
			description: expect.stringMatching(/nothing is billed/),
		});
		expect(runLimitProblem(1.4, 1, 1)?.message).toMatch(/1 video,/);
	});
});
