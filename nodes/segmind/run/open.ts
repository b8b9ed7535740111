/**
 * Opens a run of the node, and makes what all its items share.
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
import { Limiter } from '../schedule/limiter';
import { readLimit } from '../schedule/limit';
import { Stop } from '../schedule/stop';
import { problemWithUrls, urlsOf, type ServiceUrls } from '../transport/origins';
import { CREDENTIAL } from '../transport/request';
import { nodeError } from './errors';
import { isTool } from './tool';

interface Account {
	urls: ServiceUrls;
	/** Identifies the account without its key. */
	id: string;
	/** Requests per minute. */
	limit: number;
}

/** One for the process: executions that use the same account share its rate limit. */
const ACCOUNTS = new Accounts();

/** One for the process: all executions share its memory. */
const LIMITERS = {
	upload: new Limiter(PARALLEL_UPLOADS, LONGEST_TRANSFER),
	download: new Limiter(PARALLEL_DOWNLOADS, LONGEST_TRANSFER),
};

/** @throws NodeOperationError if the credential's URLs must not be used, or its limit is not a valid number */
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
	// A hash, because the key itself must not stay in a map that lives as long as the process.
	const id = bodyHash({ key: credential.apiKey, baseUrl: urls.baseUrl });
	return { urls, id, limit };
}

/** Logged once in a run. */
const HELD_BACK =
	'The other videos are submitted later: at this rate limit no more can be fetched within the hour in which Segmind keeps them';

/** A log line with its values in the text. */
function withValues(message: string, meta: Record<string, unknown> = {}): string {
	const values = Object.entries(meta).filter(([, value]) => value !== undefined);
	if (values.length === 0) return message;
	return `${message} (${values.map(([name, value]) => `${name} ${String(value)}`).join(', ')})`;
}

/** When the execution's time is over, ms since 1970. n8n tells its own nodes only, so without it the run goes on. */
function endOf(context: IExecuteFunctions): number | undefined {
	const { additionalData } = context as { additionalData?: { executionTimeoutTimestamp?: number } };
	return additionalData?.executionTimeoutTimestamp;
}

/** The run's memory, in its execution and in n8n's database. */
function openBooks(context: IExecuteFunctions, stop: Stop): Pick<Session, 'ledger' | 'notes'> {
	// An execution without an ID has no retries, and must not look like another one.
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
	const books = openBooks(context, stop);
	const { urls, id, limit } = await readAccount(context).catch((error: Error) => {
		books.ledger.notBegun();
		throw error;
	});
	// As text, because the console folds objects. Only manual runs have a console.
	const tell: Session['tell'] = (message, meta) =>
		context.sendMessageToUI?.(withValues(message, meta));
	const log: Session['log'] = (message, meta) => {
		// n8n's log prints only the text, and after a crash the request ID in it may be all that is left of a job.
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
		...books,
		uploads: new Map(),
		limiters: LIMITERS,
		halted: false,
		warn: (message) => {
			context.logger.warn(message, { node: context.getNode().name });
			context.addExecutionHints?.({ message, type: 'warning', location: 'outputPane' });
		},
		log,
		tell,
	};
	// The videos that an earlier attempt of this execution paid for must be fetched before the node submits many more.
	for (const { requestId, state, submittedAt } of session.ledger.undelivered()) {
		if (requestId && state === 'submitted') account.submitted(requestId, submittedAt);
	}
	return session;
}

/**
 * Does the work of one run in its session.
 *
 * @throws NodeOperationError or NodeApiError if the user has stopped the execution (n8n's Retry On Fail ignores that)
 * or the credential cannot be used; and what `work` throws
 */
export async function withSession<T>(
	context: IExecuteFunctions,
	work: (session: Session) => Promise<T>,
): Promise<T> {
	const stop = new Stop(context.getExecutionCancelSignal(), endOf(context));
	if (stop.pressed) throw nodeError(context.getNode(), stoppedProblem());
	let session: Session | undefined;
	try {
		session = await openSession(context, stop);
		return await work(session);
	} finally {
		const isDelivered = await session?.notes.flush();
		session?.ledger.release(isDelivered);
		session?.account.close();
		session?.notes.release();
		stop.release();
	}
}

/**
 * The same for a list in the panel. It belongs to no execution, so it has no Stop, and it only reads.
 *
 * @throws NodeOperationError if the credential cannot be used; and what `work` throws
 */
export async function withListSession<T>(
	context: ILoadOptionsFunctions,
	work: (session: Session) => Promise<T>,
): Promise<T> {
	const { urls, id, limit } = await readAccount(context);
	const silent = () => {};
	const account = ACCOUNTS.open(id, limit, { isOver: () => false, onHold: silent });
	const session: Session = {
		// Reading only needs the helper for requests, which both contexts have.
		context: context as unknown as IExecuteFunctions,
		urls,
		account,
		stop: new Stop(undefined),
		// It submits nothing, so it remembers nothing.
		ledger: new Ledger({}, { executionId: '', root: '', runIndex: 0, isTool: false }),
		notes: new Notes(context.helpers as never, '', silent),
		uploads: new Map(),
		limiters: LIMITERS,
		halted: false,
		warn: silent,
		log: silent,
		tell: silent,
	};
	return await work(session).finally(() => account.close());
}
