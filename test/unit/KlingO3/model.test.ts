import {
	estimateCost,
	LIMITS,
	MODEL,
	RATES,
	rateFor,
	type Mode,
} from '../../../nodes/KlingO3/model';

describe('The price of a video', () => {
	it.each([
		['std', false, 0.21],
		['std', true, 0.28],
		['pro', false, 0.28],
		['pro', true, 0.35],
	] as Array<[Mode, boolean, number]>)(
		'of %s with audio %s is $%d a second',
		(mode, audio, rate) => {
			expect(rateFor(mode, audio)).toBe(rate);
		},
	);

	it('begins at exactly $0.63 and ends at exactly $5.25, as the model page says', () => {
		expect(estimateCost(3, 'std', false)).toBe(0.63);
		expect(estimateCost(15, 'pro', true)).toBe(5.25);
		const all = RATES.flatMap(({ mode, audio }) =>
			Array.from({ length: 13 }, (_, index) => estimateCost(3 + index, mode, audio)),
		);
		expect(Math.min(...all)).toBe(0.63);
		expect(Math.max(...all)).toBe(5.25);
	});

	it.each([
		[5, 'pro', false, 1.4],
		[7, 'std', false, 1.47],
		[10, 'pro', true, 3.5],
		[11, 'std', true, 3.08],
		[13, 'pro', true, 4.55],
	] as Array<[number, Mode, boolean, number]>)(
		'of %d s in %s with audio %s is $%d, without a trace of floating point',
		(seconds, mode, audio, cost) => {
			expect(estimateCost(seconds, mode, audio)).toBe(cost);
		},
	);

	it('marks the two rates that were inferred', () => {
		const inferred = RATES.filter(({ source }) => source === 'inferred').map(({ mode, audio }) => [
			mode,
			audio,
		]);
		expect(inferred).toEqual(
			expect.arrayContaining([
				['std', true],
				['pro', false],
			]),
		);
		expect(inferred).toHaveLength(2);
	});
});

describe('The model', () => {
	it('has the name of the API’s paths', () => {
		expect(MODEL).toBe('kling-o3-image2video');
	});

	it('has the limits of its documents', () => {
		expect(LIMITS).toEqual({
			prompt: 2500,
			segmentPrompt: 512,
			segments: 6,
			shortest: 3,
			longest: 15,
			imageSize: 10 * 1024 * 1024,
			imageSide: 300,
			imageRatio: 2.5,
		});
	});
});
