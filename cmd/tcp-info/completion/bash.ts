import { type Description, type OptionDescription, type Values, wantsValue } from '../../describe/description.js';
import type { Programs } from '../../describe/programs.js';

/** Returns the completion script for bash 4.3 or later. It does not need the package bash-completion. */
export function bashScript({ daemon, subcommands, csvtool, client }: Programs): string {
  const scopes = [daemon, ...subcommands, csvtool, client];
  const programs = [daemon, csvtool, client].map(({ name }) => name);
  return `# Completion of ${programs.join(', ')} for bash. Made by \`tcp-info completion bash\`.

${optionsFunction(scopes)}
${valuesFunction(scopes)}
${operandsFunction(scopes)}
${MACHINERY.replaceAll('@COMMANDS@', subcommands.map(({ word }) => word).join(' '))}
complete -F _tcp_info ${programs.join(' ')}
`;
}

/** Builds \`__tcp_info_options SCOPE DASHES\`: every option as typed, with = if a value follows. */
function optionsFunction(scopes: readonly Description[]): string {
  const cases = scopes.map(({ name, anyDashes, options }) => {
    const words = anyDashes
      ? options.map((option) => `$2${bare(option)}${wantsValue(option) ? '=' : ''}`)
      : options.flatMap((option) => option.names.map((each) => `${each}${wantsValue(option) ? '=' : ''}`));
    return `    ${quote(name)}) REPLY="${words.join(' ')}" ;;`;
  });
  return `__tcp_info_options() { # SCOPE DASHES: all options, with = if a value follows\n  case $1 in\n${cases.join('\n')}\n  esac\n}`;
}

/** Builds a function that finds the values of an option by scope and name without dashes; it fails for other names. */
function valuesFunction(scopes: readonly Description[]): string {
  const cases = scopes.flatMap(({ name, options }) =>
    options
      .filter((option) => option.placeholder !== undefined || option.boolean)
      .map((option) => {
        const flags = [option.boolean ? 'boolean=1' : '', option.list ? 'list=1' : ''].filter(Boolean);
        return `    ${quote(`${name} ${bare(option)}`)}) ${[...flags, assign(option.values)].join('; ')} ;;`;
      }),
  );
  return `__tcp_info_values() { # SCOPE NAME: possible values\n  case "$1 $2" in\n${cases.join('\n')}\n    *) return 1 ;;\n  esac\n}`;
}

function operandsFunction(scopes: readonly Description[]): string {
  const cases = scopes.map(({ name, operands }) => `    ${quote(name)}) ${assign(operands)} ;;`);
  return `__tcp_info_operands() { # SCOPE: possible operands\n  case $1 in\n${cases.join('\n')}\n  esac\n}`;
}

function assign({ words, files, folders }: Values): string {
  const paths = files ? '-f' : folders ? '-d' : '';
  return `words=${quote(words.join(' '))} paths=${quote(paths)}`;
}

/** Returns the longest name, without dashes. */
function bare({ names }: OptionDescription): string {
  return (names.at(-1) ?? '').replace(/^-+/, '');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const MACHINERY = `# The line up to the cursor as its program will see it, in the array line: bash cuts words at = and :, too.
__tcp_info_line() {
  local rest=\${COMP_LINE:0:COMP_POINT} i word
  line=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      rest=\${rest#"\${rest%%[![:space:]]*}"}
      line+=('')
    fi
    # The cursor may stand within the last word.
    [[ $rest == "$word"* ]] || word=$rest
    line[\${#line[@]}-1]+=$word
    rest=\${rest#"$word"}
  done
}

# PREFIX VALUE: completes a value by what words and paths say.
__tcp_info_complete() {
  local prefix=$1 value=$2 candidate
  [[ -z $words ]] || while IFS= read -r candidate; do
    COMPREPLY+=("$prefix$candidate")
  done < <(compgen -W "$words" -- "$value")
  [[ -z $paths ]] || {
    compopt -o filenames 2>/dev/null
    # What is typed is quoted, and names are not.
    value=\${value//\\\\/}
    value=\${value#[\\"\\']}
    while IFS= read -r candidate; do
      COMPREPLY+=("$prefix$candidate")
    done < <(compgen "$paths" -- "$value")
  }
}

_tcp_info() {
  local IFS=$' \\t\\n' line scope program=\${1##*/} current before words='' paths='' boolean='' list='' REPLY=''
  COMPREPLY=()
  __tcp_info_line
  scope=$program
  local count=\${#line[@]} commands='' ended='' i
  if [[ $program == tcp-info ]]; then
    commands='@COMMANDS@'
    if ((count > 2)) && [[ " $commands " == *" \${line[1]} "* ]]; then scope="tcp-info \${line[1]}"; fi
  fi
  current=\${line[count-1]} before=\${line[count-2]}
  local flag=\${before#-}
  flag=\${flag#-}
  for ((i = 1; i < count - 1; i++)); do [[ \${line[i]} != -- ]] || ended=1; done

  if [[ -n $ended ]]; then
    __tcp_info_operands "$scope"
    __tcp_info_complete '' "$current"
  elif [[ $current =~ ^(--?)([^=]+)=(.*)$ ]]; then
    local prefix="\${BASH_REMATCH[1]}\${BASH_REMATCH[2]}=" value=\${BASH_REMATCH[3]}
    __tcp_info_values "$scope" "\${BASH_REMATCH[2]}" || return 0
    if [[ -n $list && $value == *,* ]]; then
      prefix+=\${value%,*},
      value=\${value##*,}
    fi
    __tcp_info_complete "$prefix" "$value"
  elif [[ $before == -* && $before != *=* ]] && __tcp_info_values "$scope" "$flag" && [[ -z $boolean ]]; then
    __tcp_info_complete '' "$current"
  elif [[ $current == -* ]]; then
    [[ $current == --* ]] && REPLY=-- || REPLY=-
    __tcp_info_options "$scope" "$REPLY"
    words=$REPLY paths=''
    __tcp_info_complete '' "$current"
  else
    words='' paths=''
    __tcp_info_operands "$scope"
    if ((count == 2)) || [[ $count == 3 && $before == help ]]; then words="$words $commands"; fi
    __tcp_info_complete '' "$current"
  fi

  # Of a flag that wants a value the value is typed next.
  if ((\${#COMPREPLY[@]} == 1)) && [[ \${COMPREPLY[0]} == -*= ]]; then compopt -o nospace 2>/dev/null; fi
  # Bash replaces only what stands behind the last character that it cuts at.
  local cut=''
  [[ $COMP_WORDBREAKS != *=* ]] || cut+='='
  [[ $COMP_WORDBREAKS != *:* ]] || cut+=':'
  if [[ -n $cut && $current == *[$cut]* ]]; then
    local kept=\${current%"\${current##*[$cut]}"}
    COMPREPLY=("\${COMPREPLY[@]#"$kept"}")
  fi
}
`;
