/**
 * Judges a story by the service's books, by what n8n's database holds, and by what the user was given and told.
 */
import type { SimulatedJob, SimulatedService } from './service';

/** A run of the node, as the books see it. */
export interface Wanting {
	/** Executions with the same lineage want the same videos: retries of one execution. */
	lineage: string;
	/** How many of each video. */
	copies: Map<string, number>;
}

export class Violation extends Error {}

/** A note in n8n's database, seen from outside. */
interface Note {
	video: string;
	/** Whether a job was created after it. */
	hasJob: boolean;
	writer: Wanting;
}

/** How far from a note its request is looked for: the slack for the service's clock, and what a rate limit may take (ms). */
const SLACK = 22 * 60_000;

const MARK = /^segmind (\S+) (\d+)$/;

export interface BooksOptions {
	service: () => SimulatedService;
	now: () => number;
	/** Which video a hash in a note stands for. */
	videoOf: (hash: string) => string;
	/** In a moment, if the process lives as long: the mark is written when the run is over. */
	later: (work: () => void) => void;
	/** The history works, and nothing about the videos is unclear there: nothing may be refused that it shows. */
	isSure: boolean;
}

export class Books {
	/** Executions that run, or that have run beside one that does. */
	private readonly live = new Set<Wanting>();

	private readonly ended = new Set<Wanting>();

	private readonly notes = new Map<string, Note>();

	/** All notes ever, by the time of their writing. */
	private readonly written: Array<{ video: string; at: number }> = [];

	private readonly created = new Map<string, number>();

	private readonly refused = new Map<string, number>();

	/** Refusals of executions that run at the same time: the most that one of them has told. */
	private readonly refusedAtOnce = new Map<string, number>();

	/** Videos that an old execution has handed out once more. */
	private readonly again = new Map<string, number>();

	/** Videos of another execution that were taken over while an equal one was to be had. */
	private readonly crossed = new Map<string, number>();

	private readonly unused = new Map<string, number>();

	/** Jobs that nobody can expect again: refused once, or the process died in the moment of the hand-over. */
	private readonly writtenOff = new Set<SimulatedJob>();

	/** Delivered while the note on an equal one stayed: which of the two was delivered is known. */
	private readonly marked = new Set<SimulatedJob>();

	/** Bought although others were not delivered. */
	private readonly suspicious: Array<{
		job: SimulatedJob;
		left: SimulatedJob[];
		copies: number;
	}> = [];

	/** What is counted for the report. */
	readonly counts = {
		...{ jobs: 0, deliveries: 0, takenOver: 0, refusals: 0, excused: 0, swapped: 0 },
		...{ kills: 0, stops: 0, errors: 0, retries: 0, rounds: 0 },
	};

	constructor(private readonly options: BooksOptions) {}

	begin(wanting: Wanting): void {
		// What has run beside another one counts as long as that one runs; what a dead process had sent may still arrive.
		if (this.ended.size === this.live.size) {
			this.live.clear();
			this.ended.clear();
			this.refusedAtOnce.clear();
		}
		this.live.add(wanting);
	}

	end(wanting: Wanting): void {
		this.ended.add(wanting);
	}

	private undelivered(video: string): SimulatedJob[] {
		return this.options
			.service()
			.jobs.filter(
				(job) =>
					job.prompt === video &&
					!job.isDoomed &&
					job.deliveredTo.size === 0 &&
					!this.writtenOff.has(job),
			);
	}

	private copiesOf(video: string, also: Wanting): number {
		const most = new Map<string, number>();
		for (const { lineage, copies } of new Set([...this.live, also])) {
			most.set(lineage, Math.max(most.get(lineage) ?? 0, copies.get(video) ?? 0));
		}
		return [...most.values()].reduce((sum, count) => sum + count, 0);
	}

