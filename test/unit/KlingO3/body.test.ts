import { bodyHash } from '../../../nodes/segmind/job/hash';
import { bodyIdentity, buildBody } from '../../../nodes/KlingO3/parameters/body';
import type { VideoRequest } from '../../../nodes/KlingO3/parameters/types';

const IMAGE = 'https://example.com/mountain.jpg';
const NIGHT = 'https://example.com/night.jpg';

/** What the model page's example asks for. */
const REQUEST: VideoRequest = {
	image: { kind: 'url', url: IMAGE },
	prompt: 'clouds drift past the summit',
	duration: 5,
	mode: 'pro',
	audio: false,
	shotType: 'customize',
	extraBody: {},
};

describe('The body of a submit', () => {
	it('is exactly the model page’s example', () => {
		expect(buildBody(REQUEST, IMAGE)).toStrictEqual({
			image_url: IMAGE,
			prompt: 'clouds drift past the summit',
			duration: '5',
			generate_audio: false,
			mode: 'pro',
			shot_type: 'customize',
		});
	});

	it('has every field of the model page, durations as text', () => {
		const request: VideoRequest = {
			...REQUEST,
			segments: [
				{ prompt: 'a', duration: 4 },
				{ prompt: 'b', duration: 8 },
			],
			duration: 12,
			mode: 'std',
			audio: true,
			shotType: 'intelligence',
		};
		expect(buildBody(request, IMAGE, NIGHT)).toStrictEqual({
			image_url: IMAGE,
			prompt: 'clouds drift past the summit',
			duration: '12',
			end_image_url: NIGHT,
			generate_audio: true,
			mode: 'std',
			multi_prompt: [
				{ prompt: 'a', duration: '4' },
				{ prompt: 'b', duration: '8' },
			],
			shot_type: 'intelligence',
		});
	});

	it('has multi_prompt only for a storyboard, and end_image_url only when there is one', () => {
		expect(Object.keys(buildBody(REQUEST, IMAGE))).not.toContain('multi_prompt');
		expect(Object.keys(buildBody(REQUEST, IMAGE))).not.toContain('end_image_url');
		expect(Object.keys(buildBody(REQUEST, IMAGE, ''))).not.toContain('end_image_url');
	});

	it('has the user’s extra fields merged in', () => {
		const body = buildBody({ ...REQUEST, extraBody: { seed: 7, mode: 'ultra' } }, IMAGE);
		expect(body).toStrictEqual({ ...buildBody(REQUEST, IMAGE), seed: 7, mode: 'ultra' });
	});
});

describe('The identity of a body', () => {
	const local = (hash: string): VideoRequest['image'] => ({
		kind: 'local',
		image: { hash, dataUrl: async () => '' },
	});
	const hashOf = (change: Partial<VideoRequest>) =>
		bodyHash(bodyIdentity({ ...REQUEST, ...change }));

	it('knows an uploaded image by its content, so that a retry finds its job before anything is uploaded', () => {
		expect(hashOf({ image: local('one') })).toBe(hashOf({ image: local('one') }));
		expect(hashOf({ image: local('one') })).not.toBe(hashOf({ image: local('two') }));
		expect(hashOf({ image: local('one') })).not.toBe(hashOf({}));
	});

	it.each([
		['the image', { image: { kind: 'url', url: NIGHT } }],
		['the end image', { endImage: { kind: 'url', url: NIGHT } }],
		['the prompt', { prompt: 'another' }],
		['the duration', { duration: 6 }],
		['the mode', { mode: 'std' }],
		['the audio', { audio: true }],
		['the shot type', { shotType: 'intelligence' }],
		['the segments', { segments: [{ prompt: 'a', duration: 5 }] }],
		['the extra fields', { extraBody: { seed: 1 } }],
	] as Array<[string, Partial<VideoRequest>]>)(
		'changes with %s: a changed body is a new job',
		(_what, change) => {
			expect(hashOf(change)).not.toBe(hashOf({}));
		},
	);
});
