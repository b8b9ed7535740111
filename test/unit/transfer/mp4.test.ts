import { Mp4Walker } from '../../../nodes/segmind/transfer/mp4';

/** A box of ISO/IEC 14496-12, section 4.2: size, type, content. */
function box(type: string, content: number, size = content + 8): Buffer {
	const header = Buffer.alloc(8);
	header.writeUInt32BE(size, 0);
	header.write(type, 4, 'latin1');
	return Buffer.concat([header, Buffer.alloc(content, 7)]);
}

const FILE = Buffer.concat([box('ftyp', 16), box('free', 0), box('mdat', 200), box('moov', 60)]);

function isWhole(file: Buffer, chunkSize: number): boolean | undefined {
	const walker = new Mp4Walker();
	for (let at = 0; at < file.length; at += chunkSize) {
		walker.feed(file.subarray(at, at + chunkSize));
	}
	return walker.isWhole;
}

/** A box whose size stands behind its type, in 64 bits. */
function longBox(type: string, content: number): Buffer {
	const header = Buffer.alloc(16);
	header.writeUInt32BE(1, 0);
	header.write(type, 4, 'latin1');
	header.writeBigUInt64BE(BigInt(content + 16), 8);
	return Buffer.concat([header, Buffer.alloc(content, 7)]);
}

describe.each([1, 3, 7, 8, 9, 64, 1000])('An MP4 that comes in chunks of %i bytes', (chunkSize) => {
	it('is whole when its last box is', () => {
		expect(isWhole(FILE, chunkSize)).toBe(true);
	});

	it('is whole when a box has a 64-bit size', () => {
		const long = Buffer.concat([box('ftyp', 16), longBox('mdat', 100), box('moov', 20)]);
		expect(isWhole(long, chunkSize)).toBe(true);
		expect(isWhole(long.subarray(0, 90), chunkSize)).toBe(false);
	});

	it('is not whole when it ends within a box or within a header', () => {
		for (const length of [3, 12, FILE.length - 64, FILE.length - 1, 40]) {
			expect(isWhole(FILE.subarray(0, length), chunkSize)).toBe(false);
		}
	});

	it('is not whole when it was cut between two boxes', () => {
		for (const length of [24, 32, 240]) {
			expect(isWhole(FILE.subarray(0, length), chunkSize)).toBe(false);
		}
		const indexFirst = Buffer.concat([box('ftyp', 16), box('moov', 60), box('mdat', 200)]);
		expect(isWhole(indexFirst, chunkSize)).toBe(true);
		expect(isWhole(indexFirst.subarray(0, 92), chunkSize)).toBe(false);
	});

	it('does not know whether it is whole when its last box has no size', () => {
		const open = Buffer.concat([box('ftyp', 16), box('moov', 60), box('mdat', 100, 0)]);
		expect(isWhole(open, chunkSize)).toBeUndefined();
		expect(isWhole(open.subarray(0, 120), chunkSize)).toBeUndefined();
	});
});
