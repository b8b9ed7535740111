/* eslint-disable @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */

/** Where a run tells what it does: `step` for what stays, `progress` for a state that the next one replaces. */
export interface Reporter {
	step(text: string): void;
	progress(text: string): void;
}

export const silent: Reporter = { step: () => {}, progress: () => {} };

/** Without a terminal (CI) a state cannot be replaced, so a line comes only this often. */
const LINE_EVERY_MS = 5000;

/** Reports to the terminal, or as plain lines where standard output is none. */
export function terminalReporter(): Reporter {
	const isTerminal = Boolean(process.stdout.isTTY);
	let open = false;
	let lastLine = 0;
	return {
		step(text) {
			if (open) process.stdout.write('\n');
			open = false;
			console.log(text);
		},
		progress(text) {
			if (isTerminal) {
				process.stdout.write(`\r\u001b[K    ${text}`);
				open = true;
			} else if (Date.now() - lastLine > LINE_EVERY_MS) {
				lastLine = Date.now();
				console.log(`    ${text}`);
			}
		},
	};
}
