import { looksLikeVideo, missingPart } from '../../../nodes/segmind/transfer/videoStream';

const box = (type: string) =>
	Buffer.concat([Buffer.from([0, 0, 0, 0x20]), Buffer.from(`${type}isom\0\0\0\0`, 'latin1')]);

describe('Bytes look like a video', () => {
	it.each([
		['MP4', box('ftyp')],
		['QuickTime', Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0', 'latin1')],
		['an MP4 whose index comes first', box('moov')],
		['an MP4 whose data comes first', box('mdat')],
		['a fragment of an MP4', box('styp')],
		['WebM', Buffer.from('1a45dfa39f4286810142f7810142f281', 'hex')],
		['AVI', Buffer.from('RIFF\x10\0\0\0AVI LIST', 'latin1')],
	])('when they are %s', (_what, start) => {
		expect(looksLikeVideo(start)).toBe(true);
	});

	it.each([
		['HTML', Buffer.from('<!DOCTYPE html><html><body>ftyp')],
		['JSON', Buffer.from('{"error":"not found"}')],
		['XML', Buffer.from('<?xml version="1.0"?><Error>')],
		['text', Buffer.from('Bad Gateway, please')],
		['PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
		['JPEG', Buffer.from('ffd8ffe000104a464946000101000001', 'hex')],
		['WebP', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1')],
		['ZIP', Buffer.from('504b0304140000000800000000000000', 'hex')],
		['zeros', Buffer.alloc(64)],
		['nothing', Buffer.alloc(0)],
		['three bytes', Buffer.from('fty')],
	])('not when they are %s', (_what, start) => {
		expect(looksLikeVideo(start)).toBe(false);
	});
});

describe('What is missing of a file that came to its end', () => {
	it.each([
		['all that the answer announced is there', 1000, { contentLength: 1000 }, undefined],
		['the service announced less', 1000, { contentLength: 1000, fileSize: 900 }, true],
		[
			'the service announced more, but the file is whole',
			1000,
			{ contentLength: 1000, fileSize: 1200 },
			true,
		],
		['nobody announced anything, and it is whole', 1000, {}, true],
		['nobody announced anything, and nobody can tell', 1000, {}, undefined],
		['it was compressed to less on its way', 1000, { contentLength: 400 }, true],
		['the same, and nobody can tell', 1000, { contentLength: 400 }, undefined],
		// A video hardly gets smaller, and the compression's own bytes come on top.
		['it was compressed to more on its way', 1000, { contentLength: 1023 }, true],
		[
			'the same, and only the service can tell',
			1000,
			{ contentLength: 1023, fileSize: 1000 },
			undefined,
		],
		[
			'the same, and the service announced the compressed length',
			1000,
			{ contentLength: 1023, fileSize: 1023 },
			true,
		],
		['the answer is right although the file looks odd', 1000, { contentLength: 1000 }, false],
		['the service is right although the file looks odd', 1000, { fileSize: 1000 }, false],
	] as const)('is nothing when %s', (_what, received, announced, isWhole) => {
		expect(missingPart(received, announced, isWhole)).toBeUndefined();
	});

	it.each([
		['there is nothing', 0, { contentLength: 0 }, undefined, /empty/],
		['there is hardly anything', 11, {}, undefined, /no video/],
		['the service announced more', 500, { fileSize: 1000 }, undefined, /500 of 1000/],
		['the same, and the answer had no length', 500, { fileSize: 1000 }, true, /500 of 1000/],
		[
			'the same, and the file ends in the middle',
			500,
			{ contentLength: 500, fileSize: 1000 },
			false,
			/500 of 1000/,
		],
		['nobody announced anything, and it ends in the middle', 500, {}, false, /in the middle/],
		['it is more than announced, and ends in the middle', 500, { fileSize: 400 }, false, /middle/],
		[
			'it was compressed, and ends in the middle',
			500,
			{ contentLength: 300 },
			false,
			/in the middle/,
		],
		['it was compressed to more, and ends there', 500, { contentLength: 523 }, false, /500 of 523/],
		['the same, and nobody can tell', 500, { contentLength: 523 }, undefined, /500 of 523/],
		[
			'it was compressed, and the service announced more',
			500,
			{ contentLength: 300, fileSize: 1000 },
			false,
			/500 of 1000/,
		],
	] as const)('is a part when %s', (_what, received, announced, isWhole, words) => {
		expect(missingPart(received, announced, isWhole)).toMatch(words);
	});
});
