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

/** What was copied in part, or on a disk that was full, is no program: that is said, and nothing is done. */
function refuse(program, fault) {
  console.error(program + ': the installation is damaged (' + fault + '); install salvor again');
  process.exit(program === 'salvor' ? 1 : 255);
}

function firstLine(error) {
  return String(error.message).split('\n')[0];
}

/** A piece that is not as long as it was made, which would be missed in the middle of the work; undefined where all are. */
function tornPiece() {
  var statSync = require('node:fs').statSync;
  var join = require('node:path').join;
  var lengths = require('../dist/bin/pieces.json');
  return Object.keys(lengths).find(function (name) {
    return statSync(join(__dirname, '../dist/bin', name)).size !== lengths[name];
  });
}

/** Loads the program itself and runs it. */
function run(program, words) {
  var programs;
  try {
    var torn = tornPiece();
    if (torn !== undefined) return refuse(program, torn + ' is not whole');
    programs = require('../dist/bin/programs.cjs');
  } catch (error) {
    return refuse(program, firstLine(error));
  }
  programs.load(program, words).then(
    function (started) {
      return started();
    },
    function (error) {
      refuse(program, firstLine(error));
    },
  );
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
  run(program, words);
};
