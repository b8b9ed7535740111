/** Pictures and videos that go to Segmind. */
import type { Outcome } from '../../../segmind/outcome';
import type { LocalFile } from '../../../segmind/transfer/upload';

/** bytes */
export const MEGABYTE = 1024 * 1024;

/** A file that must be uploaded before the submit. */
export interface LocalMedia {
	kind: 'local';
	file: LocalFile;
	/** For a video, if the file names its length (s). */
	seconds?: number;
}

/** A URL that Segmind can fetch, or a file to upload. */
export type Media = { kind: 'url'; url: string } | LocalMedia;

/** What the content of a file says about it. */
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

/** A kind of file that a field takes. */
export interface MediaKind {
	noun: 'image' | 'video';
	/** bytes */
	largest: number;
	/** Its types, for messages: "a JPEG, PNG or WebP image". */
	types: string;
	/** @returns undefined if the file has another type */
	facts(file: Buffer): FileFacts | undefined;
	/** @returns why Kling does not take the file, as the end of a sentence that begins with the file's name */
	problem(facts: FileFacts): string | undefined;
}

/** The files that were already checked: many items often use the same file. */
export type CheckedFiles = Map<string, Outcome<LocalMedia>>;
