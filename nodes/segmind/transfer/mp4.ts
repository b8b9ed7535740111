/**
 * Follows the boxes of an MP4 while it streams by, to tell at its end whether it is whole. For bodies
 * whose length nobody announced: there a broken connection looks like the end of the file.
 * Source: ISO/IEC 14496-12, section 4.2 (a box: 4 bytes size, 4 bytes type, 8 more of size when that is 1).
 */

const SHORT_HEADER = 8;
const LONG_HEADER = 16;

export class Mp4Walker {
	/** Bytes seen. */
	private seen = 0;

	/** Where the next box begins. */
	private nextBox = 0;

	/** A box without a size reaches to the end of the file. */
	private reachesEnd = false;

	/** Types of the boxes so far. */
	private readonly types = new Set<string>();

	/** The beginning of a box header that chunks have torn apart. */
	private header = Buffer.alloc(0);

	feed(chunk: Buffer): void {
		const start = this.seen;
		this.seen += chunk.length;
		while (!this.reachesEnd && this.nextBox + this.header.length < this.seen) {
			const from = Math.max(this.nextBox + this.header.length - start, 0);
			const wanted = this.headerLength() - this.header.length;
			this.header = Buffer.concat([this.header, chunk.subarray(from, from + wanted)]);
			if (this.header.length === this.headerLength()) this.step();
		}
	}

	/** A size of 1 says that the real one follows the type. */
	private headerLength(): number {
		const isLong = this.header.length >= 4 && this.header.readUInt32BE(0) === 1;
		return isLong ? LONG_HEADER : SHORT_HEADER;
	}

	private step(): void {
		const short = this.header.readUInt32BE(0);
		const size = short === 1 ? Number(this.header.readBigUInt64BE(SHORT_HEADER)) : short;
		this.reachesEnd = size < SHORT_HEADER;
		this.types.add(this.header.toString('latin1', 4, SHORT_HEADER));
		this.nextBox += size;
		this.header = Buffer.alloc(0);
	}

	/**
	 * Whether the bytes so far end where a box ends, with the pictures (`mdat`) and their index (`moov`) among
	 * them: a file that was cut between two boxes lacks one of the two. Undefined where the last box names no size.
	 */
	get isWhole(): boolean | undefined {
		if (this.reachesEnd) return undefined;
		const endsWithBox = this.header.length === 0 && this.seen === this.nextBox;
		return endsWithBox && this.types.has('moov') && this.types.has('mdat');
	}
}
