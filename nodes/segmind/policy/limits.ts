/**
 * How long things may take, and how much may be under way. Data only; times in milliseconds.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Time-outs of single requests. The service answers all but uploads and v1 within a few seconds. */
export const TIMEOUTS = {
	/** A submit that has not answered by then has an unknown outcome, so it gets more than a gateway's usual 60 s. */
	submit: 120 * SECOND,
	status: 30 * SECOND,
	result: 60 * SECOND,
	balance: 30 * SECOND,
	history: 30 * SECOND,
	/** 10 MB as base64 over a slow line. */
	upload: 5 * MINUTE,
	/** Until the headers of the file. */
	download: 60 * SECOND,
	/** A download that sends nothing for this long is given up and repeated. */
	downloadStall: 45 * SECOND,
	/** A whole file: 100 MB at 60 kB/s. One that trickles without a pause is given up too. */
	downloadWhole: 30 * MINUTE,
	/** When a file has arrived, n8n's store may take this long: 50 MB to S3 over a line of 1.5 Mbit/s. */
	store: 5 * MINUTE,
	/** When a file has not arrived, the store has only to notice. */
	storeAfterFault: 5 * SECOND,
	/** The address of a video that was just made may answer 403 or 404 until all of the storage knows the file. */
	freshVideo: 30 * SECOND,
	/** After Stop, a submit in flight may still answer: its request ID goes to the log. */
	submitAfterStop: 30 * SECOND,
};

/** How long the service remembers a request after its submit; then status and result answer 404. */
export const REQUEST_RECORD_LIFETIME = 60 * MINUTE;

/** How long the service keeps a finished video at its URL. */
export const VIDEO_LIFETIME = 7 * 24 * 60 * MINUTE;

/** Days that the history lists at once, both ends included. Source: Segmind's SDK 1.3.0. */
export const HISTORY_WINDOW = 31;

/** An uploaded image is used again on a re-run for this long; how long the service keeps it is not documented. */
export const UPLOAD_REUSE = 24 * 60 * MINUTE;

/** Transfers at a time in a process: an upload is base64 in JSON (40 MB in memory for a 10 MB image), a download may be held whole by n8n's `database` mode. */
export const PARALLEL_UPLOADS = 2;
export const PARALLEL_DOWNLOADS = 2;

/** A transfer that takes longer no longer keeps others from theirs, be it that n8n's store hangs. */
export const LONGEST_TRANSFER = 10 * MINUTE;
