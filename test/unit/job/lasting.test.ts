import { Lasting } from '../../../nodes/segmind/job/lasting';
import { LASTING } from '../../../nodes/segmind/policy/lasting';

/** What the service says, at which second; the last answer to whether it has lasted. */
const lasted = (...words: Array<[second: number, text: string]>) => {
	const lasting = new Lasting();
	return words.map(([second, text]) => lasting.says(text, 5_000_000 + second * 1000)).at(-1);
};

describe('What the service keeps saying is believed', () => {
	it('when it is the same at three polls, over 30 seconds', () => {
		expect(LASTING).toEqual({ answers: 3, over: 30_000 });
		expect(lasted([0, 'no'], [15, 'no'], [30, 'no'])).toBe(true);
	});

	it.each<[string, Array<[number, string]>]>([
		['once', [[0, 'no']]],
		[
			'at two polls, however long',
			[
				[0, 'no'],
				[600, 'no'],
			],
		],
		[
			'often, but not long',
			[
				[0, 'no'],
				[1, 'no'],
				[2, 'no'],
				[29.9, 'no'],
			],
		],
		[
			'with other words between',
			[
				[0, 'no'],
				[10, 'no'],
				[20, 'later'],
				[30, 'no'],
				[31, 'no'],
			],
		],
		[
			'and then something else',
			[
				[0, 'no'],
				[15, 'no'],
				[30, 'later'],
			],
		],
	])('not %s', (_how, words) => {
		expect(lasted(...words)).toBe(false);
	});

	it('counts anew after an answer that was good', () => {
		const lasting = new Lasting();
		lasting.says('no', 0);
		lasting.says('no', 20_000);
		lasting.interrupted();
		expect(lasting.says('no', 40_000)).toBe(false);
		expect(lasting.says('no', 60_000)).toBe(false);
		expect(lasting.says('no', 70_000)).toBe(true);
	});
});
