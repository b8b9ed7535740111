/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
import type { Circus } from '@jest/types';
import NodeEnvironment from 'jest-environment-node';

/** Tells a test file which of its tests were asked for with `-t`: what a `beforeAll` prepares for others is time lost. */
export default class ChosenEnvironment extends NodeEnvironment {
	handleTestEvent = ({ name }: Circus.Event, { testNamePattern }: Circus.State) => {
		if (name === 'setup') this.global.chosenTests = testNamePattern ?? undefined;
	};
}
