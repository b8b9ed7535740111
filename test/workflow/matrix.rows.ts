/**
 * Every stage of a job x every fault that the sandbox can inject, and what must come of it. The
 * expectations are written from what Segmind documents, not from what the node does.
 */
import type { Fault, Stage } from '../../sandbox';

export interface MatrixRow {
	stage: Extract<Stage, 'upload' | 'submit' | 'status' | 'result' | 'download' | 'v1'>;
	/** As the table in docs/reliability.md shows it. */
	name: string;
	fault: Fault;
	/** How often the fault hits; 0 forever. */
	times: number;
	/** `video`: the run succeeds. `error`: it fails with a message that has these words. */
	first: 'video' | RegExp;
	/** Jobs created and billed by the first run. */
	jobs: number;
	billed: number;
	/** What a retry brings, without faults. */
	retry?: 'video' | RegExp;
	/** Jobs in all after the retry. */
	retryJobs?: number;
}

const respond = (
	status: number,
	accepted = false,
	body: string | object = { error: 'injected' },
): Fault => ({
	kind: 'respond',
	status,
	body,
	accepted,
});

/** Refused for good: no job, and the retry makes one. */
const REFUSALS: Array<[number, RegExp]> = [
	[400, /malformed: injected/],
	[401, /refused the API key/],
	[403, /may not use/],
	[404, /does not know/],
	[406, /rejected a parameter value: injected/],
	[410, /retired/],
	[422, /rejected the input: injected/],
	[425, /rejected the request: injected/],
];

const UNKNOWN = /unknown whether this video was submitted.*may be billed.*not submitted again/;

function submitRows(stage: 'submit' | 'v1'): MatrixRow[] {
	const refusals = REFUSALS.map(
		([status, first]): MatrixRow => ({
			stage,
			name: `${status}`,
			fault: respond(status),
			times: 1,
			first,
			jobs: 0,
			billed: 0,
			retry: 'video',
			retryJobs: 1,
		}),
	);
	/** Nobody can tell from outside whether there is a job: never submitted again. */
	const unknown = (name: string, fault: Fault, jobs: number): MatrixRow => ({
		stage,
		name,
		fault,
		times: 1,
		first: UNKNOWN,
		jobs,
		billed: jobs,
		retry: UNKNOWN,
		retryJobs: jobs,
	});
	return [
		...refusals,
		{
			stage,
			name: '429 until the window ends',
			fault: { kind: 'rate-limit', seconds: 1 },
			times: 2,
			first: 'video',
			jobs: 1,
			billed: 1,
		},
		// A gateway says the first three for a service that is silent, or a connection that broke.
		...[408, 460, 499, 409, 500, 502, 503, 504].flatMap((status) => [
			unknown(`${status}, no job`, respond(status), 0),
			unknown(`${status}, job accepted`, respond(status, true), 1),
		]),
		unknown('reset, no job', { kind: 'reset', when: 'before' }, 0),
		unknown('reset, job accepted', { kind: 'reset', when: 'after' }, 1),
		unknown('no answer, no job', { kind: 'hang' }, 0),
		unknown('no answer, job accepted', { kind: 'hang', accepted: true }, 1),
		unknown('bytes that are no HTTP, no job', { kind: 'plaintext' }, 0),
		unknown('bytes that are no HTTP, job accepted', { kind: 'plaintext', accepted: true }, 1),
		unknown('redirect', { kind: 'redirect', to: 'http://127.0.0.1:9/' }, 0),
		{
			stage,
			name: 'slow answer',
			fault: { kind: 'delay', ms: 400 },
			times: 1,
			first: 'video',
			jobs: 1,
			billed: 1,
		},
		{
			stage,
			name: 'job FAILED',
			fault: { kind: 'fail-job', error: 'injected failure' },
			times: 1,
			first: /injected failure/,
			jobs: 1,
			billed: 0,
			retry: 'video',
			retryJobs: 2,
		},
	];
}

const SUBMIT_ONLY: MatrixRow[] = [
	{
		stage: 'submit',
		name: 'cut JSON',
		fault: { kind: 'malformed' },
		times: 1,
		first: UNKNOWN,
		jobs: 1,
		billed: 1,
		retry: UNKNOWN,
		retryJobs: 1,
	},
	{
		stage: 'submit',
		name: 'no request ID',
		fault: { kind: 'no-id' },
		times: 1,
		first: UNKNOWN,
		jobs: 1,
		billed: 1,
		retry: UNKNOWN,
		retryJobs: 1,
	},
	{
		stage: 'submit',
		name: 'cut body',
		fault: { kind: 'cut', afterBytes: 10 },
		times: 1,
		first: UNKNOWN,
		jobs: 1,
		billed: 1,
		retry: UNKNOWN,
		retryJobs: 1,
	},
	{
		stage: 'submit',
		name: 'HTML instead of JSON',
		fault: respond(200, true, '<html><title>Welcome</title></html>'),
		times: 1,
		first: UNKNOWN,
		jobs: 1,
		billed: 1,
		retry: UNKNOWN,
		retryJobs: 1,
	},
];

