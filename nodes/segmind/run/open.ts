/**
 * Opens a run of the node: what all its items share.
 */
import { randomUUID } from 'crypto';
import {
	type IDataObject,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	NodeOperationError,
} from 'n8n-workflow';

import { bodyHash } from '../job/hash';
import { Ledger } from '../job/ledger';
import { Notes } from '../job/notes';
import { rootOf } from '../job/registry';
import type { Session } from '../job/session';
import { LONGEST_TRANSFER, PARALLEL_DOWNLOADS, PARALLEL_UPLOADS } from '../policy/limits';
import { stoppedProblem } from '../problems';
import { Accounts } from '../schedule/accounts';
import { Gate } from '../schedule/gate';
import { readLimit } from '../schedule/limit';
import { Stop } from '../schedule/stop';
import { problemWithUrls, urlsOf, type ServiceUrls } from '../wire/origins';
import { CREDENTIAL } from '../wire/request';
import { nodeError } from './errors';
import { isTool } from './tool';

interface Account {
	urls: ServiceUrls;
	/** Names the account without its key. */
	id: string;
	/** Requests per minute. */
	limit: number;
}

/** Of the process: executions that use the same account share its rate limit. */
const ACCOUNTS = new Accounts();

/** Of the process: so much memory is there but once, however many executions run. */
const GATES = {
	upload: new Gate(PARALLEL_UPLOADS, LONGEST_TRANSFER),
	download: new Gate(PARALLEL_DOWNLOADS, LONGEST_TRANSFER),
};

/**
 * @throws NodeOperationError when the credential's addresses must not be used, or its limit is none
 */
async function readAccount(
	context: Pick<IExecuteFunctions, 'getCredentials' | 'getNode'>,
): Promise<Account> {
	const credential = await context.getCredentials<IDataObject>(CREDENTIAL);
	const urls = urlsOf(credential);
	const problem = problemWithUrls(urls);
	if (problem) throw new NodeOperationError(context.getNode(), problem, { level: 'warning' });
	const limit = readLimit(credential.requestsPerMinute);
	if (limit === undefined) {
		throw new NodeOperationError(
			context.getNode(),
			`Requests Per Minute in the Segmind credential must be a number of 1 or more, not "${String(credential.requestsPerMinute)}". Your plan has it: 5 on Free, 50 on Pro`,
			{ level: 'warning' },
		);
	}
	// A hash: the key itself has no business in a map that lives as long as the process.
	const id = bodyHash({ key: credential.apiKey, baseUrl: urls.baseUrl });
	return { urls, id, limit };
}

/** Said once in a run. */
const HELD_BACK =
	'The other videos are submitted later: at this rate limit no more can be fetched within the hour in which Segmind keeps them';

/** A line of the log with its values in it. */
function withValues(message: string, meta: Record<string, unknown> = {}): string {
	const values = Object.entries(meta).filter(([, value]) => value !== undefined);
	if (values.length === 0) return message;
	return `${message} (${values.map(([name, value]) => `${name} ${String(value)}`).join(', ')})`;
}

/** What the run remembers, in its execution and in n8n's database. */
function openBooks(context: IExecuteFunctions, stop: Stop): Pick<Session, 'ledger' | 'notes'> {
	// Without an ID it has no retries, and must not be taken for another one.
	const executionId = context.getExecutionId() || randomUUID();
	const { id, name } = context.getNode();
	const node = `${context.getWorkflow().id} ${id}`;
	const warn = (why: string) =>
		context.logger.warn(
			`What was submitted cannot be noted in n8n's database (${why}); it is remembered by this execution only`,
			{ node: name },
		);
	const notes = new Notes(context.helpers, node, warn, () => stop.pressed);
	const identity = {
		executionId,
		runIndex: Number(context.getWorkflowDataProxy(0).$runIndex ?? 0),
		root: rootOf(context.getMode(), executionId, node),
		isTool: isTool(context.getNode()),
	};
	return { notes, ledger: new Ledger(context.getContext('node'), identity, notes) };
}

async function openSession(context: IExecuteFunctions, stop: Stop): Promise<Session> {
	const { urls, id, limit } = await readAccount(context);
	// Text, for the console shows an object folded up. Other than manual runs have no console.
	const tell: Session['tell'] = (message, meta) =>
		context.sendMessageToUI?.(withValues(message, meta));
	const log: Session['log'] = (message, meta) => {
		// n8n's log prints the text only, and after a crash its request ID is all that is left of a job.
		context.logger.info(withValues(message, meta), { node: context.getNode().name, ...meta });
		tell(message, meta);
	};
	const account = ACCOUNTS.open(id, limit, {
		isOver: () => session.halted,
		onHold: (underWay, requestsPerMinute) =>
			log(HELD_BACK, { videosUnderWay: underWay, requestsPerMinute }),
	});
	const session: Session = {
		context,
		urls,
		account,
		stop,
		...openBooks(context, stop),
		uploads: new Map(),
		gates: GATES,
		halted: false,
		warn: (message) => {
			context.logger.warn(message, { node: context.getNode().name });
			context.addExecutionHints?.({ message, type: 'warning', location: 'outputPane' });
		},
		log,
		tell,
	};
	// What an earlier try of this execution has paid must be fetched before much new is submitted.
	for (const { requestId, state, submittedAt } of session.ledger.undelivered()) {
		if (requestId && state === 'submitted') account.submitted(requestId, submittedAt);
	}
	return session;
}

/**
 * Does the work of one run with what its items share.
 *
 * @throws NodeOperationError or NodeApiError: the user has stopped the execution, which n8n's Retry On
 * Fail does not look at; the credential cannot be used; or what `work` throws
 */
export async function withSession<T>(
	context: IExecuteFunctions,
	work: (session: Session) => Promise<T>,
): Promise<T> {
	const stop = new Stop(context.getExecutionCancelSignal());
	if (stop.pressed) throw nodeError(context.getNode(), stoppedProblem());
	let session: Session | undefined;
	try {
		session = await openSession(context, stop);
		return await work(session);
	} finally {
		await session?.notes.flush();
		session?.ledger.release();
		session?.account.close();
		session?.notes.release();
		stop.release();
	}
}

/**
 * The same for a list in the panel: it belongs to no execution, so it has no Stop, and it only reads.
 *
 * @throws NodeOperationError when the credential cannot be used, or what `work` throws
 */
export async function withListSession<T>(
	context: ILoadOptionsFunctions,
	work: (session: Session) => Promise<T>,
): Promise<T> {
	const { urls, id, limit } = await readAccount(context);
	const silent = () => {};
	const account = ACCOUNTS.open(id, limit, { isOver: () => false, onHold: silent });
	const session: Session = {
		// Reading needs nothing of it but the helper for requests, which both have.
		context: context as unknown as IExecuteFunctions,
		urls,
		account,
		stop: new Stop(undefined),
		// It submits nothing, so nothing is remembered.
		ledger: new Ledger({}, { executionId: '', root: '', runIndex: 0, isTool: false }),
		notes: new Notes(context.helpers as never, '', silent),
		uploads: new Map(),
		gates: GATES,
		halted: false,
		warn: silent,
		log: silent,
		tell: silent,
	};
	return await work(session).finally(() => account.close());
}
