import { ADMISSION, judgeRead, judgeSubmit, REFUSALS } from '../../../nodes/segmind/policy/retries';
import type { Reply } from '../../../nodes/segmind/transport/reply';

const answered = (status: number, body: unknown = {}): Reply => ({
	kind: 'answer',
	status,
	headers: {},
	body,
});
const failed = (code: string, text = ''): Reply => ({ kind: 'failure', code, text });

const RESET_IN_HANDSHAKE =
	'Client network socket disconnected before secure TLS connection was established';

describe('A submit', () => {
	it.each([
		['the rate limit refused it (429)', answered(429)],
		['the name was not found', failed('ENOTFOUND')],
		['DNS did not answer', failed('EAI_AGAIN')],
		['the connection was refused', failed('ECONNREFUSED')],
		['the certificate is too old', failed('CERT_HAS_EXPIRED')],
		['the certificate is for another host', failed('ERR_TLS_CERT_ALTNAME_INVALID')],
		['the TLS handshake broke off', failed('ECONNRESET', RESET_IN_HANDSHAKE)],
	])('is repeated when %s: there is no job, and repeating may help', (_what, reply) => {
		expect(judgeSubmit(reply, false)).toBe('retry');
		expect(judgeSubmit(reply, true)).toBe('retry');
	});

	it('is in doubt when its refusal names a charge', () => {
		const charged = { status: 'FAILED', error: 'worker lost', metrics: { cost: 0.63 } };
		expect(judgeSubmit(answered(422, charged), false)).toBe('unknown');
		expect(judgeSubmit(answered(422, charged), false, ADMISSION.longest + 1)).toBe('unknown');
		const free = { ...charged, metrics: { cost: 0 } };
		expect(judgeSubmit(answered(422, free), false)).toBe('rejected');
	});

	it.each([400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 413, 415, 421, 422, 425, 431, 451])(
		'is not repeated after %i: there is no job, and repeating does not help',
		(status) => {
			expect(judgeSubmit(answered(status), false)).toBe('rejected');
			expect(judgeSubmit(answered(status), true)).toBe('rejected');
		},
	);

	it.each([
		['a bad gateway (502)', answered(502)],
		['an unavailable service (503)', answered(503)],
		['a gateway time-out (504)', answered(504)],
		['a reset after it was sent', failed('ECONNRESET', 'read ECONNRESET')],
		['a socket that hung up', failed('ECONNRESET', 'socket hang up')],
		['a broken pipe', failed('EPIPE')],
		['a time-out', failed('ETIMEDOUT', 'timeout of 120000ms exceeded')],
		['a time-out in axios’s words', failed('ECONNABORTED', 'timeout of 120000ms exceeded')],
		['an aborted request', failed('ERR_CANCELED', 'canceled')],
		['an answer that cannot be parsed', failed('HPE_INVALID_CONSTANT')],
		['a failure that nobody knows', failed('UNKNOWN')],
		['a redirect', answered(302)],
		['a server error that no document names', answered(520)],
		['a gateway that waited in vain (408)', answered(408)],
		['a conflict, perhaps with its own first attempt (409)', answered(409)],
		['a lock (423)', answered(423)],
		['another request that failed (424)', answered(424)],
		['a load balancer that lost its client (460)', answered(460)],
		['nginx that lost its client (499)', answered(499)],
		['a refusal that nobody documents', answered(418)],
		['a TLS error, which may follow the request', failed('EPROTO', 'wrong version number')],
	])('is never repeated by itself after %s: a job may exist', (_what, reply) => {
		expect(judgeSubmit(reply, false)).toBe('unknown');
		// The option speaks of 500 alone.
		expect(judgeSubmit(reply, true)).toBe('unknown');
	});

	it('counts a 500 as unknown, unless the user opted in', () => {
		expect(judgeSubmit(answered(500), false)).toBe('unknown');
		expect(judgeSubmit(answered(500), true)).toBe('retry');
	});

	it('has a reason for each refusal', () => {
		for (const { statuses, why } of REFUSALS) {
			expect(why).toMatch(/RFC|Segmind/);
			for (const status of statuses) {
				expect(judgeSubmit(answered(status), false)).not.toMatch(/unknown|accepted/);
			}
		}
	});

	it('is over, and not repeated, when the credential refused it: nothing was sent', () => {
		expect(judgeSubmit(failed('KEY_WITHHELD', 'The key is empty'), true)).toBe('rejected');
		expect(judgeRead(failed('KEY_WITHHELD', 'The key is empty'))).toBe('final');
	});

	it.each([200, 201, 202])('is accepted by %i, and never repeated for what is in it', (status) => {
		for (const body of [{ request_id: 'x' }, {}, '', '<html></html>']) {
			expect(judgeSubmit(answered(status, body), false)).toBe('accepted');
		}
	});
});

describe('A synchronous call', () => {
	const long = ADMISSION.longest + 1;

	it.each([400, 401, 403, 404, 406, 422, 429, 500])(
		'that is answered %i at once is judged like any submit',
		(status) => {
			for (const retries of [false, true]) {
				expect(judgeSubmit(answered(status), retries, 100)).toBe(
					judgeSubmit(answered(status), retries),
				);
			}
		},
	);

	it.each([400, 403, 404, 406, 422, 429, 500, 504])(
		'that is answered %i when the job was under way may have created it',
		(status) => {
			for (const body of [{ error: 'no' }, { detail: [{ msg: 'no' }] }, '', '<html></html>']) {
				expect(judgeSubmit(answered(status, body), true, long)).toBe('unknown');
			}
		},
	);

	it('has failed for nothing whenever its body says FAILED', () => {
		const body = { status: 'FAILED', error: 'no' };
		expect(judgeSubmit(answered(422, body), false, long)).toBe('rejected');
	});

	it('that never left is tried again, however long that took', () => {
		expect(judgeSubmit(failed('ECONNREFUSED'), false, long)).toBe('retry');
	});
});

describe('A read', () => {
	it.each([
		...[408, 421, 425, 429, 460, 499, 500, 502, 503, 504, 520].map(
			(status) => [`an answer of ${status}`, answered(status)] as const,
		),
		...['ECONNRESET', 'ETIMEDOUT', 'ECONNABORTED', 'ENOTFOUND', 'ECONNREFUSED', 'UNKNOWN'].map(
			(code) => [`the failure ${code}`, failed(code)] as const,
		),
	])('is repeated after %s, for it costs nothing', (_what, reply) => {
		expect(judgeRead(reply)).toBe('retry');
	});

	it.each([401, 403, 404])('ends the wait at once after %i', (status) => {
		expect(judgeRead(answered(status))).toBe('final');
	});

	it.each([302, 400, 410])('does not ask again after %i', (status) => {
		expect(judgeRead(answered(status))).toBe('final');
	});

	it('has something to read in 200, and in the 422 of a failed job', () => {
		expect(judgeRead(answered(200))).toBe('answer');
		expect(judgeRead(answered(422))).toBe('answer');
	});
});
