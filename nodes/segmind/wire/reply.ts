/**
 * What can come of a request. The wire never throws: a failure is a value, for what to do about it
 * depends on whether a job may have been created, which only the caller knows.
 */
import { harmless } from './errorText';
import type { OpenBody } from './stream';

export interface Answer {
	kind: 'answer';
	/** HTTP status. */
	status: number;
	/** Lower-case names. */
	headers: Record<string, string>;
	/** Parsed JSON, or the text where it is none. */
	body: unknown;
	/** The body instead, where a stream was asked for. Whoever gets it ends it. */
	open?: OpenBody;
}

/** The request brought no HTTP answer. */
export interface Failure {
	kind: 'failure';
	/** System or axios code such as `ECONNRESET`; `UNKNOWN` where there was none. */
	code: string;
	/** What the system said. Never shown as the error's message: n8n replaces known texts by its own. */
	text: string;
}

export type Reply = Answer | Failure;

export function isRateLimited(reply: Reply): reply is Answer {
	return reply.kind === 'answer' && reply.status === 429;
}

/** Stands for a request that was not sent, because the user had pressed Stop. */
export const STOPPED: Failure = { kind: 'failure', code: 'STOPPED', text: '' };

/** n8n's protection of internal addresses refused the request; it has no code of its own. */
const SSRF_BLOCKED = 'SSRF_BLOCKED';

/** The credential refused to add the key; it has no code of its own. */
const KEY_WITHHELD = 'KEY_WITHHELD';

/** Marks an error of the credential's `authenticate`, which runs before anything is sent. */
export const WITHHELD_MARK = { segmindKeyWithheld: true };

/** The connection was refused, or its host name not found: no byte of the request left, so there certainly is no job. */
const NOT_SENT_CODES = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EAI_FAIL',
	SSRF_BLOCKED,
	KEY_WITHHELD,
]);

/** These can also strike an established connection; the system call tells. */
const UNREACHABLE = /^connect (EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)\b/;

/** A certificate that is refused: the handshake comes before the request. Node's names, from OpenSSL. */
const CERTIFICATE_CODES =
	/^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Node's own words, which it uses only while the handshake is under way. */
const BROKEN_HANDSHAKE = /before secure TLS connection was established/i;

/** A secure connection did not come about. */
function isRefusedTls({ code, text }: Failure): boolean {
	return CERTIFICATE_CODES.test(code) || (code === 'ECONNRESET' && BROKEN_HANDSHAKE.test(text));
}

/**
 * Whether it is certain that a failed request never reached the service. All other TLS errors (`EPROTO`,
 * `ERR_SSL_…`, "wrong version number") are not: they also come when something on the way answers in plain text
 * through a connection that has carried the whole request.
 */
export function wasNeverSent(failure: Failure): boolean {
	return (
		NOT_SENT_CODES.has(failure.code) || UNREACHABLE.test(failure.text) || isRefusedTls(failure)
	);
}

/** Whether the credential itself refused the request: its text says why, and another try ends the same. */
export function isKeyWithheld(failure: Failure): boolean {
	return failure.code === KEY_WITHHELD;
}

const TLS_CODES = /^(EPROTO|ERR_SSL_|ERR_TLS_)/;

/** What happened, in words that n8n does not replace (it looks for system codes in messages). */
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

/** Finds the code and text in whatever n8n wrapped around an axios error. Takes no headers along: they hold the key. */
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