	/** A job is about to be created. */
	bought(job: SimulatedJob, buyer: Wanting): void {
		this.counts.jobs++;
		job.buyer = buyer.lineage;
		const note = [...this.notes.values()].find(
			({ video, hasJob, writer }) => video === job.prompt && !hasJob && writer === buyer,
		);
		if (!note) throw new Violation(`${job.id} (${job.prompt}) was submitted without a note`);
		note.hasJob = true;
		if (job.isDoomed) return;
		const left = this.undelivered(job.prompt);
		const copies = this.copiesOf(job.prompt, buyer);
		if (left.length + 1 > copies) this.suspicious.push({ job, left, copies });
	}

	/** A refusal that is told at the same time makes it right. */
	private checkBills(): void {
		for (const { job, left, copies } of this.suspicious.splice(0)) {
			const unpaid = left.filter((one) => !this.writtenOff.has(one));
			if (unpaid.length + 1 <= copies) continue;
			const ids = unpaid.map(({ id }) => id).join(', ');
			throw new Violation(
				`PAID TWICE: ${job.id} was bought (${job.prompt}), although ${ids} was not delivered`,
			);
		}
	}

	private add(counts: Map<string, number>, video: string, by = 1): void {
		counts.set(video, (counts.get(video) ?? 0) + by);
	}

	/**
	 * Values were added to the store.
	 *
	 * @param added those that were not there
	 * @returns the video on which there is a note now
	 */
	recorded(values: string[], added: string[], writer: Wanting): string | undefined {
		let written: string | undefined;
		// A mark alone is no note, and a question for times has no mark. One that was interrupted may have left its hours.
		const isTimed = (of: string) =>
			added.some((other) =>
				[`${of} hour `, `${of} again hour `].some((hour) => other.startsWith(hour)),
			);
		for (const value of values) {
			const hash = MARK.exec(value)?.[1];
			if (!hash || !isTimed(value)) continue;
			const video = this.options.videoOf(hash);
			this.notes.set(value, { video, hasJob: false, writer });
			this.written.push({ video, at: this.options.now() });
			this.add(this.created, video);
			written = video;
		}
		return written;
	}

	/** @returns videos whose notes went */
	removed(values: string[]): string[] {
		return values.flatMap((value) => {
			const note = this.notes.get(value);
			if (!note) return [];
			this.notes.delete(value);
			if (!note.hasJob) this.add(this.unused, note.video);
			return [note.video];
		});
	}

	/** The process died, or was told to stop, in the moment in which its notes on these videos went. */
	excuse(videos: string[], { lineage }: Wanting): void {
		for (const video of videos) {
			const left = this.undelivered(video);
			const job = left.find(({ buyer }) => buyer === lineage) ?? left[0];
			if (!job) continue;
			this.writtenOff.add(job);
			this.counts.excused++;
		}
	}

	/**
	 * n8n has got a video, or with Start its request ID.
	 *
	 * @param isOwn whether the execution had it before: it may hand it out again
	 */
	delivered(id: string, video: string, { lineage }: Wanting, isOwn: boolean): void {
		const job = this.options.service().jobs.find((one) => one.id === id);
		if (!job) throw new Violation(`${id} was delivered, which nobody submitted`);
		if (job.prompt !== video)
			throw new Violation(`WRONG VIDEO: ${id} is ${job.prompt}, not ${video}`);
		this.counts.deliveries++;
		if (job.buyer !== lineage) {
			this.counts.takenOver++;
			if (this.twinOf(job)) this.add(this.crossed, video);
		}
		const isElsewhere = job.deliveredTo.size > 0 && !job.deliveredTo.has(lineage);
		// An old execution hands out once more what it knows or has bought, and takes a note along that may be the twin's now.
		const isOld = isOwn || job.buyer === lineage;
		if (isElsewhere && isOld) this.add(this.again, video);
		const isAgain = isElsewhere && !isOld;
		if (isAgain && this.marked.has(job)) {
			throw new Violation(
				`DELIVERED AGAIN: ${job.id} (${job.prompt}), which is known as delivered`,
			);
		}
		if (!isOwn && this.leavesTwin(video)) this.options.later(() => this.marked.add(job));
		if (isAgain || this.writtenOff.delete(job)) this.swap(job, isAgain);
		job.deliveredTo.add(lineage);
	}

