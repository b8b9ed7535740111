/**
 * The sandbox's vocabulary. What comes in from outside is checked against the tables here, and their types follow from
 * them. Times are milliseconds since the epoch and money is US dollars unless a name says otherwise.
 */
import { Type, type SchemaOptions, type Static, type TProperties } from '@sinclair/typebox';

type Words = ReadonlyArray<string | number>;

/** One of these. */
export const oneOf = <const T extends Words>(values: T, more: SchemaOptions = {}) =>
	Type.Unsafe<T[number]>({ ...more, enum: values });
/** One of these, the first unless told otherwise. */
const usually = <const T extends Words>(...values: T) => oneOf(values, { default: values[0] });
const text = Type.Optional(Type.String());
const amount = (usual?: number) => Type.Number({ minimum: 0, default: usual });
const count = (usual?: number) => Type.Integer({ minimum: 0, default: usual });
const flag = (usual?: boolean) => Type.Boolean({ default: usual });
/** An object with these properties and no others. */
const closed = <T extends TProperties>(properties: T) =>
	Type.Object(properties, { additionalProperties: false });

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
const JOB_STATUSES = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const RESULT_SHAPES = [
	'full',
	'video-only',
	'output-only',
	'output-array',
	'no-status',
] as const;
export type ResultShape = (typeof RESULT_SHAPES)[number];

export const HISTORY_ENVELOPES = ['generations', 'data', 'array', 'rows'] as const;
export const HISTORY_TIMESTAMPS = ['iso', 'iso-without-zone', 'epoch-seconds', 'none'] as const;

/** What can be changed while the sandbox runs. */
export const SETTINGS = closed({
	/** How long a job takes, seconds; applies to jobs submitted from now on. */
	jobSeconds: amount(5),
	/** By how much more the longest takes, seconds: each job takes another part of it. */
	jobSpreadSeconds: amount(0),
	v1Response: usually('video', 'json'),
	/** Where the synchronous call names the request: `x-request-id`, the `request_id` of a JSON body, or both. */
	v1RequestId: usually('both', 'header', 'body'),
	/** `full`: `output` string and `video` object. The others leave out what their names say. */
	resultShape: usually(...RESULT_SHAPES),
	/** HTTP status of a result call before the video is there: 200 with the job's status, 202 without it, or a refusal. */
	unfinishedResult: usually(200, 202, 400, 404),
	/** HTTP status that carries a FAILED body. */
	failedWith: usually(422, 200),
	/** Which of the two known answers an upload gets. */
	uploadResponse: usually('file_urls', 'urls'),
	/** What becomes of a job whose body has a field that the model does not know. */
	unknownFields: usually('fail', 'ignore'),
	rateLimitReset: usually('iso', 'epoch-seconds'),
	/** Length of a rate limit's window, seconds. */
	rateWindowSeconds: amount(60),
	/** When a window begins: with an account's first request after the last one, or by the clock, as each full minute. */
	rateWindowStart: usually('first-request', 'clock'),
	/** How many requests for the file of a new video are refused, for each video anew. */
	freshFileRefusals: count(0),
	freshFileStatus: usually(403, 404),
	/** false: every address of the history host answers 404. */
	historyAvailable: flag(true),
	/** The history shows the account as it was so long ago: new requests and changes of status come late. */
	historyLagSeconds: amount(0),
	/** What the history wraps its rows in; the real service documents none. */
	historyEnvelope: usually(...HISTORY_ENVELOPES),
	/** How a row of the history spells its times, all of them UTC. `none`: it has no times. */
	historyTimestamp: usually(...HISTORY_TIMESTAMPS),
	/** How many rows a completed request has, each with an output and the whole cost. */
	historyRowsPerRequest: Type.Integer({ minimum: 1, default: 1 }),
	/** How far the clock behind the history's times is ahead of this machine's, seconds; negative if behind. */
	historyClockOffsetSeconds: Type.Number({ default: 0 }),
});
export type Settings = Static<typeof SETTINGS>;

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
	/** Every MP4 is brought to this many bytes with a trailing `free` box. Default 0: left as it is. */
	padBytes?: number;
	/** What differs from the defaults from the start. */
	settings?: Partial<Settings>;
	/** Log requests to stdout. Default false. */
	logger?: boolean;
}

export const ACCOUNT = closed({
	/** Default: 'SG_' and 16 random hex digits. */
	key: Type.String(),
	credits: amount(),
	/** Promotional balance, spent first. */
	freeCredits: amount(0),
	requestsPerMinute: count(),
	/** false: the balance call answers 404, as for team members. */
	hasBalanceRecord: flag(true),
	/** false: submits answer 403. */
	mayUseModel: flag(true),
});
export type Account = Static<typeof ACCOUNT>;
export type AccountOptions = Partial<Account>;

