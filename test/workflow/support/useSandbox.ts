/** One sandbox for a test file, and what most tests do with it. */
import type { IDataObject } from 'n8n-workflow';

import { KlingO3 } from '../../../nodes/KlingO3/KlingO3.node';
import type { FaultRule, RequestReport, Sandbox, SandboxOptions } from '../../../sandbox';
import { notesOf } from './deduplication';
import {
	removeStore,
	runWorkflow,
	useBinaryMode,
	workflowIdOf,
	type Result,
	type RunOptions,
} from './engine';
import { newAccount, startTestSandbox, type TestAccount } from './sandbox';

/** Segmind accepts the submit, and its answer is lost. */
export const lostAnswer: Omit<FaultRule, 'key'> = {
	stage: 'submit',
	fault: { kind: 'reset', when: 'after' },
};

/** How many jobs the account has. */
export const jobs = (account: TestAccount): number => account.report().jobs.length;

/** Request IDs of the items that came out. */
export const idsOf = ({ output }: Pick<Result, 'output'>): string[] =>
	output.flatMap(({ json }) => (json.requestId as string) ?? []);

/** Our node, before one of whose rounds something happens. */
export function beforeRound(round: number, happens: () => Promise<unknown> | void): KlingO3 {
	const node = new KlingO3();
	const { execute } = node;
	let rounds = 0;
	node.execute = async function () {
		if (++rounds === round) await happens();
		return await execute.call(this);
	};
	return node;
}

export interface Here {
	readonly sandbox: Sandbox;
	/** A new account of the sandbox. */
	account(
		...options: Parameters<typeof newAccount> extends [unknown, ...infer Rest] ? Rest : never
	): TestAccount;
	/** The parameters of the least video of a picture; its prompt is the item's `motion`, where it has one. */
	readonly video: IDataObject;
	/** Generates it, with parameters of the test's own. */
	run(account: TestAccount, parameters?: IDataObject, rest?: Partial<RunOptions>): Promise<Result>;
	/** Faults for this account alone. */
	inject(account: TestAccount, ...rules: Array<Omit<FaultRule, 'key'>>): void;
	/** What the account has asked for, of one stage or of all. */
	requestsOf(account: TestAccount, stage?: string): RequestReport[];
	/** Values that n8n's database holds of the account's workflow. */
	notes(account: TestAccount): string[];
}

/** Starts the sandbox before the tests, takes faults and settings back after each, and closes it at the end. */
export function useSandbox(options: SandboxOptions = {}): Here {
	const { jobSeconds = 0.2 } = options;
	let sandbox: Sandbox;
	beforeAll(async () => {
		await useBinaryMode('filesystem');
		sandbox = await startTestSandbox(options);
	});
	afterAll(async () => {
		await sandbox.close();
		removeStore();
	});
	afterEach(() => {
		sandbox.clearFaults();
		sandbox.set({ jobSeconds });
	});
	const videoOf = ({ filesUrl }: Sandbox) => ({
		imageUrl: `${filesUrl}/samples/mountain.jpg`,
		prompt: '={{ $json.motion ?? "Rain" }}',
		...{ duration: '3', mode: 'std' },
	});
	return {
		get sandbox() {
			return sandbox;
		},
		get video() {
			return videoOf(sandbox);
		},
		account: (...rest) => newAccount(sandbox, ...rest),
		run: async ({ credential }, parameters = {}, rest = {}) =>
			await runWorkflow({
				credential,
				parameters: { ...videoOf(sandbox), ...parameters },
				...rest,
			}),
		inject: (account, ...rules) =>
			sandbox.inject(...rules.map((rule) => ({ ...rule, key: account.key }) as FaultRule)),
		requestsOf: (account, stage) =>
			sandbox
				.requests()
				.filter((request) => request.key === account.key && (!stage || request.stage === stage)),
		notes: ({ credential }) => notesOf(workflowIdOf({ credential })),
	};
}
