/** Scripts that run in the page, as text: this project has no types of a browser, and tsx would change functions. */

/** Waits until fonts are loaded and nothing moves any more; a spinner may turn for ever. */
export const STILL = `(async () => {
	await document.fonts.ready;
	const moving = document
		.getAnimations()
		.filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity);
	await Promise.allSettled(moving.map(({ finished }) => finished));
})()`;

/** Plays the video that is shown until a moment; not sought, for n8n serves the file in one piece. */
export const playTo = (second: number) => `(async () => {
	const player = document.querySelector('video');
	player.muted = true;
	await player.play();
	while (player.currentTime < ${second} && !player.ended) {
		await new Promise((resolve) => player.addEventListener('timeupdate', resolve, { once: true }));
	}
	player.pause();
	return { at: player.currentTime, duration: player.duration };
})()`;

/** Scrolls the panel so that a parameter is the first to be seen. */
export const scrollTo = (parameter: string) => `(() => {
	const input = document.querySelector('[data-test-id="parameter-input-${parameter}"]');
	(input.closest('[data-test-id="parameter-item"]') ?? input).scrollIntoView({ block: 'start' });
	// The panel leaves a margin, in which the end of the field above would show.
	let panel = input;
	while (!(panel.scrollTop > 0)) panel = panel.parentElement;
	panel.scrollTop += 28;
})()`;
