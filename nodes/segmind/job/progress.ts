import { monotonic } from '../transport/clock';
import type { Session } from './session';

/**
 * ms between two messages about a job whose status does not change. The user of a manual run wants to see that
 * something happens. In production, a log of fifty videos at once must stay readable.
 */
export const PROGRESS = { console: 10_000, log: 60_000 };

/**
 * Says how a job is doing: when its status changes, and from time to time.
 *
 * @param age ms since its submit
 * @returns what to call with the status of each answer, and without one between polls
 */
export function progress(session: Session, requestId: string, age: () => number) {
	let lastStatus: string | undefined;
	let toldAt = -Infinity;
	let loggedAt = -Infinity;
	return (status = lastStatus) => {
		const now = monotonic();
		const isNews = status !== lastStatus;
		const isLogged = isNews || now - loggedAt >= PROGRESS.log;
		if (!isLogged && now - toldAt < PROGRESS.console) return;
		lastStatus = status;
		toldAt = now;
		if (isLogged) loggedAt = now;
		const say = isLogged ? session.log : session.tell;
		say(status === 'COMPLETED' ? 'Segmind has made the video' : 'Segmind is making the video', {
			requestId,
			...(status && { status }),
			elapsedSeconds: Math.round(age() / 1000),
		});
	};
}