/** The answer names its request, so the video is fetched by that ID. */
const V1_ONLY: MatrixRow[] = (
	[
		['video cut', { kind: 'cut', afterBytes: 3000 }],
		['video cut silently', { kind: 'cut-silently', afterBytes: 40 }],
		['slow body', { kind: 'slow', bytesPerSecond: 200_000 }],
		['stalled at its first byte', { kind: 'stall', afterBytes: 0 }],
		['stalled body', { kind: 'stall', afterBytes: 3000 }],
		['compressed', { kind: 'gzip' }],
		['compressed and cut', { kind: 'cut', afterBytes: 3000, gzip: true }],
		['compressed and stalled', { kind: 'stall', afterBytes: 3000, gzip: true }],
		['another content type', { kind: 'content-type', contentType: 'application/octet-stream' }],
	] as Array<[string, Fault]>
).map(
	([name, fault]): MatrixRow => ({
		stage: 'v1',
		name,
		fault,
		times: 1,
		first: 'video',
		jobs: 1,
		billed: 1,
	}),
);

/** Neither a status nor a failure, again and again. */
const DOUBTFUL = /does not say what became of request.*(moved|lost it).*do not generate it again/;

/** Asking is free: everything passing is ridden out. */
function readRows(stage: 'status' | 'result'): MatrixRow[] {
	const ridden = (name: string, fault: Fault, times = 2): MatrixRow => ({
		stage,
		name,
		fault,
		times,
		first: 'video',
		jobs: 1,
		billed: 1,
	});
	const ends = (status: number, first: RegExp, name = `${status}`, body?: object): MatrixRow => ({
		stage,
		name,
		fault: respond(status, false, body),
		times: 0,
		first,
		jobs: 1,
		billed: 1,
		retry: 'video',
		retryJobs: 1,
	});
	return [
		ends(401, /refused the API key.*may be billed/),
		ends(403, /may not use.*may be billed/),
		...[408, 429, 460, 499, 500, 502, 503, 504].map((status) =>
			ridden(`${status}`, respond(status)),
		),
		ridden('429 until the window ends', { kind: 'rate-limit', seconds: 1 }),
		ridden('reset', { kind: 'reset', when: 'before' }),
		ridden('no answer', { kind: 'hang' }, 1),
		ridden('slow answer', { kind: 'delay', ms: 300 }),
		ridden('cut body', { kind: 'cut', afterBytes: 10 }),
		ridden('cut JSON', { kind: 'malformed' }),
		ridden('stalled at its first byte', { kind: 'stall', afterBytes: 0 }, 1),
		ridden('stalled body', { kind: 'stall', afterBytes: 10 }, 1),
		ridden('body that trickles', { kind: 'slow', bytesPerSecond: 10 }, 1),
		ridden('404 right after the submit', respond(404)),
		ridden("422 with the service's own words", respond(422, false, { detail: 'moved' })),
		ridden('422 with the page of a firewall', respond(422, false, '<html>Blocked</html>')),
		ridden('422 with an empty body', respond(422, false, '')),
		ends(422, DOUBTFUL, '422 with words forever', { detail: 'moved' }),
		{
			stage,
			name: '422 with an empty body forever',
			fault: respond(422, false, ''),
			times: 0,
			first: /(was not finished within|could not be read in time).*do not generate it again/is,
			jobs: 1,
			billed: 1,
			retry: 'video',
			retryJobs: 1,
		},
		{
			stage,
			name: '500 forever',
			fault: respond(500),
			times: 0,
			first: /(was not finished within|could not be read in time).*do not generate it again/is,
			jobs: 1,
			billed: 1,
			retry: 'video',
			retryJobs: 1,
		},
	];
}

/** The status had said COMPLETED. */
const FAILED_LATE = { status: 'FAILED', error: 'lost it' };

const AFTER_COMPLETED: MatrixRow[] = [422, 200].flatMap((status): MatrixRow[] => [
	{
		stage: 'result',
		name: `FAILED after COMPLETED, with ${status}`,
		fault: respond(status, false, FAILED_LATE),
		times: 2,
		first: 'video',
		jobs: 1,
		billed: 1,
	},
	{
		stage: 'result',
		name: `FAILED after COMPLETED forever, with ${status}`,
		fault: respond(status, false, FAILED_LATE),
		times: 0,
		first: DOUBTFUL,
		jobs: 1,
		billed: 1,
		retry: 'video',
		retryJobs: 1,
	},
]);

