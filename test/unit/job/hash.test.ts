import { bodyHash, contentHash } from '../../../nodes/segmind/job/hash';

const BODY = {
	prompt: 'clouds',
	duration: '5',
	multi_prompt: [
		{ prompt: 'a', duration: '2' },
		{ prompt: 'b', duration: '3' },
	],
};

describe('The hash of a body', () => {
	it('is a SHA-256 as hex', () => {
		expect(bodyHash(BODY)).toMatch(/^[0-9a-f]{64}$/);
	});

	it('does not depend on the order of keys, at any depth', () => {
		const reordered = {
			multi_prompt: [
				{ duration: '2', prompt: 'a' },
				{ duration: '3', prompt: 'b' },
			],
			duration: '5',
			prompt: 'clouds',
		};
		expect(bodyHash(reordered)).toBe(bodyHash(BODY));
	});

	it('does not see a key without a value, which JSON leaves out', () => {
		expect(bodyHash({ ...BODY, end_image_url: undefined })).toBe(bodyHash(BODY));
	});

	it.each([
		['a text', { ...BODY, prompt: 'Clouds' }],
		['a type', { ...BODY, duration: 5 }],
		['a new key', { ...BODY, seed: 1 }],
		['null for a missing key', { ...BODY, end_image_url: null }],
		['a missing key', { prompt: 'clouds', duration: '5' }],
		['the order of segments', { ...BODY, multi_prompt: [...BODY.multi_prompt].reverse() }],
		[
			'a nested value',
			{
				...BODY,
				multi_prompt: [
					{ prompt: 'a', duration: '3' },
					{ prompt: 'b', duration: '2' },
				],
			},
		],
	])('changes with %s', (_what, changed) => {
		expect(bodyHash(changed)).not.toBe(bodyHash(BODY));
	});
});

describe('The hash of a file', () => {
	it('is that of its content', () => {
		// From `printf abc | sha256sum`, as in FIPS 180-2.
		expect(contentHash(Buffer.from('abc'))).toBe(
			'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
		);
	});
});
