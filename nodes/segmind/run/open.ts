/**
 * Opens a run of the node: what all its items share.
 */
import { type IDataObject, type IExecuteFunctions, NodeOperationError } from 'n8n-workflow';

import { Stop, stoppedProblem } from '../job/clock';
import { Gate } from '../job/gate';
import { bodyHash } from '../job/hash';
import { Ledger } from '../job/ledger';
import type { Session } from '../job/session';
import { PARALLEL_DOWNLOADS, PARALLEL_UPLOADS } from '../policy/limits';
import { accountSchedule, type AccountSchedule } from '../schedule/account';
import { DEFAULT_URLS, problemWithUrl, type ServiceUrls } from '../wire/origins';
import { CREDENTIAL } from '../wire/request';
import { nodeError } from './errors';

interface Account {
	urls: ServiceUrls;
	schedule: AccountSchedule;
}

/** Segmind's Pro plan. */
const DEFAULT_LIMIT = 50;

/**
 * @throws NodeOperationError when the credential's addresses must not be used
 */
async function readAccount(context: IExecuteFunctions): Promise<Account> {
	const credential = await context.getCredentials<IDataObject>(CREDENTIAL);
	const urls = {
		baseUrl: String(credential.baseUrl ?? DEFAULT_URLS.baseUrl),
		storageUrl: String(credential.storageUrl ?? DEFAULT_URLS.storageUrl),
	};
	const problem =
		problemWithUrl('Base URL', urls.baseUrl) ?? problemWithUrl('Storage URL', urls.storageUrl);
	if (problem) throw new NodeOperationError(context.getNode(), problem, { level: 'warning' });
	const limit = Math.floor(Number(credential.requestsPerMinute)) || DEFAULT_LIMIT;
	// A hash: the key itself has no business in a map that lives as long as the process.
	const id = bodyHash({ key: credential.apiKey, baseUrl: urls.baseUrl });
	return { urls, schedule: accountSchedule(id, Math.max(limit, 1)) };
}

/**
 * @throws NodeOperationError when the user has stopped the execution, which n8n's Retry On Fail does
 * not look at, or when the credential cannot be used
 */
export async function openSession(context: IExecuteFunctions): Promise<Session> {
	const stop = new Stop(context.getExecutionCancelSignal());
	if (stop.pressed) throw nodeError(context.getNode(), stoppedProblem());
	const { urls, schedule } = await readAccount(context);
	const runIndex = Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);
	return {
		context,
		urls,
		account: schedule,
		stop,
		ledger: new Ledger(context.getContext('node'), runIndex),
		uploads: new Map(),
		gates: { upload: new Gate(PARALLEL_UPLOADS), download: new Gate(PARALLEL_DOWNLOADS) },
		halted: false,
		warn: (message) => {
			context.logger.warn(message, { node: context.getNode().name });
			context.addExecutionHints?.({ message, type: 'warning', location: 'outputPane' });
		},
		log: (message, meta) => {
			context.logger.info(message, { node: context.getNode().name, ...meta });
			// Reaches the browser's console, in manual runs only.
			context.sendMessageToUI?.({ message, ...meta });
		},
	};
}
