/** The paid jobs of an account that nobody has fetched yet, as far as this process knows. */
import { REQUEST_RECORD_LIFETIME } from '../policy/limits';
import { monotonic } from './clock';
import type { Forecast } from './forecast';
import type { Polled } from './polling';

/** Times are ms of the monotonic clock. If the submit is unknown, `submittedAt` is when the waiting began. */
interface Job extends Polled {
	/** The run that submitted it or waits for it. */
	owner: object;
	/** How many wait for it. 0: Start or an earlier attempt of the execution submitted it. */
	watchers: number;
	/** Its end was seen. */
	isDone?: boolean;
}

/** Nobody knows the age of a job that another process submitted. Half of its time may be over. */
const STRANGER = REQUEST_RECORD_LIFETIME / 2;

/** A shorter wait asks for an early answer, not for fewer videos at a time (ms). */
const LEAST_PATIENCE = 10 * 60_000;

/** If the first poll is this early and finds the job done, its length is known well enough (ms). */
const SOON = 10_000;

export class JobsUnderWay {
	private readonly jobs = new Map<string, Job>();

	/**
	 * Adds a job that nobody waits for yet.
	 *
	 * @param submittedAt ms of the monotonic clock; default: now
	 */
	add(id: string, owner: object, submittedAt = monotonic()): void {
		if (this.jobs.has(id)) return;
		const since = Math.min(submittedAt, monotonic());
		const due = since + REQUEST_RECORD_LIFETIME;
		this.jobs.set(id, { submittedAt: since, due, owner, watchers: 0, askedAt: since });
	}

	/**
	 * Somebody starts to wait for a job.
	 *
	 * @param until when the waiting ends (ms of the monotonic clock)
	 * @param forecast of its length, if its submit is known
	 * @returns what to call when the waiting is over
	 */
	watch(id: string, owner: object, until: number, forecast?: Forecast): () => void {
		const now = monotonic();
		const stranger = { submittedAt: now, due: now + STRANGER, watchers: 0, askedAt: now };
		const known = this.jobs.get(id) ?? stranger;
		const patience = Math.max(until, now + LEAST_PATIENCE);
		this.jobs.set(id, {
			...known,
			due: Math.min(known.due, patience),
			owner,
			watchers: known.watchers + 1,
			forecast: forecast ?? (known as Job).forecast,
		});
		forecast?.begin(id);
		return () => {
			const job = this.jobs.get(id);
			if (!job || --job.watchers > 0) return;
			job.forecast?.giveUp(id);
			this.jobs.delete(id);
		};
	}

	/** The service gave out a result. A job that nobody waits for needs no more polls. */
	fetched(id: string): void {
		if (this.jobs.get(id)?.watchers === 0) this.jobs.delete(id);
	}

	/** A job was seen running. */
	seenRunning(id: string): void {
		const job = this.jobs.get(id);
		if (job) job.askedAt = monotonic();
	}

	/**
	 * A job was seen completed, and its forecast learns from it.
	 *
	 * @param took how long it took, if the service has told it (ms)
	 */
	seenCompleted(id: string, took?: number): void {
		const job = this.jobs.get(id);
		if (!job || job.isDone) return;
		job.isDone = true;
		const { submittedAt, askedAt, forecast } = job;
		const from = askedAt - submittedAt;
		const to = monotonic() - submittedAt;
		// A late first poll says nothing about the length, unless the service tells it.
		if (from > 0 || to <= SOON || took !== undefined) forecast?.end(id, from, to, took);
	}

	/** What is known about a job. Undefined if nothing is known. */
	get(id: string | undefined): Polled | undefined {
		return id === undefined ? undefined : this.jobs.get(id);
	}

	/** All jobs whose end somebody waits for. */
	running(): Polled[] {
		return [...this.jobs.values()].filter(({ watchers, isDone }) => watchers > 0 && !isDone);
	}

	/** The latest time to poll each job: those that somebody waits for, and the others. */
	dues(): { watched: number[]; others: number[] } {
		this.forgetOld();
		const jobs = [...this.jobs.values()];
		const duesOf = (some: Job[]) => some.map(({ due }) => due);
		return {
			watched: duesOf(jobs.filter(({ watchers }) => watchers > 0)),
			others: duesOf(jobs.filter(({ watchers }) => watchers === 0)),
		};
	}

	/** How many jobs somebody waits for. */
	get watched(): number {
		return this.dues().watched.length;
	}

	get isEmpty(): boolean {
		this.forgetOld();
		return this.jobs.size === 0;
	}

	/** By run: how many jobs it owns, and how many of these are waited for. */
	byOwner(): Map<object, { own: number; watched: number }> {
		const counts = new Map<object, { own: number; watched: number }>();
		for (const { owner, watchers } of this.jobs.values()) {
			const { own, watched } = counts.get(owner) ?? { own: 0, watched: 0 };
			counts.set(owner, { own: own + 1, watched: watched + Math.min(watchers, 1) });
		}
		return counts;
	}

	/** Forgets jobs that nobody fetched and that the service has forgotten. */
	private forgetOld(): void {
		const now = monotonic();
		for (const [id, { due, watchers }] of this.jobs) {
			if (watchers === 0 && due <= now) this.jobs.delete(id);
		}
	}
}
