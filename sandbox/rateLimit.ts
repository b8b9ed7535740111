import type { Settings } from './tables';

type Window = Pick<Settings, 'rateWindowSeconds' | 'rateWindowStart'>;

/** Fixed windows: one ends a set time after it began, used up or not, and the next counts from zero. */
export class RateLimiter {
	private readonly windows = new Map<string, { endsAt: number; used: number }>();

	/**
	 * Counts a request of the account.
	 * @param limit requests a window, 0 = unlimited
	 * @returns when the window ends (ms epoch) if the request is over the limit, otherwise undefined
	 */
	take(key: string, limit: number, settings: Window, now = Date.now()): number | undefined {
		if (limit === 0) return undefined;
		let window = this.windows.get(key);
		if (!window || now >= window.endsAt) {
			const length = settings.rateWindowSeconds * 1000;
			const begunAgo = settings.rateWindowStart === 'clock' ? now % length : 0;
			window = { endsAt: now - begunAgo + length, used: 0 };
			this.windows.set(key, window);
		}
		window.used++;
		return window.used > limit ? window.endsAt : undefined;
	}
}

/** The header that tells when a window ends; the real service sends no Retry-After. */
export function resetHeader(endsAt: number, { rateLimitReset }: Settings): Record<string, string> {
	const isIso = rateLimitReset === 'iso';
	const value = isIso ? new Date(endsAt).toISOString() : String(Math.ceil(endsAt / 1000));
	return { 'x-rate-limit-reset-at-utc': value };
}
