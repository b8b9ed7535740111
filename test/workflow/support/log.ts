/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
import type { Logger } from 'n8n-workflow';

/** n8n-core's own logger; what a node logs comes here. */
export function n8nLogger(): Logger {
	const from = { paths: [require.resolve('n8n-core')] };
	const { Container } = jest.requireActual(require.resolve('@n8n/di', from));
	const { Logger: LoggerClass } = jest.requireActual(require.resolve('@n8n/backend-common', from));
	return Container.get(LoggerClass) as Logger;
}

/** Lines that a node logs while `run` runs, as text. */
export async function logLines(run: () => Promise<void>): Promise<string[]> {
	const lines: string[] = [];
	const logger = n8nLogger();
	const spies = (['info', 'warn', 'error', 'debug'] as const).map((level) =>
		jest.spyOn(logger, level).mockImplementation((message: string, meta?: object) => {
			lines.push(`${level} ${message} ${JSON.stringify(meta ?? {})}`);
		}),
	);
	await run();
	for (const spy of spies) spy.mockRestore();
	return lines;
}
