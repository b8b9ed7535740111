/**
 * How long things may take, and how many may run at once. Data only; times in milliseconds.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Time-outs of single requests. The service answers all but uploads and v1 within a few seconds. */
export const TIMEOUTS = {
	/** After this time the outcome of a submit is unknown, so it is longer than a gateway's usual 60 s. */
	submit: 120 * SECOND,
	status: 30 * SECOND,
	result: 60 * SECOND,
	balance: 30 * SECOND,
	history: 30 * SECOND,
	/** Enough for 10 MB as base64 over a slow line. */
	upload: 5 * MINUTE,
	/** Until the headers arrive. */
	download: 60 * SECOND,
	/** The node ends and retries a download that sends nothing for this long. */
	downloadStall: 45 * SECOND,
	/** The whole file: 100 MB at 60 kB/s. It ends a download that trickles without a pause. */
	downloadWhole: 30 * MINUTE,
	/** n8n's store may take this long after a file has arrived: 50 MB to S3 over a line of 1.5 Mbit/s. */
	store: 5 * MINUTE,
	/** If the file did not arrive, the store only has to notice that. */
	storeAfterFault: 5 * SECOND,
	/** A new video's URL may answer 403 or 404 for this long, until all of the storage knows the file. */
	freshVideo: 30 * SECOND,
	/** After Stop, a running submit gets this time to answer. Its request ID goes to the log. */
	submitAfterStop: 30 * SECOND,
};

/** How long the service remembers a request after its submit. Then status and result answer 404. */
export const REQUEST_RECORD_LIFETIME = 60 * MINUTE;

/** How long the service keeps a finished video at its URL. */
export const VIDEO_LIFETIME = 7 * 24 * 60 * MINUTE;

/** The history lists this many days at once, both ends included. Source: Segmind's SDK 1.3.0. */
export const HISTORY_WINDOW = 31;

/** A retry reuses an uploaded image for this long. Segmind does not document how long it keeps one. */
export const UPLOAD_REUSE = 24 * 60 * MINUTE;

/**
 * Transfers at the same time in one process. An upload is base64 in JSON (40 MB in memory for a 10 MB image). n8n's
 * `database` mode may hold a whole download in memory.
 */
export const PARALLEL_UPLOADS = 2;
export const PARALLEL_DOWNLOADS = 2;

/** A transfer older than this stops counting, so a hung store cannot block the others. */
export const LONGEST_TRANSFER = 10 * MINUTE;
