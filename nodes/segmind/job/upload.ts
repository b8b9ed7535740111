/**
 * Uploads input images to Segmind's storage. An upload costs nothing and may be repeated; the same
 * image is uploaded once in a run, and not again on a re-run.
 */
import { TIMEOUTS } from '../policy/limits';
import { pauseAfter } from '../policy/pauses';
import { judgeRead, TRIES } from '../policy/repeats';
import { isRateLimited, type Reply } from '../wire/reply';
import {
	failure,
	parameterProblem,
	refused,
	skippedProblem,
	stoppedProblem,
	success,
	type Outcome,
} from './problem';
import { readNow, type Session } from './session';

/** An image that has to be uploaded first. */
export interface LocalImage {
	/** {@link contentHash} of the file */
	hash: string;
	/** Reads the file when its turn has come, as a `data:` URL. */
	dataUrl: () => Promise<string>;
}

/** `{"urls": […]}` in the documentation, `{"file_urls": […]}` in Segmind's SDK. */
function uploadedUrl(body: unknown): string | undefined {
	const { urls, file_urls: fileUrls } = (body ?? {}) as { urls?: unknown; file_urls?: unknown };
	const list = Array.isArray(urls) ? urls : fileUrls;
	const url: unknown = Array.isArray(list) ? list[0] : undefined;
	return typeof url === 'string' && /^https?:\/\//.test(url) ? url : undefined;
}

/** The file as n8n's binary store has it now; it may be gone since it was checked. */
async function readFile(image: LocalImage): Promise<Outcome<string>> {
	try {
		return success(await image.dataUrl());
	} catch {
		return failure(
			parameterProblem(
				"The image could not be read from n8n's binary store",
				'Run the node that delivers the image again. Nothing was submitted and nothing is billed for this item.',
			),
		);
	}
}

/** One request with the file in it; the file is in memory only as long as that takes. */
async function attempt(session: Session, image: LocalImage): Promise<Outcome<Reply>> {
	const { account, gates, stop } = session;
	const sendFile = async (): Promise<Outcome<Reply>> => {
		if (stop.pressed) return failure(stoppedProblem());
		// Another item may have failed while this one waited for its turn.
		if (session.halted) return failure(skippedProblem());
		const file = await readFile(image);
		if (!file.ok) return file;
		const reply = await readNow(session, {
			method: 'POST',
			service: 'storage',
			path: '/upload-asset',
			body: { data_urls: [file.value] },
			timeout: TIMEOUTS.upload,
		});
		return success(reply);
	};
	// The account's turn comes before the process's gate: who waits for the rate limit of one account must not keep
	// the others out.
	return await account.uploads.run(async () => {
		await account.admit('upload', stop);
		return await gates.upload.run(sendFile, stop);
	}, stop);
}

async function send(session: Session, image: LocalImage): Promise<Outcome<string>> {
	const { stop } = session;
	let tries = 0;
	let refusals = 0;
	for (;;) {
		if (stop.pressed) return failure(stoppedProblem());
		if (session.halted) return failure(skippedProblem());
		const sent = await attempt(session, image);
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
			const problem = refused(reply, 'upload');
			return failure({
				...problem,
				message: `The image could not be uploaded: ${problem.message}`,
			});
		}
		await stop.pause(pauseAfter(reply, tries));
	}
}

/**
 * Brings an image to a URL that Segmind can fetch.
 *
 * @returns the URL: remembered from an earlier try, shared with another item, or new
 */
export async function upload(session: Session, image: LocalImage): Promise<Outcome<string>> {
	const remembered = session.ledger.uploadedUrl(image.hash, Date.now());
	if (remembered) return success(remembered);
	const underWay = session.uploads.get(image.hash);
	if (underWay) return await underWay;
	const started = send(session, image);
	session.uploads.set(image.hash, started);
	const outcome = await started;
	if (outcome.ok) session.ledger.rememberUpload(image.hash, outcome.value, Date.now());
	return outcome;
}
