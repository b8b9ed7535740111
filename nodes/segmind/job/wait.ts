/**
 * Waits for an asynchronous job and reads its result. GETs cost nothing: they ride out every fault
 * until the deadline.
 */
import type { Outcome } from '../outcome';
import type { Session } from './session';
import { Watch } from './watch';
import type { JobEnd, Watched } from './watched';

export { PROGRESS } from './progress';
export type { JobEnd, Watched } from './watched';

/**
 * Waits until the job is done, failed, or the deadline has passed. It asks at least once, so that a
 * job whose deadline passed before a retry is still picked up when it is done.
 */
export async function wait(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	const { requestId, deadline, submittedAt, kind } = watched;
	const release = session.account.watch(requestId, deadline, submittedAt, kind);
	return await new Watch(session, watched, true).run().finally(release);
}

/** Reads how a job stands now; faults are ridden out, a running job is not waited for. */
export async function status(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	return await new Watch(session, watched, false).run();
}

/** The same for somebody who asks again later: what could not be learned counts as running. */
export async function glance(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	return await new Watch(session, watched, false, true).run();
}
