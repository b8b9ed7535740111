/**
 * Uploads input images and videos to Segmind's storage. An upload is free, so it may be retried. A run uploads the
 * same file once, and a retry of the execution does not upload it again.
 */
import { API } from '../api';
import { failure, parameterProblem, success, type Outcome } from '../outcome';
import { LONGEST_TRANSFER, TIMEOUTS } from '../policy/limits';
import { backoffAfter } from '../policy/backoff';
import { judgeRead, ATTEMPTS } from '../policy/retries';
import { notUploaded, skippedProblem, stoppedProblem } from '../problems';
import { Limiter } from '../schedule/limiter';
import { readNow } from '../schedule/send';
import { isRateLimited, type Reply } from '../transport/reply';
import type { Transfers } from './transfers';

/** A file that must be uploaded before the submit. */
export interface LocalFile {
	noun: 'image' | 'video';
	/** MIME type */
	type: string;
	/** {@link contentHash} of the file */
	hash: string;
	/** Reads the file when its turn comes. */
	read: () => Promise<Buffer>;
}

/**
 * One video at a time in this process. Its file (up to 200 MB) and the body with the file as base64 (a third more)
 * are both in memory, up to 470 MB together.
 */
const videos = new Limiter(1, LONGEST_TRANSFER);

/** The slowest line (bytes per second) on which a large body can still be sent before its time-out. */
const SLOWEST_LINE = 500_000;

/** Bytes of a file that are encoded at once. Divisible by 3, so that base64 has no padding in the middle. */
const PART = 3 * 1024 * 1024;

/**
 * The request's JSON with the file, written as bytes. An object would first become a text and then bytes, so a video
 * would be in memory four times.
 */
function bodyWith(type: string, file: Buffer): Buffer {
	const [before, after] = [`{"data_urls":["data:${type};base64,`, '"]}'];
	const body = Buffer.alloc(before.length + Math.ceil(file.length / 3) * 4 + after.length);
	let at = body.write(before, 'latin1');
	for (let from = 0; from < file.length; from += PART) {
		at += body.write(file.subarray(from, from + PART).toString('base64'), at, 'latin1');
	}
	body.write(after, at, 'latin1');
	return body;
}

/** `{"urls": […]}` in Segmind's documentation, `{"file_urls": […]}` in its SDK. */
function uploadedUrl(body: unknown): string | undefined {
	const { urls, file_urls: fileUrls } = (body ?? {}) as { urls?: unknown; file_urls?: unknown };
	const list = Array.isArray(urls) ? urls : fileUrls;
	const url: unknown = Array.isArray(list) ? list[0] : undefined;
	return typeof url === 'string' && /^https?:\/\//.test(url) ? url : undefined;
}

/** Reads the file from n8n's binary store into a body. The file may be gone since it was checked. */
async function readBody({ noun, type, read }: LocalFile): Promise<Outcome<Buffer>> {
	try {
		return success(bodyWith(type, await read()));
	} catch {
		return failure(
			parameterProblem(
				`The ${noun} could not be read from n8n's binary store`,
				`Run the node that delivers the ${noun} again. Nothing was submitted and nothing is billed for this item.`,
			),
		);
	}
}

/** Sends one request with the file. The file is in memory only during this time. */
async function attempt(transfers: Transfers, file: LocalFile): Promise<Outcome<Reply>> {
	const { account, limiters, stop } = transfers;
	const sendFile = async (): Promise<Outcome<Reply>> => {
		if (stop.pressed) return failure(stoppedProblem());
		// Another item may have failed while this one waited.
		if (transfers.halted) return failure(skippedProblem());
		const body = await readBody(file);
		if (!body.ok) return body;
		const reply = await readNow(transfers, {
			...API.upload,
			body: body.value,
			timeout: Math.max(TIMEOUTS.upload, Math.ceil(body.value.length / SLOWEST_LINE) * 1000),
		});
		return success(reply);
	};
	const inTurn = async () => await limiters.upload.run(sendFile, stop);
	// The account's rate limit comes before the process's limiter, so an upload that waits for one account does not
	// block the other accounts.
	return await account.uploads.run(async () => {
		await account.admit('upload', stop);
		return file.noun === 'video' ? await videos.run(inTurn, stop) : await inTurn();
	}, stop);
}

async function send(transfers: Transfers, file: LocalFile): Promise<Outcome<string>> {
	const { stop } = transfers;
	let attempts = 0;
	let refusals = 0;
	for (;;) {
		if (stop.pressed) return failure(stoppedProblem());
		if (transfers.halted) return failure(skippedProblem());
		const sent = await attempt(transfers, file);
		if (!sent.ok) return sent;
		const reply = sent.value;
		if (stop.pressed) return failure(stoppedProblem());
		const isRefused = reply.kind === 'answer' && reply.status === 422;
		const verdict = isRefused ? 'final' : judgeRead(reply);
		if (verdict === 'answer' && reply.kind === 'answer') {
			const url = uploadedUrl(reply.body);
			if (url) return success(url);
		}
		// A 429 has its own, larger number of attempts: other workers may use the account too.
		if (isRateLimited(reply)) refusals++;
		else attempts++;
		if (verdict === 'final' || attempts >= ATTEMPTS.upload || refusals >= ATTEMPTS.rateLimited) {
			return failure(notUploaded(file.noun, reply));
		}
		await stop.pause(backoffAfter(reply, attempts));
	}
}

/**
 * Uploads a file to a URL that Segmind can fetch.
 *
 * @returns the URL. It may be remembered from an earlier attempt, or shared with another item
 */
export async function upload(transfers: Transfers, file: LocalFile): Promise<Outcome<string>> {
	const remembered = transfers.ledger.uploadedUrl(file.hash, Date.now());
	if (remembered) return success(remembered);
	const underWay = transfers.uploads.get(file.hash);
	if (underWay) return await underWay;
	const started = send(transfers, file);
	transfers.uploads.set(file.hash, started);
	const outcome = await started;
	if (outcome.ok) transfers.ledger.rememberUpload(file.hash, outcome.value, Date.now());
	return outcome;
}
