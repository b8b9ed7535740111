import axios from 'axios';

import type {
	Account,
	AccountOptions,
	AccountReport,
	FaultRule,
	JobReport,
	Origin,
	PastJob,
	RequestReport,
	Settings,
} from './types';

/** A sandbox in another process, with the verbs of one in this process. */
export interface SandboxClient {
	/** Resolves when the sandbox answers, with its origins. */
	health(): Promise<{ status: string; urls: Record<Origin, string> & { tls?: string } }>;
	createAccount(account?: AccountOptions): Promise<Account>;
	account(key: string): Promise<AccountReport>;
	accounts(): Promise<AccountReport[]>;
	inject(...rules: FaultRule[]): Promise<void>;
	clearFaults(): Promise<void>;
	set(settings: Partial<Settings>): Promise<Settings>;
	expire(requestId: string): Promise<void>;
	/** @returns the request ID */
	addPast(key: string, past: PastJob): Promise<string>;
	requests(): Promise<RequestReport[]>;
	whenJobs(predicate: (jobs: JobReport[]) => boolean, key?: string): Promise<void>;
	whenRequests(predicate: (requests: RequestReport[]) => boolean): Promise<void>;
}

/**
 * Connects to a running sandbox. Every verb rejects with axios's error when the sandbox refuses.
 * @param gatewayUrl its gateway origin
 */
export function connectSandbox(gatewayUrl: string): SandboxClient {
	const http = axios.create({ baseURL: `${gatewayUrl.replace(/\/+$/, '')}/_sandbox` });
	const get = async <T>(path: string): Promise<T> => (await http.get<T>(path)).data;
	const post = async <T>(path: string, body: object = {}): Promise<T> =>
		(await http.post<T>(path, body)).data;

	const account = async (key: string) =>
		await get<AccountReport>(`/accounts/${encodeURIComponent(key)}`);
	const accounts = async () => await get<AccountReport[]>('/accounts');
	const requests = async () => await get<RequestReport[]>('/requests');

	/** Looks again after each change; the version is read first so that no change falls in between. */
	async function until(holds: () => Promise<boolean>): Promise<void> {
		let { version } = await get<{ version: number }>('/changes?after=-1');
		while (!(await holds()))
			({ version } = await get<{ version: number }>(`/changes?after=${version}`));
	}

	return {
		health: async () => await get('/health'),
		createAccount: async (options = {}) => await post<Account>('/accounts', options),
		account,
		accounts,
		async inject(...rules) {
			await post('/faults', rules);
		},
		async clearFaults() {
			await http.delete('/faults');
		},
		set: async (settings) => await post<Settings>('/settings', settings),
		async expire(requestId) {
			await post(`/expire/${encodeURIComponent(requestId)}`);
		},
		addPast: async (key, past) =>
			(await post<{ requestId: string }>(`/accounts/${encodeURIComponent(key)}/past`, past))
				.requestId,
		requests,
		whenJobs: async (predicate, key) =>
			await until(async () => {
				const reports = key === undefined ? await accounts() : [await account(key)];
				return predicate(reports.flatMap(({ jobs }) => jobs));
			}),
		whenRequests: async (predicate) => await until(async () => predicate(await requests())),
	};
}
