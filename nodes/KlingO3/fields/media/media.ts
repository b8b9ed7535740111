/** Pictures and videos that go to Segmind. */
import type { Outcome } from '../../../segmind/outcome';
import type { LocalFile } from '../../../segmind/transfer/upload';

/** A file that is uploaded first. */
export interface LocalMedia {
	kind: 'local';
	file: LocalFile;
	/** Of a video, where the file says it (s). */
	seconds?: number;
}

/** What Segmind can fetch, or what is uploaded first. */
export type Media = { kind: 'url'; url: string } | LocalMedia;

/** What a file is, read from its content. */
export interface FileFacts {
	/** MIME type */
	type: string;
	/** px */
	width?: number;
	/** px */
	height?: number;
	/** s */
	seconds?: number;
}

/** What a field takes. */
export interface MediaKind {
	noun: 'image' | 'video';
	/** bytes */
	largest: number;
	/** Its types, for sentences: "a JPEG, PNG or WebP image". */
	types: string;
	/** @returns undefined when it is none of its types */
	facts(file: Buffer): FileFacts | undefined;
	/** @returns what Kling has against it, as the end of a sentence that begins with the file's name */
	problem(facts: FileFacts): string | undefined;
}

/** Files that were checked already; one file is often used by many items. */
export type CheckedFiles = Map<string, Outcome<LocalMedia>>;
