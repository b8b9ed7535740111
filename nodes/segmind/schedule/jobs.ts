/** The jobs of an account that are paid and not fetched yet, as far as this process knows. */
import { REQUEST_RECORD_LIFETIME } from '../policy/limits';
import { monotonic } from './clock';
import type { Forecast } from './forecast';
import type { Polled } from './polling';

/** Its times are ms of the monotonic clock; where its submit is not known, that is when the waiting began. */
interface Job extends Polled {
	/** The run that submitted it, or waits for it. */
	owner: object;
	/** How many wait for it. 0: Start submitted it, or an earlier try of the execution. */
	watchers: number;
	/** Its end was seen. */
	isDone?: boolean;
}

/** Nobody knows how old a job is that another process submitted: half of its time may be over. */
const STRANGER = REQUEST_RECORD_LIFETIME / 2;

/** Whoever waits for a shorter time wants to be told early, not to have fewer videos made at a time (ms). */
const LEAST_PATIENCE = 10 * 60_000;

/** A job that is done by then when it is asked for first is known well enough (ms). */
const SOON = 10_000;

export class JobsUnderWay {
	private readonly jobs = new Map<string, Job>();

	/**
	 * Takes a job in that nobody waits for yet.
	 *
	 * @param submittedAt ms of the monotonic clock, this moment by default
	 */
	add(id: string, owner: object, submittedAt = monotonic()): void {
		if (this.jobs.has(id)) return;
		const since = Math.min(submittedAt, monotonic());
		const due = since + REQUEST_RECORD_LIFETIME;
		this.jobs.set(id, { submittedAt: since, due, owner, watchers: 0, askedAt: since });
	}

	/**
	 * Somebody waits for a job.
	 *
	 * @param until when the waiting ends (ms of the monotonic clock)
	 * @param forecast of its length, where its submit is known
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

	/** A result was given out: nobody needs to come for a job that nobody waits for. */
	fetched(id: string): void {
		if (this.jobs.get(id)?.watchers === 0) this.jobs.delete(id);
	}

	/** A job was seen running. */
	seenRunning(id: string): void {
		const job = this.jobs.get(id);
		if (job) job.askedAt = monotonic();
	}

	/**
	 * A job was seen completed: its forecast learns from it.
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
		// Whoever comes late to a job learns nothing of its end, unless the service tells.
		if (from > 0 || to <= SOON || took !== undefined) forecast?.end(id, from, to, took);
	}

	/** What is known of a job; undefined when nothing is. */
	get(id: string | undefined): Polled | undefined {
		return id === undefined ? undefined : this.jobs.get(id);
	}

	/** All whose end is waited for. */
	running(): Polled[] {
		return [...this.jobs.values()].filter(({ watchers, isDone }) => watchers > 0 && !isDone);
	}

	/** Until when the jobs must be asked for that somebody waits for, and the others. */
	dues(): { watched: number[]; others: number[] } {
		this.forgetOld();
		const jobs = [...this.jobs.values()];
		const duesOf = (some: Job[]) => some.map(({ due }) => due);
		return {
			watched: duesOf(jobs.filter(({ watchers }) => watchers > 0)),
			others: duesOf(jobs.filter(({ watchers }) => watchers === 0)),
		};
	}

	/** How many somebody waits for. */
	get watched(): number {
		return this.dues().watched.length;
	}

	get isEmpty(): boolean {
		this.forgetOld();
		return this.jobs.size === 0;
	}

	/** By run: how many jobs are its own, and how many of them it waits for. */
	byOwner(): Map<object, { own: number; watched: number }> {
		const counts = new Map<object, { own: number; watched: number }>();
		for (const { owner, watchers } of this.jobs.values()) {
			const { own, watched } = counts.get(owner) ?? { own: 0, watched: 0 };
			counts.set(owner, { own: own + 1, watched: watched + Math.min(watchers, 1) });
		}
		return counts;
	}

	/** Nobody came for them, and the service has forgotten them. */
	private forgetOld(): void {
		const now = monotonic();
		for (const [id, { due, watchers }] of this.jobs) {
			if (watchers === 0 && due <= now) this.jobs.delete(id);
		}
	}
}
