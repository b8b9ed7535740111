/** The sandbox's vocabulary. Times are milliseconds since the epoch and money is US dollars unless a name says otherwise. */

export const STAGES = [
	'submit',
	'v1',
	'status',
	'result',
	'balance',
	'upload',
	'download',
	'history',
	'other',
] as const;
/** What a request is for. `download` is a video; uploads and samples being fetched are `other`. */
export type Stage = (typeof STAGES)[number];

export const ORIGINS = ['gateway', 'storage', 'files', 'history'] as const;
export type Origin = (typeof ORIGINS)[number];
export type Api = 'v1' | 'v2';
export const JOB_STATUSES = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const RESULT_SHAPES = [
	'full',
	'video-only',
	'output-only',
	'output-array',
	'no-status',
] as const;
/** `full`: `output` string and `video` object. The others leave out what their names say. */
export type ResultShape = (typeof RESULT_SHAPES)[number];

export const HISTORY_ENVELOPES = ['generations', 'data', 'array', 'rows'] as const;
/** What the history wraps its rows in; the real service documents none. */
export type HistoryEnvelope = (typeof HISTORY_ENVELOPES)[number];

export const HISTORY_TIMESTAMPS = ['iso', 'iso-without-zone', 'epoch-seconds', 'none'] as const;
/** How a row of the history spells its times, all of them UTC. `none`: it has no times. */
export type HistoryTimestamp = (typeof HISTORY_TIMESTAMPS)[number];

/** What can be changed while the sandbox runs. */
export interface Settings {
	/** How long a job takes, seconds; applies to jobs submitted from now on. */
	jobSeconds: number;
	/** By how much more the longest takes, seconds: each job takes another part of it. */
	jobSpreadSeconds: number;
	v1Response: 'video' | 'json';
	/** Where the synchronous call names the request: `x-request-id`, the `request_id` of a JSON body, or both. */
	v1RequestId: 'header' | 'body' | 'both';
	resultShape: ResultShape;
	/** HTTP status of a result call before the video is there: 200 with the job's status, 202 without it, or a refusal. */
	unfinishedResult: 200 | 202 | 400 | 404;
	/** HTTP status that carries a FAILED body. */
	failedWith: 422 | 200;
	/** What becomes of a job whose body has a field that the model does not know. */
	unknownFields: 'fail' | 'ignore';
	/** Which of the two known answers an upload gets. */
	uploadResponse: 'file_urls' | 'urls';
	rateLimitReset: 'iso' | 'epoch-seconds';
	/** Length of a rate limit's window, seconds. */
	rateWindowSeconds: number;
	/** When a window begins: with an account's first request after the last one, or by the clock, as each full minute. */
	rateWindowStart: 'first-request' | 'clock';
	/** How many requests for the file of a new video are refused, for each video anew. */
	freshFileRefusals: number;
	freshFileStatus: 403 | 404;
	/** false: every address of the history host answers 404. */
	historyAvailable: boolean;
	/** The history shows the account as it was so long ago: new requests and changes of status come late. */
	historyLagSeconds: number;
	historyEnvelope: HistoryEnvelope;
	historyTimestamp: HistoryTimestamp;
	/** How many rows a completed request has, each with an output and the whole cost. */
	historyRowsPerRequest: number;
	/** How far the clock behind the history's times is ahead of this machine's, seconds; negative if behind. */
	historyClockOffsetSeconds: number;
}

export interface SandboxOptions {
	/** Interface to listen on. Default '127.0.0.1'. */
	host?: string;
	/** Host name to put into URLs, where clients know the machine by another name than `host`. */
	publicHost?: string;
	/** Default: free ports. */
	ports?: Partial<Record<Origin | 'tls', number>>;
	/** Serve the gateway over HTTPS too, at `tlsUrl`. Default false. */
	tls?: boolean;
	/** How long a job takes, seconds, fractions allowed; it also waits for its render. Default 5. */
	jobSeconds?: number;
	/** An account's rate limit unless it has its own; 0 = unlimited. Default 0. */
	requestsPerMinute?: number;
	/** A new account's balance, USD. Default 100. */
	credits?: number;
	/** How long after its submit a request can be asked for, seconds. Default 3600. */
	recordSeconds?: number;
	/** Size and frame rate of the videos. Default 640 pixels wide, 24 frames a second. */
	render?: { width: number; fps: number };
	/** Default 'video'. */
	v1Response?: 'video' | 'json';
	/** Every MP4 is brought to this many bytes with a trailing `free` box. Default 0: left as it is. */
	padBytes?: number;
	/** What differs from the defaults from the start. */
	settings?: Partial<Settings>;
	/** Log requests to stdout. Default false. */
	logger?: boolean;
}

