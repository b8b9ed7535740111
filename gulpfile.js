const { src, dest, parallel } = require('gulp');

/** What tsc does not copy: icons and codex files, to the places where the compiled classes look for them. */
const copyIcons = () =>
	src(['nodes/**/*.{svg,png}', 'credentials/**/*.{svg,png}'], { base: '.', encoding: false }).pipe(
		dest('dist'),
	);
const copyCodex = () => src('nodes/**/*.node.json', { base: '.' }).pipe(dest('dist'));

exports.build = parallel(copyIcons, copyCodex);
