/** The schedules of the accounts that this process uses. */
import { AccountSchedule } from './account';
import { AccountShare, type RunOfAccount } from './share';

export class Accounts {
	private readonly schedules = new Map<string, AccountSchedule>();

	/**
	 * Opens an account for a run, which closes its share when it is over.
	 *
	 * @param id something that two credentials of the same account share; never the key itself
	 * @param limit requests per minute; the latest one counts
	 */
	open(id: string, limit: number, run: RunOfAccount): AccountShare {
		this.prune();
		const schedule = this.schedules.get(id) ?? new AccountSchedule(limit);
		schedule.limit = limit;
		this.schedules.set(id, schedule);
		return new AccountShare(schedule, run);
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
