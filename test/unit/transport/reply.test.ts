import { AxiosError, AxiosHeaders } from 'axios';
import { NodeApiError, type INode, type JsonObject } from 'n8n-workflow';

import {
	describeFailure,
	failureFrom,
	isKeyWithheld,
	wasNeverSent,
	WITHHELD_MARK,
} from '../../../nodes/segmind/transport/reply';

const KEY = 'SG_example0dummykey';
const NODE: INode = {
	id: '1',
	name: 'Kling',
	type: 'n8n-nodes-segmind-kling.klingO3',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** As axios makes it: the whole request hangs on the error, the key in its headers. */
function axiosError(code: string | undefined, message: string) {
	const headers = new AxiosHeaders({ 'x-api-key': KEY });
	const config = {
		headers,
		url: 'https://api.segmind.com/v2/kling-o3-image2video',
		method: 'post',
	};
	const system = Object.assign(new Error(message), { code, syscall: 'read' });
	return AxiosError.from(system, code, config as never, { _header: `x-api-key: ${KEY}` });
}

/** As n8n's httpRequestWithAuthentication throws it. */
const wrapped = (error: unknown) => new NodeApiError(NODE, error as JsonObject);

describe('A failure without an answer', () => {
	it.each([
		'ECONNRESET',
		'ECONNREFUSED',
		'ENOTFOUND',
		'ETIMEDOUT',
		'ECONNABORTED',
		'ERR_CANCELED',
		'CERT_HAS_EXPIRED',
	])('%s keeps its code, bare, wrapped by n8n, and wrapped twice', (code) => {
		const bare = axiosError(code, `read ${code}`);
		for (const error of [
			bare,
			wrapped(bare),
			Object.assign(new Error('outer'), { cause: wrapped(bare) }),
		]) {
			expect(failureFrom(error)).toEqual({ kind: 'failure', code, text: `read ${code}` });
		}
	});

	it('is found in a plain object that n8n keeps as the error response', () => {
		const error = wrapped({ code: 'ECONNRESET', message: 'socket hang up' });
		expect(failureFrom(error)).toMatchObject({ code: 'ECONNRESET' });
	});

	it('takes no header and nothing else of the request along', () => {
		for (const error of [
			axiosError('ECONNRESET', 'socket hang up'),
			wrapped(axiosError('ECONNRESET', 'socket hang up')),
		]) {
			const failure = failureFrom(error);
			expect(Object.keys(failure).sort()).toEqual(['code', 'kind', 'text']);
			expect(JSON.stringify(failure)).not.toContain(KEY);
		}
	});

	it.each([
		['an error without a code', new Error('odd')],
		['an empty code', { code: '', message: 'odd' }],
		['a text', 'odd'],
		['nothing', undefined],
		['null', null],
	])('of %s has the code UNKNOWN', (_what, error) => {
		expect(failureFrom(error)).toMatchObject({ kind: 'failure', code: 'UNKNOWN' });
	});

	it('comes to an end when causes go round in a circle', () => {
		const circle: { cause?: unknown; message: string } = { message: 'round' };
		circle.cause = circle;
		expect(failureFrom(circle)).toMatchObject({ code: 'UNKNOWN' });
	});
});

const failureOf = (code: string, text = '') => ({ kind: 'failure' as const, code, text });

describe('A request was certainly never sent', () => {
	it.each([
		['the connection was refused', 'ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:443'],
		['DNS knows no such name', 'ENOTFOUND', 'getaddrinfo ENOTFOUND api.segmind.com'],
		['DNS did not answer', 'EAI_AGAIN', 'getaddrinfo EAI_AGAIN api.segmind.com'],
		['DNS failed', 'EAI_FAIL', ''],
		['no way leads to the host', 'EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.1:443'],
		['the certificate is too old', 'CERT_HAS_EXPIRED', 'certificate has expired'],
		['the certificate is for another host', 'ERR_TLS_CERT_ALTNAME_INVALID', ''],
		['the certificate signs itself', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
		['the chain signs itself', 'SELF_SIGNED_CERT_IN_CHAIN', ''],
		['the issuer is unknown', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', ''],
		['the signature cannot be checked', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', ''],
		[
			'the handshake broke off',
			'ECONNRESET',
			'Client network socket disconnected before secure TLS connection was established',
		],
	])('when %s', (_what, code, text) => {
		expect(wasNeverSent(failureOf(code, text))).toBe(true);
	});

	it.each([
		[
			'plain bytes came out of the tunnel that had carried the request',
			'EPROTO',
			'write EPROTO 0A00010B:SSL routines:ssl3_get_record:wrong version number',
		],
		[
			'the same, as newer versions of Node say it',
			'ERR_SSL_WRONG_VERSION_NUMBER',
			'SSL routines:ssl3_get_record:wrong version number',
		],
		[
			'an alert came, which may follow the request',
			'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
			'SSL routines:ssl3_read_bytes:sslv3 alert handshake failure',
		],
		[
			'the client certificate was refused, which TLS 1.3 says after the request',
			'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
			'tlsv13 alert certificate required',
		],
		['a record was damaged', 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'bad record mac'],
		[
			'the handshake words come under another code',
			'EPIPE',
			'before secure TLS connection was established',
		],
		['an established connection was refused', 'ECONNABORTED', 'connection refused'],
		['the connection was reset', 'ECONNRESET', 'read ECONNRESET'],
		['an established connection lost its way', 'EHOSTUNREACH', 'read EHOSTUNREACH'],
		['a handshake is renegotiated', 'ERR_TLS_RENEGOTIATION_FAILED', ''],
		['a reset speaks of a handshake', 'ECONNRESET', 'handshake failure'],
		['the socket hung up', 'ECONNRESET', 'socket hang up'],
		['the time ran out', 'ETIMEDOUT', 'timeout of 120000ms exceeded'],
		['axios gave up', 'ECONNABORTED', 'timeout of 120000ms exceeded'],
		['the pipe broke', 'EPIPE', 'write EPIPE'],
		['the request was aborted', 'ERR_CANCELED', 'canceled'],
		['the answer could not be parsed', 'ERR_BAD_RESPONSE', ''],
		['the HTTP was garbled', 'HPE_INVALID_CONSTANT', 'Parse Error'],
		['the body was cut', 'UND_ERR_SOCKET', 'aborted'],
		['nothing is known', 'UNKNOWN', ''],
	])('not when %s', (_what, code, text) => {
		expect(wasNeverSent(failureOf(code, text))).toBe(false);
	});
});

describe('What the credential refuses', () => {
	const refusal = Object.assign(new Error('The key is only sent to Segmind, which was canceled'), {
		extra: { ...WITHHELD_MARK },
	});

	it.each([
		['bare', refusal],
		['wrapped by n8n', wrapped(refusal)],
	])('was never sent, and is known by its mark: %s', (_how, error) => {
		const failure = failureFrom(error);
		expect(isKeyWithheld(failure)).toBe(true);
		expect(wasNeverSent(failure)).toBe(true);
	});

	it('is shown in its own words, without the word that marks a stop', () => {
		expect(describeFailure(failureFrom(wrapped(refusal)))).toBe(
			'The key is only sent to Segmind, which was cancelled',
		);
	});

	it('is nothing else that fails before the request', () => {
		const other = failureFrom(wrapped(Object.assign(new Error('odd'), { extra: { other: true } })));
		expect(isKeyWithheld(other)).toBe(false);
		expect(wasNeverSent(other)).toBe(false);
	});
});

describe('The words for a failure', () => {
	// n8n replaces a message in which it finds one of these.
	const STOCK =
		/ECONN|ENOTFOUND|ETIMEDOUT|ERRADDRINUSE|EADDRNOTAVAIL|EHOSTUNREACH|EAI_AGAIN|ENOENT|EISDIR|ENOTDIR|EACCES|EEXIST|EPERM|GETADDRINFO/i;

	it.each([
		['ECONNREFUSED', /refused/],
		['ECONNRESET', /closed/],
		['EPIPE', /closed/],
		['ECONNABORTED', /in time/],
		['ETIMEDOUT', /in time/],
		['ENOTFOUND', /host name/],
		['EAI_AGAIN', /host name/],
		['EHOSTUNREACH', /reached/],
		['ENETUNREACH', /reached/],
		['ERR_CANCELED', /given up/],
		['CERT_HAS_EXPIRED', /no secure connection/],
		['EPROTO', /secure connection broke/],
		['ERR_SSL_WRONG_VERSION_NUMBER', /secure connection broke/],
		['SOMETHING_NEW', /connection failed/],
	])('for %s are ours: no code, no stock text, no word that marks a stop', (code, words) => {
		const text = describeFailure(failureOf(code, `canceled ${code}`));
		expect(text).toMatch(words);
		expect(text).not.toMatch(STOCK);
		expect(text).not.toMatch(/canceled/i);
	});
});
