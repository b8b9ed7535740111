import {
	failureBackoff,
	BACKOFF,
	rateLimitBackoff,
	pollInterval,
} from '../../../nodes/segmind/policy/backoff';

const SECOND = 1000;

/** When the status is asked, in ms after the submit, with answers that take no time. */
function callsUntil(completion: number): number[] {
	const calls = [BACKOFF.firstStatus];
	while (calls[calls.length - 1] < completion) {
		const last = calls[calls.length - 1];
		calls.push(last + pollInterval(last));
	}
	return calls;
}

describe('The pauses between status calls', () => {
	it('need at most 60 calls for a job of 250 s', () => {
		expect(callsUntil(250 * SECOND).length).toBeLessThanOrEqual(60);
	});

	it('notice a completion within 3 s on average, for jobs of 240 to 260 s', () => {
		const delays: number[] = [];
		for (let completion = 240 * SECOND; completion <= 260 * SECOND; completion += 10) {
			delays.push(callsUntil(completion).slice(-1)[0] - completion);
		}
		const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
		expect(mean).toBeLessThanOrEqual(3 * SECOND);
	});

	it('notice a bad body, which fails within a second, within two', () => {
		expect(callsUntil(1 * SECOND)[0]).toBeLessThanOrEqual(2 * SECOND);
	});

	it('never get shorter with the age of a job, nor longer than their limit', () => {
		let before = 0;
		for (let age = 0; age <= 3600 * SECOND; age += 500) {
			const pause = pollInterval(age);
			expect(pause).toBeGreaterThanOrEqual(before);
			expect(pause).toBeLessThanOrEqual(BACKOFF.statusLongest);
			before = pause;
		}
	});

	it('are positive even when a clock was put back', () => {
		expect(pollInterval(-3600 * SECOND)).toBeGreaterThan(0);
	});
});

describe('The pauses after failures', () => {
	it.each([0, 0.5, 0.999])('grow until their limit (chance %d)', (random) => {
		const pauses = Array.from({ length: 12 }, (_, index) => failureBackoff(index + 1, random));
		for (const [index, pause] of pauses.entries()) {
			if (index > 0) expect(pause).toBeGreaterThanOrEqual(pauses[index - 1]);
			expect(pause).toBeGreaterThan(0);
			expect(pause).toBeLessThanOrEqual(BACKOFF.failureLongest);
		}
		expect(pauses[3]).toBeGreaterThan(pauses[0] * 2);
	});

	it('stay below their limit after very many failures', () => {
		expect(failureBackoff(5000, 0)).toBe(BACKOFF.failureLongest);
	});

	it('are jittered, so that items do not come back all at once', () => {
		const pauses = [0, 0.25, 0.5, 0.75, 1].map((random) => failureBackoff(3, random));
		expect(new Set(pauses).size).toBe(pauses.length);
	});
});

describe('The pause after a 429', () => {
	const NOW = Date.UTC(2026, 9, 5, 12, 0, 0);
	const RESET = NOW + 30 * SECOND;
	const pause = (headers: Record<string, string>, random = 0) =>
		rateLimitBackoff(headers, NOW, random);

	it.each([
		['an ISO time', new Date(RESET).toISOString()],
		['an ISO time with an offset', '2026-10-05T14:00:30+02:00'],
		['an ISO time without a zone, which is UTC', '2026-10-05T12:00:30'],
		['an ISO time without a zone, with microseconds', '2026-10-05T12:00:30.000000'],
		['a time with a space, without a zone', '2026-10-05 12:00:30'],
		['a time in words of HTTP', 'Mon, 05 Oct 2026 12:00:30 GMT'],
		['seconds since 1970', String(RESET / 1000)],
		['seconds since 1970 with a fraction', `${RESET / 1000}.0`],
		['milliseconds since 1970', String(RESET)],
		['white space around', `  ${new Date(RESET).toISOString()} `],
	])('ends when the window does: %s', (_form, header) => {
		expect(pause({ 'x-rate-limit-reset-at-utc': header })).toBe(30 * SECOND);
	});

	it('takes Retry-After where there is no other header', () => {
		expect(pause({ 'retry-after': '12' })).toBe(12 * SECOND);
	});

	it('prefers the time to Retry-After', () => {
		const headers = {
			'x-rate-limit-reset-at-utc': new Date(RESET).toISOString(),
			'retry-after': '5',
		};
		expect(pause(headers)).toBe(30 * SECOND);
	});

	it.each([
		['no header', {}],
		['a time that cannot be read', { 'x-rate-limit-reset-at-utc': 'soon' }],
		['a Retry-After that cannot be read', { 'retry-after': 'soon' }],
		['a Retry-After of nothing', { 'retry-after': '' }],
	])('is 20 s with %s', (_what, headers) => {
		expect(pause(headers as Record<string, string>)).toBe(BACKOFF.rateLimitDefault);
	});

	it('is over when the time has passed', () => {
		expect(pause({ 'x-rate-limit-reset-at-utc': new Date(NOW - 60 * SECOND).toISOString() })).toBe(
			0,
		);
	});

	it.each([
		['the year 2099', { 'x-rate-limit-reset-at-utc': '2099-01-01T00:00:00Z' }],
		['a day', { 'retry-after': '86400' }],
	])('is limited when the header says %s', (_what, headers) => {
		expect(pause(headers as Record<string, string>)).toBe(BACKOFF.rateLimitLongest);
	});

	it.each([
		['goes an hour behind', -3600],
		['goes an hour ahead', 3600],
	])('is measured by the service’s clock when that of this machine %s', (_what, skew) => {
		const headers = {
			'x-rate-limit-reset-at-utc': new Date(RESET).toISOString(),
			date: new Date(NOW).toUTCString(),
		};
		expect(rateLimitBackoff(headers, NOW + skew * SECOND, 0)).toBe(30 * SECOND);
	});

	it('is measured by this machine’s clock when the date cannot be read', () => {
		const headers = { 'x-rate-limit-reset-at-utc': new Date(RESET).toISOString(), date: 'today' };
		expect(pause(headers)).toBe(30 * SECOND);
	});

	it('never ends before the window does, and is jittered behind it', () => {
		const headers = { 'x-rate-limit-reset-at-utc': new Date(RESET).toISOString() };
		const pauses = [0, 0.5, 1].map((random) => pause(headers, random));
		expect(new Set(pauses).size).toBe(3);
		for (const length of pauses) expect(length).toBeGreaterThanOrEqual(30 * SECOND);
	});
});