	/** Whether a note on an equal video was left by a run that ran alone. */
	private leavesTwin(video: string): boolean {
		const isNoted = [...this.notes.values()].some((note) => note.video === video);
		return this.live.size === 1 && isNoted;
	}

	/** An equal video that was submitted within minutes and is still to come out. */
	private twinOf(job: SimulatedJob): SimulatedJob | undefined {
		return this.undelivered(job.prompt).find(
			(one) => one !== job && Math.abs(one.createdAt - job.createdAt) < SLACK,
		);
	}

	/**
	 * A note names the minute of a submit, not its request. Of equal videos that were submitted within minutes nobody
	 * can tell which one was delivered, once the process is gone that knew it: the older one may come out again.
	 */
	private swap(job: SimulatedJob, isAgain: boolean): void {
		const isNear = (at: number) => Math.abs(at - job.createdAt) < SLACK;
		const other = this.twinOf(job);
		if (other) this.writtenOff.add(other);
		if (!isAgain) return;
		const written = this.written.filter(({ video, at }) => video === job.prompt && isNear(at));
		if (written.length < 2) throw new Violation(`DELIVERED TWICE: ${job.id} (${job.prompt})`);
		this.counts.swapped++;
	}

	/** The user was told that videos are refused. @param copies how many of it the execution wanted */
	refusal(video: string, count: number, copies: number): void {
		this.counts.refusals += count;
		// Retry On Fail lets go of a note between its attempts, so two executions at once may both tell of it.
		const told = this.refusedAtOnce.get(video) ?? 0;
		this.add(this.refused, video, Math.max(0, count - told));
		this.refusedAtOnce.set(video, Math.max(told, count));
		const left = this.undelivered(video);
		const shown = left.filter((job) => this.options.service().shows(job)).length;
		if (this.options.isSure && count + shown > copies) {
			throw new Violation(
				`REFUSED: ${count} of ${copies} ${video}, although the history shows ${shown} undelivered`,
			);
		}
		for (const job of left.slice(0, count)) this.writtenOff.add(job);
	}

	/** What another run has refused at the same time stays noted for one that still looked for it, and died or was stopped. */
	died({ copies }: Wanting): void {
		for (const video of copies.keys()) {
			this.add(this.refused, video, -(this.refusedAtOnce.get(video) ?? 0));
			this.refusedAtOnce.delete(video);
		}
	}

	/** What must be true whenever no execution runs. */
	check(): void {
		this.checkBills();
		for (const [video, created] of this.created) {
			const stored = [...this.notes.values()].filter((note) => note.video === video);
			const refused = this.refused.get(video) ?? 0;
			if (refused + stored.length > created) {
				throw new Violation(
					`REFUSED TWICE: ${video} has ${created} notes in all, ${refused} refusals, ${stored.length} notes left`,
				);
			}
			const again = this.again.get(video) ?? 0;
			for (const job of this.undelivered(video).slice(stored.length).slice(0, again)) {
				this.writtenOff.add(job);
				this.counts.swapped++;
			}
			const left = this.undelivered(video).length;
			if (left > stored.length) {
				throw new Violation(
					`FORGOTTEN: ${left} of ${video} undelivered, ${stored.length} notes in the database`,
				);
			}
			const all = this.options
				.service()
				.jobs.filter((job) => job.prompt === video && job.deliveredTo.size === 0).length;
			const used = stored.filter(({ hasJob }) => hasJob).length;
			// Whoever took the twin has erased its note or the other one's, and the other's buyer knows of its own only.
			const crossed = this.crossed.get(video) ?? 0;
			if (used > all + (this.unused.get(video) ?? 0) + crossed) {
				throw new Violation(`LEFT BEHIND: ${used} notes on ${video}, ${all} undelivered`);
			}
		}
	}

	/** Notes in the database. */
	get open(): number {
		return this.notes.size;
	}
}
