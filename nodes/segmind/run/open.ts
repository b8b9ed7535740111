/**
 * Opens a run of the node: what all its items share.
 */
import { type IDataObject, type IExecuteFunctions, NodeOperationError } from 'n8n-workflow';

import { Stop, stoppedProblem } from '../job/clock';
import { Gate } from '../job/gate';
import { Ledger } from '../job/ledger';
import type { Session } from '../job/session';
import { PARALLEL_DOWNLOADS, PARALLEL_UPLOADS } from '../policy/limits';
import { DEFAULT_URLS, problemWithUrl, type ServiceUrls } from '../wire/origins';
import { CREDENTIAL } from '../wire/request';
import { nodeError } from './errors';

/**
 * @throws NodeOperationError when the credential's addresses must not be used
 */
async function readUrls(context: IExecuteFunctions): Promise<ServiceUrls> {
	const credential = await context.getCredentials<IDataObject>(CREDENTIAL);
	const urls = {
		baseUrl: String(credential.baseUrl ?? DEFAULT_URLS.baseUrl),
		storageUrl: String(credential.storageUrl ?? DEFAULT_URLS.storageUrl),
	};
	const problem =
		problemWithUrl('Base URL', urls.baseUrl) ?? problemWithUrl('Storage URL', urls.storageUrl);
	if (problem) throw new NodeOperationError(context.getNode(), problem, { level: 'warning' });
	return urls;
}

/**
 * @throws NodeOperationError when the user has stopped the execution, which n8n's Retry On Fail does
 * not look at, or when the credential cannot be used
 */
export async function openSession(context: IExecuteFunctions): Promise<Session> {
	const stop = new Stop(context.getExecutionCancelSignal());
	if (stop.pressed) throw nodeError(context.getNode(), stoppedProblem());
	const runIndex = Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);
	return {
		context,
		urls: await readUrls(context),
		stop,
		ledger: new Ledger(context.getContext('node'), runIndex),
		uploads: new Map(),
		gates: { upload: new Gate(PARALLEL_UPLOADS), download: new Gate(PARALLEL_DOWNLOADS) },
		halted: false,
		warn: (message) => {
			context.logger.warn(message, { node: context.getNode().name });
			context.addExecutionHints?.({ message, type: 'warning', location: 'outputPane' });
		},
		log: (message, meta) => context.logger.info(message, { node: context.getNode().name, ...meta }),
	};
}
