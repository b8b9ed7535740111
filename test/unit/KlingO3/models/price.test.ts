import { DURATION } from '../../../../nodes/KlingO3/fields/duration';
import { IMAGE_LIMITS } from '../../../../nodes/KlingO3/fields/media/imageFile';
import { LONGEST_PROMPT } from '../../../../nodes/KlingO3/fields/prompt';
import { SEGMENT_LIMITS } from '../../../../nodes/KlingO3/fields/shots';
import { imageToVideo } from '../../../../nodes/KlingO3/models/imageToVideo';
import { estimate, rateOf } from '../../../../nodes/KlingO3/models/price';

type Mode = 'std' | 'pro';

const costOf = (seconds: number, mode: Mode, generateAudio: boolean) =>
	estimate(imageToVideo, { mode, generateAudio }, seconds).usd;

describe('The price of a video from an image', () => {
	it.each([
		['std', false, 0.21],
		['std', true, 0.28],
		['pro', false, 0.28],
		['pro', true, 0.35],
	] as Array<[Mode, boolean, number]>)(
		'of %s with audio %s is $%d a second',
		(mode, generateAudio, rate) => {
			expect(rateOf(imageToVideo, { mode, generateAudio }).usdPerSecond).toBe(rate);
		},
	);

	it('begins at exactly $0.63 and ends at exactly $5.25, as the model page says', () => {
		expect(costOf(3, 'std', false)).toBe(0.63);
		expect(costOf(15, 'pro', true)).toBe(5.25);
		const all = imageToVideo.rates.flatMap(({ when }) =>
			Array.from({ length: 13 }, (_, index) => estimate(imageToVideo, when, 3 + index).usd),
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
			expect(costOf(seconds, mode, audio)).toBe(cost);
		},
	);

	it('marks the two rates that were inferred', () => {
		const inferred = imageToVideo.rates.filter(({ source }) => source === 'inferred');
		expect(inferred.map(({ label }) => label).sort()).toEqual(['Pro', 'Standard with audio']);
	});
});

describe('The price of what is not known', () => {
	it('is the most that it can be: the longest video, the highest rate', () => {
		expect(estimate(imageToVideo, { mode: 'std', generateAudio: false }, undefined)).toEqual({
			seconds: undefined,
			usdPerSecond: 0.21,
			usd: 3.15,
			isMost: true,
		});
		expect(rateOf(imageToVideo, { mode: 'ultra' }).usdPerSecond).toBe(0.35);
	});
});

describe('The limits', () => {
	it('are those of the documents', () => {
		expect([DURATION.shortest, DURATION.longest]).toEqual([3, 15]);
		expect(LONGEST_PROMPT).toBe(2500);
		expect(SEGMENT_LIMITS).toEqual({ segments: 6, prompt: 512 });
		expect(IMAGE_LIMITS).toEqual({ size: 10 * 1024 * 1024, side: 300, ratio: 2.5 });
	});
});
