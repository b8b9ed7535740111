import type { RequestReport } from './log';
import { addPast } from './past';
import { accountReport, jobReports, type JobReport, type Service } from './service';
import type { AccountOptions, FaultRule, PastJob, Settings } from './tables';

/** The sandbox's verbs, in-process; the HTTP interface calls the same ones. */
export function sandboxApi(service: Service) {
	const { accounts, changes, faults, jobs, requests, settings } = service;
	return {
		/** Opens an account. Throws when the key is taken. */
		createAccount(options?: AccountOptions) {
			const account = accounts.create(options);
			changes.touch();
			return account;
		},
		/** The ledger of an account. Throws for an unknown key. */
		account: (key: string) => accountReport(service, key),
		/** Adds fault rules; of several that match a request the earliest applies. */
		inject: (...rules: FaultRule[]) => faults.add(...rules),
		clearFaults: () => faults.clear(),
		set(changed: Partial<Settings>): void {
			Object.assign(settings, changed);
		},
		/** Forgets a request's record: status and result answer 404. Throws for an unknown id. */
		expire: (requestId: string) => jobs.expire(requestId),
		/**
		 * Puts a request of an earlier day into an account: into its jobs, its history, and its spent money, but
		 * not on its balance. A COMPLETED one has a real video.
		 * @returns the request ID
		 */
		addPast: async (key: string, past: PastJob) => await addPast(service, key, past),
		/** Resolves as soon as the jobs, of one account or of all, satisfy the predicate. Rejects at close. */
		whenJobs: async (predicate: (jobs: JobReport[]) => boolean, key?: string) =>
			await changes.until(() => predicate(jobReports(service, key))),
		/** Resolves as soon as the received requests satisfy the predicate. Rejects at close. */
		whenRequests: async (predicate: (requests: RequestReport[]) => boolean) =>
			await changes.until(() => predicate([...requests])),
		/** Every request any of the origins received, `/_sandbox` excepted, oldest first. */
		requests: () => [...requests],
	};
}
