/**
 * What a request can bring. The transport never throws. A failure is a value: what to do about it depends on whether
 * a job may have been created, and only the caller knows that.
 */
import { harmless } from './errorText';
import type { OpenBody } from './stream';

export interface Answer {
	kind: 'answer';
	/** HTTP status. */
	status: number;
	/** Lower-case names. */
	headers: Record<string, string>;
	/** Parsed JSON, or the text if it is not JSON. */
	body: unknown;
	/** The body instead, if the caller asked for a stream. The caller must end it. */
	open?: OpenBody;
}

/** The request brought no HTTP answer. */
export interface Failure {
	kind: 'failure';
	/** System or axios code such as `ECONNRESET`; `UNKNOWN` if there was none. */
	code: string;
	/** The system's text. Never show it as the error's message: n8n replaces known texts with its own. */
	text: string;
}

export type Reply = Answer | Failure;

export function isRateLimited(reply: Reply): reply is Answer {
	return reply.kind === 'answer' && reply.status === 429;
}

/** A request that was not sent, because the user had pressed Stop. */
export const STOPPED: Failure = { kind: 'failure', code: 'STOPPED', text: '' };

/** n8n's protection of internal addresses refused the request. n8n has no code for that. */
const SSRF_BLOCKED = 'SSRF_BLOCKED';

/** The credential refused to add the key. n8n has no code for that either. */
const KEY_WITHHELD = 'KEY_WITHHELD';

/** Marks an error of the credential's `authenticate`, which runs before anything is sent. */
export const WITHHELD_MARK = { segmindKeyWithheld: true };

/**
 * No byte of the request left (the connection was refused, the host name was not found), so there is certainly no
 * job.
 */
const NOT_SENT_CODES = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EAI_FAIL',
	SSRF_BLOCKED,
	KEY_WITHHELD,
]);

/** These codes can also come from an established connection. The system call shows the difference. */
const UNREACHABLE = /^connect (EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)\b/;

/** A certificate was refused in the handshake, which comes before the request. The names are Node's, from OpenSSL. */
const CERTIFICATE_CODES =
	/^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Node's own words, which it uses only during the handshake. */
const BROKEN_HANDSHAKE = /before secure TLS connection was established/i;

/** Whether the failure certainly came before the secure connection was established. */
function isRefusedTls({ code, text }: Failure): boolean {
	return CERTIFICATE_CODES.test(code) || (code === 'ECONNRESET' && BROKEN_HANDSHAKE.test(text));
}

/**
 * Whether a failed request certainly never reached the service. This is not certain for other TLS errors (`EPROTO`,
 * `ERR_SSL_…`, "wrong version number"): they also come when something on the way answers in plain text over a
 * connection that has carried the whole request.
 */
export function wasNeverSent(failure: Failure): boolean {
	return (
		NOT_SENT_CODES.has(failure.code) || UNREACHABLE.test(failure.text) || isRefusedTls(failure)
	);
}

/** Whether the credential itself refused the request. Its text says why, and a retry would not help. */
export function isKeyWithheld(failure: Failure): boolean {
	return failure.code === KEY_WITHHELD;
}

const TLS_CODES = /^(EPROTO|ERR_SSL_|ERR_TLS_)/;

/** What happened, in words that n8n does not replace (it searches messages for system codes). */
export function describeFailure(failure: Failure): string {
	if (isKeyWithheld(failure)) return harmless(failure.text);
	if (isRefusedTls(failure)) return 'no secure connection could be made';
	if (TLS_CODES.test(failure.code)) return 'the secure connection broke';
	return FAILURE_WORDS[failure.code] ?? 'the connection failed';
}

const FAILURE_WORDS: Record<string, string> = {
	ECONNREFUSED: 'the connection was refused',
	ECONNRESET: 'the connection was closed before an answer came',
	EPIPE: 'the connection was closed before an answer came',
	ECONNABORTED: 'no answer came in time',
	ETIMEDOUT: 'no answer came in time',
	ESOCKETTIMEDOUT: 'no answer came in time',
	ENOTFOUND: 'the host name could not be found',
	EAI_AGAIN: 'the host name could not be looked up',
	EAI_FAIL: 'the host name could not be looked up',
	EHOSTUNREACH: 'the host could not be reached',
	ENETUNREACH: 'the network could not be reached',
	ERR_CANCELED: 'the request was given up',
	SSRF_BLOCKED: "n8n's protection of internal addresses does not allow this address",
};

const isMarked = (extra: unknown) =>
	typeof extra === 'object' && extra !== null && 'segmindKeyWithheld' in extra;

/**
 * Finds the code and text in what n8n wrapped around an axios error. It keeps no headers, because they hold the key.
 */
export function failureFrom(error: unknown): Failure {
	let text = '';
	for (let cause = error, depth = 0; cause && depth < 5; depth++) {
		const { code, name, message, extra, cause: deeper } = cause as Record<string, unknown>;
		const { errorResponse } = cause as Record<string, unknown>;
		if (typeof message === 'string') text = message;
		if (isMarked(extra)) return { kind: 'failure', code: KEY_WITHHELD, text };
		if (typeof name === 'string' && name.startsWith('SsrfBlocked')) {
			return { kind: 'failure', code: SSRF_BLOCKED, text };
		}
		if (typeof code === 'string' && code) return { kind: 'failure', code, text };
		cause = deeper ?? errorResponse;
	}
	return { kind: 'failure', code: 'UNKNOWN', text };
}

/**
 * A failed job has no price: an answer that names one is not free, whatever else it says. A synchronous call has it in
 * its headers.
 */
export function namesCharge({ body, headers }: Pick<Answer, 'body' | 'headers'>): boolean {
	const { metrics } = (body ?? {}) as { metrics?: { cost?: unknown } | null };
	return [metrics?.cost, headers['x-cost']].some((cost) => Number(cost ?? 0) > 0);
}
