/** Fixed windows: one opens with an account's first request and ends a set time later, used up or not. */
export class RateLimiter {
	private readonly windows = new Map<string, { endsAt: number; used: number }>();

	/**
	 * Counts a request of the account.
	 * @param limit requests a window, 0 = unlimited
	 * @returns when the window ends (ms epoch) if the request is over the limit, otherwise undefined
	 */
	take(key: string, limit: number, windowSeconds: number, now = Date.now()): number | undefined {
		if (limit === 0) return undefined;
		let window = this.windows.get(key);
		if (!window || now >= window.endsAt) {
			window = { endsAt: now + windowSeconds * 1000, used: 0 };
			this.windows.set(key, window);
		}
		window.used++;
		return window.used > limit ? window.endsAt : undefined;
	}
}

/** The header that tells when a window ends; the real service sends no Retry-After. */
export function resetHeader(
	endsAt: number,
	format: 'iso' | 'epoch-seconds',
): Record<string, string> {
	const value =
		format === 'iso' ? new Date(endsAt).toISOString() : String(Math.ceil(endsAt / 1000));
	return { 'x-rate-limit-reset-at-utc': value };
}
