/** What the service says, before anything decides how it is sent. */
export interface Answer {
	status: number;
	headers?: Record<string, string>;
	/** An object is sent as JSON. */
	body?: string | object;
	/** Sent from disk instead of `body`. */
	file?: { path: string; bytes: number };
	/** Default: JSON for an object, plain text for a string. */
	contentType?: string;
}

/** Thrown by a handler to stop with an error answer. */
export class Refusal extends Error {
	constructor(readonly answer: Answer) {
		super(`refused with ${answer.status}`);
	}
}

/** The usual envelope, `{"error": text}`. */
export function refuse(status: number, error: string, headers?: Record<string, string>): Refusal {
	return new Refusal({ status, body: { error }, headers });
}

/** The authentication layer's own envelope. */
export function refuseKey(error: string, description: string): Refusal {
	return new Refusal({
		status: 401,
		body: { error, error_description: description, status_code: 401 },
	});
}

/** The HTML that the web framework in front of the real service answers to a wrong method. */
export const METHOD_NOT_ALLOWED: Answer = {
	status: 405,
	contentType: 'text/html; charset=utf-8',
	body: '<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n<p>The method is not allowed for the requested URL.</p>\n',
};
