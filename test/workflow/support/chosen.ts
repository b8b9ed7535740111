/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** What `-t` was given, from `environment.ts`. */
const { chosenTests } = globalThis as { chosenTests?: RegExp };

export const allAreChosen = chosenTests === undefined;

/** Whether a test runs, by its name with those of the blocks around it. */
export const isChosen = (name: string): boolean => allAreChosen || chosenTests!.test(name);