export interface AccountOptions {
	/** Default: 'SG_' and 16 random hex digits. */
	key?: string;
	credits?: number;
	/** Promotional balance, spent first. Default 0. */
	freeCredits?: number;
	requestsPerMinute?: number;
	/** false: the balance call answers 404, as for team members. Default true. */
	hasBalanceRecord?: boolean;
	/** false: submits answer 403. Default true. */
	mayUseModel?: boolean;
}

export type Account = Required<AccountOptions>;

export interface JobReport {
	requestId: string;
	model: string;
	api: Api;
	/** The submitted body as received, unknown fields included. */
	body: Record<string, unknown>;
	status: JobStatus;
	createdAt: number;
	completedAt?: number;
	/** Price of the job; 0 once it has failed. */
	cost: number;
	billed: boolean;
	videoUrl?: string;
	error?: string;
}

/** A request of an earlier day, put into an account as if it had been sent then. */
export interface PastJob {
	/** Milliseconds since the epoch. */
	createdAt: number;
	/** Default: a new UUID. */
	requestId?: string;
	/** Default: image to video. Any name: an account also has requests of other models. */
	model?: string;
	prompt?: string;
	/** More fields of the submitted body, in place of the defaults. */
	body?: Record<string, unknown>;
	/** `PROCESSING` stays so. Default 'COMPLETED'. */
	status?: JobStatus;
	/** USD. Default: the price of the body. */
	cost?: number;
	/** How long it took, seconds. Default 200. */
	tookSeconds?: number;
	/** Text of a FAILED one. */
	error?: string;
	/** The video's file is gone, its URL answers 404. Default: true once the job is older than 7 days. */
	fileExpired?: boolean;
}

export interface UploadReport {
	at: number;
	url: string;
	contentType: string;
	bytes: number;
	sha256: string;
}

export interface AccountReport {
	key: string;
	balance: number;
	spent: number;
	jobs: JobReport[];
	uploads: UploadReport[];
}

export interface RequestReport {
	at: number;
	origin: Origin;
	stage: Stage;
	method: string;
	/** Path with query, as received. */
	path: string;
	headers: Record<string, string | string[] | undefined>;
	/** Parsed JSON, or text. The long data URLs of an upload are abbreviated. */
	body?: unknown;
	/** Absent while unanswered, and for ever after a reset or a hang. */
	status?: number;
	/** When the exchange was over for the sandbox, client gone included. */
	endedAt?: number;
	key?: string;
	/** Kind of the fault that was applied. */
	fault?: FaultKind;
}

