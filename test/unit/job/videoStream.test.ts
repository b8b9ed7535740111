import { looksLikeVideo } from '../../../nodes/segmind/job/videoStream';

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