/** A request of an earlier day, put into an account as if it had been sent then. */
export const PAST_JOB = closed({
	/** Milliseconds since the epoch. */
	createdAt: amount(),
	/** Default: a new UUID. */
	requestId: text,
	/** Default: image to video. Any name: an account also has requests of other models. */
	model: text,
	prompt: text,
	/** More fields of the submitted body, in place of the defaults. */
	body: Type.Optional(Type.Unsafe<Record<string, unknown>>({ type: 'object' })),
	/** `PROCESSING` stays so. Default 'COMPLETED'. */
	status: Type.Optional(oneOf(JOB_STATUSES)),
	/** USD. Default: the price of the body. */
	cost: Type.Optional(amount()),
	/** How long it took, seconds. Default 200. */
	tookSeconds: Type.Optional(amount()),
	/** Text of a FAILED one. */
	error: text,
	/** The video's file is gone, its URL answers 404. Default: true once the job is older than 7 days. */
	fileExpired: Type.Optional(flag()),
});
export type PastJob = Static<typeof PAST_JOB>;

/** A file that the files origin serves. */
export interface HostedFile {
	/** Path on the files origin, with leading slash. */
	path: string;
	/** Where it lies on disk. */
	file: string;
	bytes: number;
	contentType: string;
	/** How many requests for it have come. */
	asked?: number;
}

export interface UploadReport extends Pick<HostedFile, 'bytes' | 'contentType'> {
	at: number;
	url: string;
	sha256: string;
}

const json = Type.Unsafe<object>({ type: 'object' });
const accepted = Type.Optional(Type.Boolean());
const said = { error: text, body: Type.Optional(json) };
/** `gzip`: the bytes are those of the compressed body. */
const gzip = Type.Optional(Type.Boolean());
const CUT = Type.Object({ afterBytes: Type.Number(), gzip });
const NOTHING = Type.Object({});

/** What can go wrong, and what each kind has to be told. */
const FAULTS = {
	/** `accepted`: the job was created before this was answered (submit and v1 only). */
	respond: Type.Object({
		status: Type.Number(),
		body: Type.Optional(Type.Union([Type.String(), json])),
		contentType: text,
		headers: Type.Optional(Type.Record(Type.String(), Type.String())),
		accepted,
	}),
	/**
	 * Bytes that are no HTTP; at the TLS origin they are plain bytes inside the tunnel, which the client reports
	 * as an error of TLS although its request had arrived.
	 */
	plaintext: Type.Object({ accepted }),
	/** TCP reset. `after`: the service had done its work, a job was created. */
	reset: Type.Object({ when: oneOf(['before', 'after']) }),
	/** Never answers. */
	hang: Type.Object({ accepted }),
	delay: Type.Object({ ms: Type.Number() }),
	/** Announces the full length, destroys the socket after n bytes of the body. */
	cut: CUT,
	/** Chunked, ends cleanly after n bytes. */
	'cut-silently': CUT,
	/** Announces the full length, sends n bytes and leaves the connection open. */
	stall: CUT,
	slow: Type.Object({ bytesPerSecond: Type.Number(), gzip }),
	/** The body is compressed, and the length is that of the compressed one. */
	gzip: NOTHING,
	/** The usual answer under another content type. */
	'content-type': Type.Object({ contentType: Type.String() }),
	/** The request's record, or the video file, is forgotten. */
	expire: NOTHING,
	/** Accepted, then FAILED with this text; with `body` the polls answer exactly that. */
	'fail-job': Type.Union([
		Type.Object({ ...said, error: Type.String() }),
		Type.Object({ ...said, body: json }),
	]),
	/** A status, a result or v1 says FAILED although the job goes on, or was completed and billed. */
	'say-failed': Type.Object(said),
	'rate-limit': Type.Object({ seconds: Type.Number() }),
	redirect: Type.Object({ to: Type.String(), status: Type.Optional(Type.Number()) }),
	/** 200 with truncated JSON; a submit was accepted. */
	malformed: NOTHING,
	/** 200 without a request_id; a submit was accepted. */
	'no-id': NOTHING,
	'not-a-video': Type.Object({ body: Type.String(), contentType: Type.String() }),
};
export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];
export type Fault = { [K in FaultKind]: { kind: K } & Static<(typeof FAULTS)[K]> }[FaultKind];

export const RULE = closed({
	stage: oneOf(STAGES),
	/** Only requests of this account; for a download, of the account the video belongs to. */
	key: text,
	match: Type.Optional(
		closed({
			/** Substring of the prompt of the submit, or of the job that is asked about or downloaded. */
			prompt: text,
			requestId: text,
			/** Substring of the path. */
			path: text,
			/** Status of the job that is asked about, at that moment. */
			status: Type.Optional(oneOf(JOB_STATUSES)),
		}),
	),
	/** How often the rule applies; 0 = forever. Default 1. */
	times: Type.Optional(count()),
	/** How many matching requests pass first. Default 0. */
	skip: Type.Optional(count()),
	/** Only its kind is looked at: ajv would list what each of the other kinds misses. */
	fault: Type.Unsafe<Fault>(Type.Object({ kind: oneOf(FAULT_KINDS) })),
});
export type FaultRule = Static<typeof RULE>;
