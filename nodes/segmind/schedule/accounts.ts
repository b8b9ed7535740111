/** The schedules of the accounts that this process uses. */
import { AccountSchedule } from './account';
import { Lessons } from './lessons';
import { AccountShare, type RunOfAccount } from './share';

/** How many accounts keep their lessons when nobody uses them. */
const MOST_LESSONS = 20;

export class Accounts {
	private readonly schedules = new Map<string, AccountSchedule>();

	/** They live longer than the schedule, so an execution an hour later can use them. */
	private readonly lessons = new Map<string, Lessons>();

	/**
	 * Opens an account for a run. The run closes its share at the end.
	 *
	 * @param id what two credentials of the same account share; never the key itself
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

	/** Deletes idle schedules only: a new schedule would not know the latest requests. */
	private prune(): void {
		for (const [id, schedule] of this.schedules) {
			if (schedule.isIdle) this.schedules.delete(id);
		}
	}
}