const GONE = /does not know this request.*may be billed/;

const EXPIRY: MatrixRow[] = [
	{
		stage: 'status',
		name: 'record expired',
		fault: { kind: 'expire' },
		times: 1,
		first: GONE,
		jobs: 1,
		billed: 1,
		retry: GONE,
		retryJobs: 1,
	},
];

function downloadRows(): MatrixRow[] {
	const stage = 'download' as const;
	const ridden = (name: string, fault: Fault, times = 2): MatrixRow => ({
		stage,
		name,
		fault,
		times,
		first: 'video',
		jobs: 1,
		billed: 1,
	});
	const HAVE_IT = /finished and paid.*could not be downloaded.*Do not generate it again: open http/;
	const later = (name: string, fault: Fault): MatrixRow => ({
		stage,
		name,
		fault,
		times: 0,
		first: HAVE_IT,
		jobs: 1,
		billed: 1,
		retry: 'video',
		retryJobs: 1,
	});
	return [
		...[403, 404, 408, 429, 500, 502, 503, 504].map((status) =>
			ridden(`${status}`, respond(status)),
		),
		ridden('reset', { kind: 'reset', when: 'before' }),
		ridden('no answer', { kind: 'hang' }, 1),
		ridden('slow answer', { kind: 'delay', ms: 300 }),
		ridden('cut body', { kind: 'cut', afterBytes: 3000 }),
		ridden('cut silently', { kind: 'cut-silently', afterBytes: 3000 }),
		ridden('stalled at its first byte', { kind: 'stall', afterBytes: 0 }, 1),
		ridden('stalled body', { kind: 'stall', afterBytes: 3000 }, 1),
		ridden('slow body', { kind: 'slow', bytesPerSecond: 200_000 }, 1),
		ridden('body that trickles', { kind: 'slow', bytesPerSecond: 50 }, 1),
		ridden('compressed', { kind: 'gzip' }),
		ridden('compressed and cut', { kind: 'cut', afterBytes: 3000, gzip: true }),
		ridden('compressed and cut silently', { kind: 'cut-silently', afterBytes: 3000, gzip: true }),
		ridden('compressed and stalled', { kind: 'stall', afterBytes: 3000, gzip: true }, 1),
		ridden('another content type', { kind: 'content-type', contentType: 'text/plain' }),
		ridden(
			'HTML once',
			{ kind: 'not-a-video', body: '<html></html>', contentType: 'text/html' },
			1,
		),
		later('404 forever', respond(404)),
		later('403 forever', respond(403)),
		later('410', respond(410)),
		later('503 forever', respond(503)),
		later('HTML forever', {
			kind: 'not-a-video',
			body: '<html><title>Sorry</title></html>',
			contentType: 'text/html',
		}),
		later('empty forever', { kind: 'not-a-video', body: '', contentType: 'video/mp4' }),
		later('cut forever', { kind: 'cut', afterBytes: 3000 }),
		later('stalled forever', { kind: 'stall', afterBytes: 3000 }),
		{ ...later('file expired', { kind: 'expire' }), times: 1, retry: HAVE_IT },
	];
}

function uploadRows(): MatrixRow[] {
	const stage = 'upload' as const;
	const ridden = (name: string, fault: Fault, times = 2): MatrixRow => ({
		stage,
		name,
		fault,
		times,
		first: 'video',
		jobs: 1,
		billed: 1,
	});
	const refused = (status: number): MatrixRow => ({
		stage,
		name: `${status}`,
		fault: respond(status),
		times: 0,
		first: /(image|video) could not be uploaded/,
		jobs: 0,
		billed: 0,
		retry: 'video',
		retryJobs: 1,
	});
	return [
		...[400, 401, 403, 404, 406, 422].map(refused),
		...[429, 500, 502, 503, 504].map((status) => ridden(`${status}`, respond(status))),
		ridden('reset', { kind: 'reset', when: 'before' }),
		ridden('reset after it was stored', { kind: 'reset', when: 'after' }),
		ridden('no answer', { kind: 'hang' }, 1),
		ridden('cut JSON', { kind: 'malformed' }),
		{ ...refused(500), name: '500 forever' },
	];
}

export const MATRIX: MatrixRow[] = [
	...uploadRows(),
	...submitRows('submit'),
	...SUBMIT_ONLY,
	...readRows('status'),
	...readRows('result'),
	...AFTER_COMPLETED,
	...EXPIRY,
	...downloadRows(),
	...submitRows('v1'),
	...V1_ONLY,
];
