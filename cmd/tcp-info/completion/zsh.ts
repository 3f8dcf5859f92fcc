import { type Description, type OptionDescription, type Values, wantsValue } from '../../describe/description.js';
import type { Programs } from '../../describe/programs.js';

/** Returns the completion script for zsh: to source, or to store as the file `_tcp-info` in a folder of `$fpath`. */
export function zshScript({ daemon, subcommands, csvtool, client }: Programs): string {
  const programs = [daemon, csvtool, client].map(({ name }) => name);
  const commands = subcommands.map(({ word, summary }) => `    ${quote(`${word}:${summary}`)}`);
  const branches = subcommands.map((each) => `    (${each.word})\n${specs(each, '      ')}\n      return\n      ;;`);
  return `#compdef ${programs.join(' ')}
# Completion of ${programs.join(', ')} for zsh. Made by \`tcp-info completion zsh\`.

_tcp-info_commands() {
  local -a commands=(
${commands.join('\n')}
  )
  _describe -t commands command commands
}

_tcp-info_words_or_paths() {
  local -a known=("$@")
  _alternative 'words:word:compadd -a known' 'files:file:_files'
}

_tcp-info_daemon() {
  if (( CURRENT == 2 )) || [[ $CURRENT == 3 && $words[2] == help ]]; then
    if [[ $PREFIX != -* ]]; then
      _tcp-info_commands
      return
    fi
  fi
  if (( CURRENT > 2 )); then
    local command=$words[2]
    case $command in
      (${subcommands.map(({ word }) => word).join('|')})
        shift words
        (( CURRENT-- ))
        _tcp-info_subcommand $command
        return
        ;;
    esac
  fi
${specs(daemon, '  ')}
}

_tcp-info_subcommand() {
  case $1 in
${branches.join('\n')}
  esac
}

_tcp-info_csvtool() {
${specs(csvtool, '  ')}
}

_tcp-info_client() {
${specs(client, '  ')}
}

_tcp-info() {
  case \${service:-$words[1]} in
    (*csvtool) _tcp-info_csvtool ;;
    (*example-eventsocket-client) _tcp-info_client ;;
    (*) _tcp-info_daemon ;;
  esac
}

# Called as the file of its name, or sourced.
if [[ $funcstack[1] == _tcp-info ]]; then
  _tcp-info "$@"
else
  compdef _tcp-info ${programs.join(' ')}
fi
`;
}

/** Returns the call of _arguments that describes a program or command. */
function specs({ options, operands }: Description, indent: string): string {
  const lines = options.map(optionSpec);
  if (operands.words.length > 0 || operands.files || operands.folders) {
    lines.push(quote(`*:${operands.words.length > 0 ? 'value' : 'path'}:${action(operands, false)}`));
  }
  return `${indent}_arguments -S \\\n${lines.map((line) => `${indent}  ${line}`).join(' \\\n')}`;
}

function optionSpec(option: OptionDescription): string {
  const { names, placeholder, help, list, values } = option;
  // The value may be a separate word, or must follow =, or does not exist.
  const ending = placeholder !== undefined ? '=' : wantsValue(option) ? '=-' : '';
  const value = wantsValue(option) ? `:${escapeSpec(placeholder ?? 'value')}:${action(values, list)}` : '';
  const spellings = names.length > 1 ? `{${names.map((name) => name + ending).join(',')}}` : `${names[0]}${ending}`;
  const before = list ? `'*'` : names.length > 1 ? quote(`(${names.join(' ')})`) : '';
  return `${before}${spellings}${quote(`[${escapeSpec(help)}]${value}`)}`;
}

function action({ words, files, folders }: Values, list: boolean): string {
  if (words.length > 0 && (files || folders)) return ` _tcp-info_words_or_paths ${words.join(' ')}`;
  if (words.length > 0) return list ? `_sequence compadd - ${words.join(' ')}` : `(${words.join(' ')})`;
  if (files) return '_files';
  return folders ? '_files -/' : ' ';
}

/** Escapes characters that _arguments would interpret. */
function escapeSpec(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, '\\$&');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
