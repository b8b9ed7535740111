import { path as ffmpeg } from '@ffmpeg-installer/ffmpeg';
import execa from 'execa';

import { IMAGE, imageFacts } from '../../../../nodes/KlingO3/fields/media/imageFile';
import { fileProblem, sizeProblem } from '../../../../nodes/KlingO3/fields/media/read';

const MEBIBYTE = 1024 * 1024;
const imageProblem = (file: Buffer) => fileProblem(IMAGE, file);

/** A PNG header: signature and IHDR. */
function png(width: number, height: number): Buffer {
	const file = Buffer.alloc(33);
	Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(file);
	file.writeUInt32BE(width, 16);
	file.writeUInt32BE(height, 20);
	return file;
}

/** A JPEG with an application segment, a table and fill bytes before its frame. */
function jpeg(width: number, height: number, frame = 0xc0): Buffer {
	const size = Buffer.alloc(4);
	size.writeUInt16BE(height, 0);
	size.writeUInt16BE(width, 2);
	return Buffer.concat([
		Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
		Buffer.from('ffc4000401ff', 'hex'), // A Huffman table, which is no frame.
		Buffer.from([0xff, 0xff, frame, 0x00, 0x11, 0x08]),
		size,
		Buffer.alloc(32),
	]);
}

function webp(format: string, body: Buffer): Buffer {
	return Buffer.concat([
		Buffer.from(`RIFF\x40\0\0\0WEBP${format}\x20\0\0\0`, 'latin1'),
		body,
		Buffer.alloc(32),
	]);
}
function lossyWebp(width: number, height: number): Buffer {
	const body = Buffer.from([0, 0, 0, 0x9d, 0x01, 0x2a, 0, 0, 0, 0]);
	body.writeUInt16LE(width, 6);
	body.writeUInt16LE(height, 8);
	return webp('VP8 ', body);
}
function losslessWebp(width: number, height: number): Buffer {
	const body = Buffer.alloc(5);
	body[0] = 0x2f;
	body.writeUInt32LE((((height - 1) << 14) | (width - 1)) >>> 0, 1);
	return webp('VP8L', body);
}
function extendedWebp(width: number, height: number): Buffer {
	const body = Buffer.alloc(10);
	body.writeUIntLE(width - 1, 4, 3);
	body.writeUIntLE(height - 1, 7, 3);
	return webp('VP8X', body);
}

const MAKERS = [
	['image/png', 'PNG', png],
	['image/jpeg', 'JPEG', jpeg],
	['image/jpeg', 'progressive JPEG', (width: number, height: number) => jpeg(width, height, 0xc2)],
	['image/webp', 'lossy WebP', lossyWebp],
	['image/webp', 'lossless WebP', losslessWebp],
	['image/webp', 'extended WebP', extendedWebp],
] as const;

describe.each(MAKERS)('A file of type %s (%s)', (type, _name, make) => {
	it('is known with its size', () => {
		expect(imageFacts(make(640, 360))).toEqual({ type, width: 640, height: 360 });
		expect(imageFacts(make(301, 4000))).toEqual({ type, width: 301, height: 4000 });
	});

	it.each([
		[300, 300],
		[300, 750],
		[750, 300],
		[4000, 3000],
	])('is taken with %i × %i px', (width, height) => {
		expect(imageProblem(make(width, height))).toBeUndefined();
	});

	it.each([
		[299, 400],
		[400, 299],
	])('is too small with %i × %i px', (width, height) => {
		expect(imageProblem(make(width, height))).toMatch(new RegExp(`${width} × ${height} px.*300`));
	});

	it.each([
		[300, 751],
		[751, 300],
		[3000, 1000],
	])('is too long with %i × %i px', (width, height) => {
		expect(imageProblem(make(width, height))).toMatch(/2\.5/);
	});
});

describe('A file that ffmpeg made', () => {
	const make = async (...format: string[]): Promise<Buffer> => {
		const source = ['-f', 'lavfi', '-i', 'testsrc=size=640x360', '-frames:v', '1'];
		const { stdout } = await execa(ffmpeg, ['-v', 'error', ...source, ...format, '-'], {
			encoding: null as never,
		});
		return stdout as unknown as Buffer;
	};

	it.each([
		['image/png', ['-c:v', 'png', '-f', 'image2pipe']],
		['image/jpeg', ['-c:v', 'mjpeg', '-f', 'image2pipe']],
		['image/webp', ['-c:v', 'libwebp', '-f', 'webp']],
		['image/webp', ['-c:v', 'libwebp', '-lossless', '1', '-pix_fmt', 'bgra', '-f', 'webp']],
	])('is known: %s %j', async (type, format) => {
		const file = await make(...format);
		expect(imageFacts(file)).toEqual({ type, width: 640, height: 360 });
		expect(imageProblem(file)).toBeUndefined();
	});
});

describe('A file that is no JPEG, PNG or WebP', () => {
	it.each([
		['nothing', Buffer.alloc(0)],
		['one byte', Buffer.from([0xff])],
		['text', Buffer.from('this is a text that is long enough')],
		['HTML', Buffer.from('<!DOCTYPE html><html><body></body></html>')],
		['GIF', Buffer.from('GIF89a\x80\x02\x68\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1')],
		['BMP', Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)])],
		['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="640"/>')],
		['MP4', Buffer.from('\0\0\0\x20ftypisom\0\0\0\0isomiso2mp41', 'latin1')],
		['AVI', Buffer.from('RIFF\x40\0\0\0AVI LIST\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1')],
		['PDF', Buffer.from('%PDF-1.7 and more text after that')],
	])('is refused: %s', (_what, file) => {
		expect(imageFacts(file)).toBeUndefined();
		expect(imageProblem(file)).toBe('is not a JPEG, PNG or WebP image');
	});
});

describe('A file that is cut or broken', () => {
	it.each([
		['a JPEG of its first bytes', jpeg(640, 360).subarray(0, 12)],
		[
			'a JPEG whose segments are garbage',
			Buffer.concat([Buffer.from('ffd8ffe00010', 'hex'), Buffer.alloc(64, 7)]),
		],
		[
			'a JPEG of nothing but fill bytes',
			Buffer.concat([Buffer.from('ffd8', 'hex'), Buffer.alloc(64, 0xff)]),
		],
		[
			'a JPEG whose segment has no length',
			Buffer.concat([Buffer.from('ffd8ffe00000', 'hex'), Buffer.alloc(64)]),
		],
		['a WebP of its first bytes', extendedWebp(640, 360).subarray(0, 20)],
		['a WebP of an unknown kind', webp('VPXX', Buffer.alloc(10))],
	])('does not break the check: %s', (_what, file) => {
		expect(() => imageProblem(file)).not.toThrow();
	});
});

describe('The size of a file', () => {
	it('may be 10 MB and no more', () => {
		expect(sizeProblem(IMAGE, 10 * MEBIBYTE)).toBeUndefined();
		expect(sizeProblem(IMAGE, 10 * MEBIBYTE + 1)).toMatch(/10\.0 MB/);
	});

	it('is judged before the content', () => {
		expect(imageProblem(Buffer.alloc(11 * MEBIBYTE))).toMatch(/11\.0 MB.*10\.0 MB/);
		expect(imageProblem(Buffer.concat([png(640, 360), Buffer.alloc(11 * MEBIBYTE)]))).toMatch(/MB/);
	});
});
