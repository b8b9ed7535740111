/** The schedules of the accounts that this process uses. */
import { AccountSchedule } from './account';
import { Lessons } from './lessons';
import { AccountShare, type RunOfAccount } from './share';

/** Accounts whose lessons are kept when nobody uses them. */
const MOST_LESSONS = 20;

export class Accounts {
	private readonly schedules = new Map<string, AccountSchedule>();

	/** They outlive the schedule: the next execution profits from them an hour later. */
	private readonly lessons = new Map<string, Lessons>();

	/**
	 * Opens an account for a run, which closes its share when it is over.
	 *
	 * @param id something that two credentials of the same account share; never the key itself
	 * @param limit requests per minute; the latest one counts
	 */
	open(id: string, limit: number, run: RunOfAccount): AccountShare {
		this.prune();
		const schedule = this.schedules.get(id) ?? new AccountSchedule(limit, this.lessonsOf(id));
		schedule.limit = limit;
		this.schedules.set(id, schedule);
		return new AccountShare(schedule, run);
	}

	private lessonsOf(id: string): Lessons {
		const lessons = this.lessons.get(id) ?? new Lessons();
		this.lessons.delete(id);
		this.lessons.set(id, lessons);
		const [oldest] = this.lessons.keys();
		if (this.lessons.size > MOST_LESSONS) this.lessons.delete(oldest);
		return lessons;
	}

	get size(): number {
		return this.schedules.size;
	}

	/** Only those that hold nothing back any more: a schedule made anew would not know what was sent a moment ago. */
	private prune(): void {
		for (const [id, schedule] of this.schedules) {
			if (schedule.isIdle) this.schedules.delete(id);
		}
	}
}
