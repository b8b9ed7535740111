/**
 * Uploads input images and videos to Segmind's storage. An upload costs nothing and may be repeated; the same
 * file is uploaded once in a run, and not again on a re-run.
 */
import { API } from '../api';
import { failure, parameterProblem, success, type Outcome } from '../outcome';
import { LONGEST_TRANSFER, TIMEOUTS } from '../policy/limits';
import { pauseAfter } from '../policy/pauses';
import { judgeRead, TRIES } from '../policy/repeats';
import { notUploaded, skippedProblem, stoppedProblem } from '../problems';
import { Gate } from '../schedule/gate';
import { readNow } from '../schedule/send';
import { isRateLimited, type Reply } from '../wire/reply';
import type { Transfers } from './transfers';

/** A file that has to be uploaded first. */
export interface LocalFile {
	noun: 'image' | 'video';
	/** MIME type */
	type: string;
	/** {@link contentHash} of the file */
	hash: string;
	/** Reads the file when its turn has come. */
	read: () => Promise<Buffer>;
}

/**
 * One video at a time in this process: its file (up to 200 MB) and the body with the file as base64 (a third more) are
 * both in memory, together up to 470 MB.
 */
const videos = new Gate(1, LONGEST_TRANSFER);

/** Bytes per second that a line must carry at least, so that a large body is not given up while it is being sent. */
const SLOWEST_LINE = 500_000;

/** A part of a file that is encoded at once (bytes), divisible by 3, so that base64 has no padding in its middle. */
const PART = 3 * 1024 * 1024;

/**
 * The request's JSON with the file in it, made in its final form: as an object it would become a text and then bytes,
 * and a video would be in memory four times.
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

/** `{"urls": […]}` in the documentation, `{"file_urls": […]}` in Segmind's SDK. */
function uploadedUrl(body: unknown): string | undefined {
	const { urls, file_urls: fileUrls } = (body ?? {}) as { urls?: unknown; file_urls?: unknown };
	const list = Array.isArray(urls) ? urls : fileUrls;
	const url: unknown = Array.isArray(list) ? list[0] : undefined;
	return typeof url === 'string' && /^https?:\/\//.test(url) ? url : undefined;
}

/** The file as n8n's binary store has it now, in a body; it may be gone since it was checked. */
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

/** One request with the file in it; the file is in memory only as long as that takes. */
async function attempt(transfers: Transfers, file: LocalFile): Promise<Outcome<Reply>> {
	const { account, gates, stop } = transfers;
	const sendFile = async (): Promise<Outcome<Reply>> => {
		if (stop.pressed) return failure(stoppedProblem());
		// Another item may have failed while this one waited for its turn.
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
	const inTurn = async () => await gates.upload.run(sendFile, stop);
	// The account's turn comes before the process's gate: who waits for the rate limit of one account must not keep
	// the others out.
	return await account.uploads.run(async () => {
		await account.admit('upload', stop);
		return file.noun === 'video' ? await videos.run(inTurn, stop) : await inTurn();
	}, stop);
}

async function send(transfers: Transfers, file: LocalFile): Promise<Outcome<string>> {
	const { stop } = transfers;
	let tries = 0;
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
		// A rate limit is ridden out: other workers may use the account as well.
		if (isRateLimited(reply)) refusals++;
		else tries++;
		if (verdict === 'final' || tries >= TRIES.upload || refusals >= TRIES.rateLimited) {
			return failure(notUploaded(file.noun, reply));
		}
		await stop.pause(pauseAfter(reply, tries));
	}
}

/**
 * Brings a file to a URL that Segmind can fetch.
 *
 * @returns the URL: remembered from an earlier try, shared with another item, or new
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
