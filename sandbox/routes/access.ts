import type { AccountState } from '../account';
import { refuse, refuseKey } from '../answer';
import { header } from '../log';
import { resetHeader } from '../rateLimit';
import type { Call } from '../serve';
import type { Service } from '../service';

/**
 * The account of a call's key.
 * @throws Refusal 401: without a key, with a bearer token, with a key that nobody has
 */
export function authenticate(service: Service, { request, report }: Call): AccountState {
	if (report.key === undefined || report.key === '') {
		if (header(request, 'authorization') !== undefined)
			throw refuseKey('invalid_token', 'Bearer token could not be verified');
		throw refuseKey('missing_credentials', 'Missing Authorization or x-api-key in header');
	}
	const account = service.accounts.find(report.key);
	if (!account) throw refuseKey('invalid_api_key', 'Invalid API key');
	return account;
}

/**
 * Authenticates and counts the call; every call of an account counts, status calls too.
 * @throws Refusal 401, or 429 beyond the account's rate limit
 */
export function admit(service: Service, call: Call): AccountState {
	const account = authenticate(service, call);
	const { settings } = service;
	const endsAt = service.limiter.take(account.key, account.requestsPerMinute, settings);
	if (endsAt !== undefined)
		throw refuse(429, 'Rate limit exceeded', resetHeader(endsAt, settings.rateLimitReset));
	return account;
}

/** @throws Refusal 406, the real service's answer to a body that is not declared as JSON */
export function requireJson({ request }: Call): void {
	const type = header(request, 'content-type') ?? '';
	if (type.split(';')[0].trim().toLowerCase() !== 'application/json')
		throw refuse(406, 'Invalid content type');
}
