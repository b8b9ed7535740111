/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { path as ffmpeg } from '@ffmpeg-installer/ffmpeg';
import execa from 'execa';

import { fileProblem } from '../../../../nodes/KlingO3/fields/media/read';
import { VIDEO, videoFacts } from '../../../../nodes/KlingO3/fields/media/videoFile';
import { H264, makeVideo } from '../../../support/videos';

const folder = mkdtempSync(join(tmpdir(), 'kling-video-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('A video file that ffmpeg made', () => {
	it.each([
		['video/mp4', 'a.mp4', H264],
		['video/mp4', 'front.mp4', [...H264, '-movflags', '+faststart']],
		['video/mp4', 'mpeg4.mp4', ['-c:v', 'mpeg4']],
		['video/quicktime', 'a.mov', H264],
	])('is known: %s, %s', async (type, name, options) => {
		const file = await makeVideo({ name, options });
		expect(videoFacts(file)).toEqual({
			type,
			width: 1280,
			height: 720,
			seconds: expect.closeTo(4, 1),
		});
		expect(fileProblem(VIDEO, file)).toBeUndefined();
	});

	it('has the size of its picture, not of what else is in it', async () => {
		const sound = '-f lavfi -i sine=duration=4 -map 1:a -map 0:v -shortest'.split(' ');
		const file = await makeVideo({ options: [...sound, ...H264, '-c:a', 'aac'] });
		expect(videoFacts(file)).toMatchObject({ width: 1280, height: 720 });
	});

	it('is as a player shows it when it is turned', async () => {
		writeFileSync(join(folder, 'lying.mp4'), await makeVideo());
		const turned = join(folder, 'turned.mp4');
		const input = ['-v', 'error', '-y', '-i', join(folder, 'lying.mp4')];
		await execa(ffmpeg, [...input, '-c', 'copy', '-metadata:s:v', 'rotate=90', turned]);
		expect(videoFacts(readFileSync(turned))).toMatchObject({ width: 720, height: 1280 });
	});

	it('has no length when it was recorded in fragments', async () => {
		const fragments = ['-movflags', 'frag_keyframe+empty_moov'];
		const file = await makeVideo({ options: [...H264, ...fragments] });
		expect(videoFacts(file)).toEqual({ type: 'video/mp4', width: 1280, height: 720 });
		expect(fileProblem(VIDEO, file)).toBeUndefined();
	});

	it.each([
		['too narrow', { size: '640x720' }, /640 × 720 px.*720 to 2160 px wide/],
		['too wide', { size: '2880x720' }, /2880 × 720 px.*720 to 2160 px wide/],
		['too short', { seconds: 2 }, /lasts 2\.0 seconds.*3 to 15/],
		['too long', { seconds: 16 }, /lasts 16\.0 seconds.*3 to 15/],
	])('is refused when it is %s', async (_what, options, problem) => {
		const file = await makeVideo(options);
		expect(fileProblem(VIDEO, file)).toMatch(problem);
	});

	it.each([
		['narrow and high', { size: '720x2160' }],
		['higher than Kling is said to take, for only the width is certain', { size: '720x2400' }],
		['15.4 s long, which is billed as 15', { seconds: 15.4 }],
	])('is taken when it is %s', async (_what, options) => {
		const file = await makeVideo(options);
		expect(fileProblem(VIDEO, file)).toBeUndefined();
	});
});

describe('A file that is no MP4 or MOV', () => {
	it.each([
		['nothing', Buffer.alloc(0)],
		['text', Buffer.from('this is a text that is long enough')],
		['WebM', Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(60)])],
		['AVI', Buffer.from('RIFF\x40\0\0\0AVI LIST\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1')],
		[
			'a picture of a telephone (HEIC)',
			Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
		],
		[
			'PNG',
			Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(30)]),
		],
	])('is refused: %s', (_what, file) => {
		expect(fileProblem(VIDEO, file)).toBe('is not an MP4 or MOV video');
	});
});

describe('A file that is cut or broken', () => {
	const box = (type: string, content: Buffer, size = content.length + 8) => {
		const header = Buffer.alloc(8);
		header.writeUInt32BE(size >>> 0, 0);
		header.write(type, 4, 'latin1');
		return Buffer.concat([header, content]);
	};
	const ftyp = box('ftyp', Buffer.from('isom\0\0\0\0isom', 'latin1'));

	it.each([
		['its first box alone', ftyp],
		[
			'a box that is larger than the file',
			Buffer.concat([ftyp, box('moov', Buffer.alloc(4), 1e9)]),
		],
		['a box of size 0', Buffer.concat([ftyp, box('moov', Buffer.alloc(4), 0)])],
		[
			'a box that is smaller than its header',
			Buffer.concat([ftyp, box('moov', Buffer.alloc(4), 3)]),
		],
		['a header that is cut', Buffer.concat([ftyp, box('moov', box('mvhd', Buffer.alloc(6)))])],
		['a time scale of 0', Buffer.concat([ftyp, box('moov', box('mvhd', Buffer.alloc(100)))])],
		['garbage behind its first box', Buffer.concat([ftyp, Buffer.alloc(500, 0xa7)])],
	])('does not break the check: %s', (_what, file) => {
		expect(videoFacts(file)).toEqual({ type: 'video/mp4', seconds: undefined });
		expect(fileProblem(VIDEO, file)).toBeUndefined();
	});

	it('is not looked at when it is larger than 200 MB', () => {
		const file = Buffer.concat([ftyp, Buffer.alloc(200 * 1024 * 1024)]);
		expect(fileProblem(VIDEO, file)).toMatch(
			/^is 200\.0 MB large; Kling takes videos up to 200\.0 MB$/,
		);
	});
});
