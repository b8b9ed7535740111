/** Runs tasks with the same name one after the other in this process. */

/** The latest task of each name. */
const lines = new Map<string, Promise<unknown>>();

/** Runs a task when all earlier ones with the same name have ended, with or without an error. */
export async function inTurn<T>(name: string, task: () => Promise<T>): Promise<T> {
	const before = lines.get(name);
	const turn = (async () => {
		await before?.catch(() => undefined);
		return await task();
	})();
	lines.set(name, turn);
	try {
		return await turn;
	} finally {
		if (lines.get(name) === turn) lines.delete(name);
	}
}
