/**
 * One sandbox for a test file, and an account of its own for each test, so that ledgers do not mix.
 */
import { HISTORY } from '../../../nodes/segmind/policy/history';
import { LASTING } from '../../../nodes/segmind/policy/lasting';
import { TIMEOUTS } from '../../../nodes/segmind/policy/limits';
import { BACKOFF } from '../../../nodes/segmind/policy/backoff';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../../sandbox';

export interface TestAccount {
	key: string;
	/** What n8n's credential store would hand out. */
	credential: {
		apiKey: string;
		baseUrl: string;
		storageUrl: string;
		historyUrl: string;
		requestsPerMinute: number;
	};
	/** The account, as the sandbox has it. */
	report: () => ReturnType<Sandbox['account']>;
}

// The schedule has tests of its own; here nobody wants to wait for it.
Object.assign(BACKOFF, {
	firstStatus: 100,
	failureFirst: 50,
	failureLongest: 400,
	rateLimitJitter: 50,
});
LASTING.over = 700;
TIMEOUTS.freshVideo = 2000;
Object.assign(HISTORY, {
	patience: 3000,
	pauseFirst: 150,
	pauseLongest: 600,
	fresh: 100,
	poll: 200,
});

/** Small and quick: what is tested here is not the picture. */
const QUICK: SandboxOptions = { jobSeconds: 0.2, render: { width: 320, fps: 8 } };

export async function startTestSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	return await startSandbox({ ...QUICK, ...options });
}

export function newAccount(
	sandbox: Sandbox,
	account: Parameters<Sandbox['createAccount']>[0] = {},
	/** Without the history, what became of a lost answer stays unknown: most tests want to see that. */
	{ history = false } = {},
): TestAccount {
	const { key } = sandbox.createAccount(account);
	return {
		key,
		credential: {
			apiKey: key,
			baseUrl: sandbox.gatewayUrl,
			storageUrl: sandbox.storageUrl,
			historyUrl: history ? sandbox.historyUrl : '',
			requestsPerMinute: 6000,
		},
		report: () => sandbox.account(key),
	};
}

/** The same account with its history on. */
export const withHistory = (sandbox: Sandbox, account: TestAccount): TestAccount => ({
	...account,
	credential: { ...account.credential, historyUrl: sandbox.historyUrl },
});