export type Fault =
	/** `accepted`: the job was created before this was answered (submit and v1 only). */
	| {
			kind: 'respond';
			status: number;
			body?: string | object;
			contentType?: string;
			headers?: Record<string, string>;
			accepted?: boolean;
	  }
	/**
	 * Bytes that are no HTTP; at the TLS origin they are plain bytes inside the tunnel, which the client reports
	 * as an error of TLS although its request had arrived.
	 */
	| { kind: 'plaintext'; accepted?: boolean }
	/** TCP reset. `after`: the service had done its work, a job was created. */
	| { kind: 'reset'; when: 'before' | 'after' }
	/** Never answers. */
	| { kind: 'hang'; accepted?: boolean }
	| { kind: 'delay'; ms: number }
	/** Announces the full length, destroys the socket after n bytes of the body. `gzip`: of the compressed body. */
	| { kind: 'cut'; afterBytes: number; gzip?: boolean }
	/** Chunked, ends cleanly after n bytes. */
	| { kind: 'cut-silently'; afterBytes: number; gzip?: boolean }
	/** Announces the full length, sends n bytes and leaves the connection open. */
	| { kind: 'stall'; afterBytes: number; gzip?: boolean }
	| { kind: 'slow'; bytesPerSecond: number; gzip?: boolean }
	/** The body is compressed, and the length is that of the compressed one. */
	| { kind: 'gzip' }
	/** The usual answer under another content type. */
	| { kind: 'content-type'; contentType: string }
	/** The request's record, or the video file, is forgotten. */
	| { kind: 'expire' }
	/** Accepted, then FAILED with this text; with `body` the polls answer exactly that. */
	| { kind: 'fail-job'; error: string; body?: object }
	| { kind: 'fail-job'; error?: string; body: object }
	/** A status, a result or v1 says FAILED although the job goes on, or was completed and billed. */
	| { kind: 'say-failed'; error?: string; body?: object }
	| { kind: 'rate-limit'; seconds: number }
	| { kind: 'redirect'; to: string; status?: number }
	/** 200 with truncated JSON; a submit was accepted. */
	| { kind: 'malformed' }
	/** 200 without a request_id; a submit was accepted. */
	| { kind: 'no-id' }
	| { kind: 'not-a-video'; body: string; contentType: string };

export type FaultKind = Fault['kind'];

export const FAULT_KINDS: readonly FaultKind[] = [
	'respond',
	'plaintext',
	'reset',
	'hang',
	'delay',
	'cut',
	'cut-silently',
	'stall',
	'slow',
	'gzip',
	'content-type',
	'expire',
	'fail-job',
	'say-failed',
	'rate-limit',
	'redirect',
	'malformed',
	'no-id',
	'not-a-video',
];

export interface FaultRule {
	stage: Stage;
	/** Only requests of this account; for a download, of the account the video belongs to. */
	key?: string;
	match?: {
		/** Substring of the prompt of the submit, or of the job that is asked about or downloaded. */
		prompt?: string;
		requestId?: string;
		/** Status of the job that is asked about, at that moment. */
		status?: JobStatus;
		/** Substring of the path. */
		path?: string;
	};
	/** How often the rule applies; 0 = for ever. Default 1. */
	times?: number;
	/** How many matching requests pass first. Default 0. */
	skip?: number;
	fault: Fault;
}

export interface Sandbox {
	/** Four origins, so that a test can prove which host saw the key. No trailing slash. */
	gatewayUrl: string;
	storageUrl: string;
	filesUrl: string;
	historyUrl: string;
	/** The gateway over HTTPS, where `tls` was asked for; its certificate is TLS_CERTIFICATE. */
	tlsUrl?: string;
	/** Opens an account. Throws when the key is taken. */
	createAccount(account?: AccountOptions): Account;
	/** The ledger of an account. Throws for an unknown key. */
	account(key: string): AccountReport;
	/** Adds fault rules; of several that match a request the earliest applies. */
	inject(...rules: FaultRule[]): void;
	clearFaults(): void;
	set(settings: Partial<Settings>): void;
	/** Forgets a request's record: status and result answer 404. Throws for an unknown id. */
	expire(requestId: string): void;
	/**
	 * Puts a request of an earlier day into an account: into its jobs, its history, and its spent money, but
	 * not on its balance. A COMPLETED one has a real video.
	 * @returns the request ID
	 */
	addPast(key: string, past: PastJob): Promise<string>;
	/** Resolves as soon as the jobs, of one account or of all, satisfy the predicate. Rejects at close. */
	whenJobs(predicate: (jobs: JobReport[]) => boolean, key?: string): Promise<void>;
	/** Resolves as soon as the received requests satisfy the predicate. Rejects at close. */
	whenRequests(predicate: (requests: RequestReport[]) => boolean): Promise<void>;
	/** Every request any of the origins received, `/_sandbox` excepted, oldest first. */
	requests(): RequestReport[];
	/** Drops all connections, ends renders, removes the temporary files. */
	close(): Promise<void>;
}
