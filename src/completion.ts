/**
 * Scripts that have a shell complete command lines of `salvor`. Each asks the program itself for verbs and options, and the
 * shell for files; behind `--` there are only files. The scripts know neither verbs nor options.
 */

/** What a script asks the program: the words of the line to be completed follow. */
export const completionRequest = '--get-yargs-completions';

/** The shells that `salvor completion` writes a script for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const bash = `# salvor completion bash >> ~/.bashrc
_salvor_completions() {
  local current=\${COMP_WORDS[COMP_CWORD]} word line
  COMPREPLY=()
  local only_files=
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD}"; do [ "$word" = -- ] && only_files=1; done
  if [ -z "$only_files" ]; then
    while IFS= read -r line; do
      [[ $line == "$current"* ]] && COMPREPLY+=("$line")
    done < <(SHELL=bash ZSH_NAME= salvor ${completionRequest} "\${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
  fi
  if [ "$COMP_CWORD" -gt 1 ]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
  fi
}
complete -F _salvor_completions salvor
`;

const zsh = `#compdef salvor
# salvor completion zsh > "\${fpath[1]}/_salvor", or salvor completion zsh >> ~/.zshrc behind compinit
_salvor() {
  local -a found
  if (( ! \${words[(I)--]} || \${words[(I)--]} >= CURRENT )); then
    found=("\${(@f)$(SHELL=zsh salvor ${completionRequest} "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
    [[ -n $found ]] && _describe 'salvor' found
  fi
  (( CURRENT > 2 )) && _files
  return 0
}
if [ "\${funcstack[1]}" = _salvor ]; then _salvor "$@"; else compdef _salvor salvor; fi
`;

const fish = `# salvor completion fish > ~/.config/fish/completions/salvor.fish
function __salvor_completions
    set -l before (commandline -opc)
    contains -- -- $before; and return
    SHELL=fish ZSH_NAME= salvor ${completionRequest} $before (commandline -ct) 2>/dev/null
end
function __salvor_takes_files
    test (count (commandline -opc)) -gt 1
end
complete -c salvor -f -a '(__salvor_completions)'
complete -c salvor -n __salvor_takes_files -F
`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };

/** The script of a shell; where none is named, that of the shell at a path, or of bash. */
export function completionScript(shell: Shell | undefined, path: string | undefined): string {
  return scripts[shell ?? shells.find((name) => path?.split('/').at(-1) === name) ?? 'bash'];
}
