import type { IDataObject } from 'n8n-workflow';

import { SIMPLE_VIDEO_KEYS, VIDEO_KEYS } from '../../../nodes/KlingO3/fields/options/outputKeys';
import {
	askedOf,
	videoFileName,
	videoJson,
	type FinishedVideo,
} from '../../../nodes/KlingO3/operations/video/output';
import { requestOf } from './support/item';

const COMPLETED_AT = Date.UTC(2026, 9, 5, 12, 0, 0);

const ASKED = {
	imageUrl: 'https://example.com/mountain.jpg',
	prompt: 'Rain',
	shotMode: 'multi',
	multiPrompt: { segments: [{ prompt: 'a', duration: 5 }] },
};

let asked: IDataObject;
beforeAll(async () => {
	asked = askedOf(await requestOf(ASKED));
});

const VIDEO: FinishedVideo = {
	requestId: 'abc',
	result: {
		videoUrl: 'https://images.segmind.com/abc/video.mp4',
		lastFrameUrl: 'https://images.segmind.com/abc/last.png',
		contentType: 'video/mp4',
		fileName: 'video.mp4',
		fileSize: 1000,
		cost: 1.4,
		remainingCredits: 18.6,
		queueTime: 2.5,
		inferenceTime: 189.2,
		totalTime: 191.7,
		completedAt: COMPLETED_AT,
		response: {
			status: 'COMPLETED',
			error: null,
			output: 'https://images.segmind.com/abc/video.mp4',
		},
	},
	stored: {
		binary: { data: '', mimeType: 'video/mp4', fileName: 'kling-o3-abc.mp4' },
		size: 1234,
	},
};

describe('The output of a video', () => {
	it('has exactly the documented keys with Simplify off', () => {
		expect(videoJson({ ...VIDEO, asked }, 'all')).toStrictEqual({
			requestId: 'abc',
			status: 'COMPLETED',
			model: 'kling-o3-image2video',
			videoUrl: 'https://images.segmind.com/abc/video.mp4',
			// 7 days after completion.
			videoUrlExpiresAt: '2026-10-12T12:00:00.000Z',
			lastFrameUrl: 'https://images.segmind.com/abc/last.png',
			fileName: 'kling-o3-abc.mp4',
			mimeType: 'video/mp4',
			fileSize: 1234,
			duration: 5,
			mode: 'pro',
			audio: false,
			segments: [{ prompt: 'a', duration: 5 }],
			estimatedCost: 1.4,
			cost: 1.4,
			remainingCredits: 18.6,
			queueTime: 2.5,
			inferenceTime: 189.2,
			totalTime: 191.7,
			response: VIDEO.result.response,
		});
	});

	it('has ten of them when it is simplified', () => {
		expect(videoJson({ ...VIDEO, asked }, 'simplified')).toStrictEqual({
			requestId: 'abc',
			status: 'COMPLETED',
			model: 'kling-o3-image2video',
			videoUrl: 'https://images.segmind.com/abc/video.mp4',
			videoUrlExpiresAt: '2026-10-12T12:00:00.000Z',
			lastFrameUrl: 'https://images.segmind.com/abc/last.png',
			duration: 5,
			estimatedCost: 1.4,
			cost: 1.4,
			remainingCredits: 18.6,
		});
	});

	it.each(['all', 'simplified'] as const)(
		'has no key named error, which n8n would take for a failed item (%s)',
		(shape) => {
			expect(Object.keys(videoJson({ ...VIDEO, asked }, shape))).not.toContain('error');
		},
	);

	it('has the chosen keys alone when an agent wants those, in the order of the output', () => {
		const chosen = videoJson({ ...VIDEO, asked }, ['cost', 'requestId', 'nonsense', 'videoUrl']);
		expect(Object.entries(chosen)).toEqual([
			['requestId', 'abc'],
			['videoUrl', 'https://images.segmind.com/abc/video.mp4'],
			['cost', 1.4],
		]);
	});

	it('knows the name of every key', () => {
		const { response, ...all } = videoJson({ ...VIDEO, asked }, 'all');
		const sometimes = ['estimatedCostIsMaximum', 'response'];
		expect([...Object.keys(all), ...sometimes].sort()).toEqual([...VIDEO_KEYS].sort());
		expect(response).toBeDefined();
		expect(VIDEO_KEYS).toEqual(expect.arrayContaining(SIMPLE_VIDEO_KEYS));
	});

	it('leaves out what is not known', () => {
		const result = { videoUrl: VIDEO.result.videoUrl, completedAt: COMPLETED_AT, response: {} };
		expect(Object.keys(videoJson({ requestId: 'abc', result }, 'simplified')).sort()).toEqual([
			'requestId',
			'status',
			'videoUrl',
			'videoUrlExpiresAt',
		]);
	});

	it('keeps a cost of 0', () => {
		expect(videoJson({ ...VIDEO, result: { ...VIDEO.result, cost: 0 } }, 'simplified').cost).toBe(
			0,
		);
	});

	it('has an estimate beside the true cost', async () => {
		const longest = { ...ASKED, shotMode: 'single', duration: '15', generateAudio: true };
		expect(askedOf(await requestOf(longest))).toEqual({
			model: 'kling-o3-image2video',
			duration: 15,
			mode: 'pro',
			audio: true,
			estimatedCost: 5.25,
		});
	});
});

describe('The name of the file', () => {
	it.each([
		['', 'abc', undefined, 'kling-o3-abc.mp4'],
		['', 'abc', 'video/mp4', 'kling-o3-abc.mp4'],
		['', 'abc', 'video/webm', 'kling-o3-abc.webm'],
		['', undefined, undefined, 'kling-o3.mp4'],
		['mountain.mp4', 'abc', undefined, 'mountain.mp4'],
		['mountain', 'abc', undefined, 'mountain.mp4'],
		['mountain.mov', 'abc', 'video/mp4', 'mountain.mov'],
		['MOUNTAIN.MP4', 'abc', undefined, 'MOUNTAIN.MP4'],
		['Product v1.25', 'abc', undefined, 'Product v1.25.mp4'],
		['Product v1.25.mp4', 'abc', undefined, 'Product v1.25.mp4'],
		['clip 24.11', 'abc', 'video/webm', 'clip 24.11.webm'],
		['acme.com', 'abc', undefined, 'acme.com.mp4'],
		['picture.jpg', 'abc', undefined, 'picture.jpg.mp4'],
	])('for %p and request %p of type %p is %p', (wanted, requestId, type, name) => {
		expect(videoFileName(wanted, requestId, type)).toBe(name);
	});

	it.each([
		['', '../../etc/passwd'],
		['../../etc/passwd', 'abc'],
		['a/b\\c:d*e?"f<g>h|i.mp4', 'abc'],
	])('is no path (%p, request %p)', (wanted, requestId) => {
		expect(videoFileName(wanted, requestId)).not.toMatch(/[\\/:*?"<>|]/);
	});
});
