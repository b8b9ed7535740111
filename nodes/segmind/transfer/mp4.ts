/**
 * Follows the boxes of an MP4 while it streams, and knows at the end whether the file is whole. It is for bodies
 * without an announced length: there a broken connection looks like the end of the file.
 * Source: ISO/IEC 14496-12, section 4.2. A box has 4 bytes of size and 4 bytes of type. If the size is 1, 8 more
 * bytes hold the real size.
 */

const SHORT_HEADER = 8;
const LONG_HEADER = 16;

export class Mp4Walker {
	/** Bytes so far. */
	private seen = 0;

	/** Where the next box begins. */
	private nextBox = 0;

	/** The last box has no size, so it reaches to the end of the file. */
	private reachesEnd = false;

	private readonly types = new Set<string>();

	/** The first bytes of a box header that is split between chunks. */
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

	/** A size of 1 means that the real size follows the type. */
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
	 * Whether the bytes so far end where a box ends, and have the pictures (`mdat`) and their index (`moov`): a file
	 * that was cut between two boxes lacks one of them. Undefined if the last box has no size.
	 */
	get isWhole(): boolean | undefined {
		if (this.reachesEnd) return undefined;
		const endsWithBox = this.header.length === 0 && this.seen === this.nextBox;
		return endsWithBox && this.types.has('moov') && this.types.has('mdat');
	}
}
