/**
 * Waits for an asynchronous job and reads its result. A GET costs nothing, so the node retries after every fault
 * until the deadline.
 */
import type { Outcome } from '../outcome';
import type { Session } from './session';
import { Watch } from './watch';
import type { JobEnd, Watched } from './watched';

export { PROGRESS } from './progress';
export type { JobEnd, Watched } from './watched';

/**
 * Waits until the job is done, has failed, or the deadline has passed. It polls at least once, so a retry after the
 * deadline still gets a job that is done.
 */
export async function wait(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	const { requestId, deadline, submittedAt, kind } = watched;
	const release = session.account.watch(requestId, deadline, submittedAt, kind);
	return await new Watch(session, watched, true).run().finally(release);
}

/** Reads the job's state now. It retries after faults, and does not wait for a running job. */
export async function status(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	return await new Watch(session, watched, false).run();
}

/** The same for a caller that polls again later. What it could not learn counts as running. */
export async function glance(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	return await new Watch(session, watched, false, true).run();
}
