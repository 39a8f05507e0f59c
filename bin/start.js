// Starts a program: refuses a Node.js that is too old, answers `--version`, and loads the rest. It is written in the
// JavaScript of 2009, which the oldest Node.js can read and explain its refusal in.
'use strict';

var manifest = require('../package.json');

/** Whether this Node.js is older than what package.json asks for. */
function isTooOld(wanted) {
  var least = wanted.split('.');
  var own = process.versions.node.split('.');
  return +own[0] < +least[0] || (+own[0] === +least[0] && +own[1] < +least[1]);
}

/** Scripts ask for the version often: nothing is loaded for it. */
function isVersionAsked(program, words) {
  return words.length === 1 && (words[0] === '--version' || (program === 'salvor' && words[0] === '-V'));
}

/** The program itself. What was copied in part, or on a disk that was full, is no program: that is said, and nothing is done. */
function load(program) {
  var fault = 'it holds no program';
  try {
    var loaded = require('../dist/bin/programs.cjs');
    if (typeof loaded.main === 'function') return loaded;
  } catch (error) {
    fault = String(error.message).split('\n')[0];
  }
  console.error(program + ': the installation is damaged (' + fault + '); install salvor again');
  return process.exit(program === 'salvor' ? 1 : 255);
}

module.exports = function start(program) {
  var wanted = /[\d.]+/.exec(manifest.engines.node)[0];
  var words = process.argv.slice(2);
  if (isTooOld(wanted)) {
    console.error(program + ': needs Node.js ' + wanted + ' or newer, and this is ' + process.version);
    process.exit(1);
  }
  if (isVersionAsked(program, words)) {
    process.stdout.on('error', function (error) {
      // The reader of a pipe has gone: there is nobody left to tell.
      if (error.code === 'EPIPE') return;
      console.error(program + ': standard output cannot be written to: ' + error.message);
      process.exitCode = program === 'salvor' ? 1 : 255;
    });
    process.stdout.write((program === 'salvor' ? '' : program + ' (salvor) ') + manifest.version + '\n');
    return;
  }
  // Only what is loaded from now on is shown by its source.
  if (words.indexOf('--debug') >= 0) process.setSourceMapsEnabled(true);
  load(program).main(program, words);
};
