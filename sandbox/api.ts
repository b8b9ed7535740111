import { addPast } from './past';
import { accountReport, jobReports, type Service } from './service';
import type { Origin, Sandbox } from './types';

/** The sandbox's verbs, in-process; the HTTP interface calls the same ones. */
export function sandboxApi(service: Service): Omit<Sandbox, `${Origin | 'tls'}Url` | 'close'> {
	const { accounts, changes, faults, jobs, log, settings } = service;
	return {
		createAccount(options) {
			const account = accounts.create(options);
			changes.touch();
			return account;
		},
		account: (key) => accountReport(service, key),
		inject: (...rules) => faults.add(...rules),
		clearFaults: () => faults.clear(),
		set(changed) {
			Object.assign(settings, changed);
		},
		expire: (requestId) => jobs.expire(requestId),
		addPast: async (key, past) => await addPast(service, key, past),
		whenJobs: async (predicate, key) =>
			await changes.until(() => predicate(jobReports(service, key))),
		whenRequests: async (predicate) => await changes.until(() => predicate([...log.requests])),
		requests: () => [...log.requests],
	};
}
