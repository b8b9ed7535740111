import type { IDataObject } from 'n8n-workflow';

import type { LocalImage } from '../../segmind/job/upload';
import type { Mode } from '../model';

export interface Segment {
	prompt: string;
	/** s */
	duration: number;
}

/** An image that Segmind can fetch, or one that is uploaded first. */
export type ImageInput = { kind: 'url'; url: string } | { kind: 'local'; image: LocalImage };

/** One item's video as the user asked for it, validated. */
export interface VideoRequest {
	image: ImageInput;
	endImage?: ImageInput;
	prompt: string;
	/** Only in multi. */
	segments?: Segment[];
	/** s, of the whole video */
	duration: number;
	mode: Mode;
	audio: boolean;
	shotType: string;
	extraBody: IDataObject;
}

/** How one item's job and output are handled. */
export interface JobOptions {
	apiVersion: 'v1' | 'v2';
	/** ms */
	maxWait: number;
	downloadVideo: boolean;
	outputBinaryField: string;
	/** Empty: named after the request. */
	fileName: string;
	simplify: boolean;
	retrySubmitOnServerError: boolean;
	resubmitUnknown: boolean;
	/** Take over videos that an earlier execution has paid and not delivered. */
	reuseUndelivered: boolean;
	/** USD; 0 for none */
	maxCostPerVideo: number;
	/** USD; 0 for none. Of the run: the first item's counts. */
	maxCostPerRun: number;
	/** Of the run: the first item's counts. */
	checkBalance: boolean;
	/** 1 to 50. Of the run: the first item's counts. */
	concurrency: number;
}
