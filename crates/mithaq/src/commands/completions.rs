//! `mithaq completions`: the shell completes commands, options, files, and the ids of what a running node lists.

use std::ffi::OsString;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{cli::Cli, failure::Failure, output};

mod ids;

/// Print the completion script of a shell. It is always text, also with --json: the shell reads it.
///
/// In bash, zsh and fish the ids of threads, drafts, channels, agreements, people and tokens are offered where one is asked for, as far as
/// the node runs and lists them for whoever asks: with the token of --token-file, if the line has it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mithaq completions bash > ~/.local/share/bash-completion/completions/mithaq
  mithaq completions zsh > ~/.zfunc/_mithaq
  mithaq completions fish > ~/.config/fish/completions/mithaq.fish")]
pub struct Args {
    /// The shell.
    #[arg(required_unless_present = "words")]
    shell: Option<Shell>,
    /// The words of a line up to the one that is being typed: print the ids that fit, one a line. The scripts ask so.
    #[arg(last = true)]
    words: Vec<OsString>,
}

pub async fn run(args: Args) -> Result<(), Failure> {
    let Some(shell) = args.shell else { return ids::print(&args.words).await };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mithaq", &mut script);
    let script = String::from_utf8(script).map_err(|error| Failure::internal(error.to_string()))?;
    output::lines_of(with_ids(shell, &script).trim_end())
}

/// The script, which asks this program for ids where it knows nothing itself.
fn with_ids(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => script.replace("complete -F _mithaq ", "complete -F _mithaq_and_ids ") + BASH,
        // What is typed so far must be kept before the script takes it apart.
        Shell::Zsh => script
            .replacen("_mithaq() {\n", "_mithaq() {\n    local -a typed=(\"${(@)words[1,CURRENT]}\")\n", 1)
            .replace(":_default'", ":_mithaq_ids'")
            .replacen("#compdef mithaq\n", &format!("#compdef mithaq\n{ZSH}"), 1),
        Shell::Fish => {
            let options = script.lines().map(|line| match line.strip_suffix(" -r") {
                Some(option) => format!("{option} -r -f -a \"(__mithaq_ids)\"\n"),
                None => format!("{line}\n"),
            });
            format!("{FISH}{}complete -c mithaq -a \"(__mithaq_ids)\"\n", options.collect::<String>())
        }
        _ => script.to_owned(),
    }
}

/// What partners wrote is never expanded: ids are compared, not given to `compgen -W`.
const BASH: &str = r#"
_mithaq_and_ids() {
    _mithaq "$@"
    local id typed=("${COMP_WORDS[@]:1:COMP_CWORD}")
    while IFS= read -r id; do
        COMPREPLY+=("$id")
        [[ $id == */ ]] && compopt -o nospace 2>/dev/null
    done < <("$1" completions -- "${typed[@]/#\~\//$HOME/}" 2>/dev/null)
}
"#;

const ZSH: &str = r#"
_mithaq_ids() {
    local -a ids=("${(@f)$("${typed[1]}" completions -- "${(@)${(@Q)typed[2,-1]}/#\~\//$HOME/}" 2>/dev/null)}")
    ids=("${(@)ids:#}")
    if (( $#ids )); then compadd -S '' -- ${(M)ids:#*/}; compadd -- ${ids:#*/}; else _default; fi
}
"#;

const FISH: &str = r"function __mithaq_ids
    set -l typed (commandline -opc) (commandline -ct)
    $typed[1] completions -- $typed[2..] 2>/dev/null
end
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_ask_for_ids_where_they_know_nothing() {
        for (shell, calls) in
            [(Shell::Bash, "_mithaq_and_ids -o"), (Shell::Zsh, ":_mithaq_ids'"), (Shell::Fish, "(__mithaq_ids)")]
        {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "mithaq", &mut script);
            let plain = String::from_utf8(script).unwrap();
            let script = with_ids(shell, &plain);
            assert!(!plain.contains(calls) && script.contains(calls), "{shell}");
            assert!(script.contains("completions -- "), "{shell}");
            let whole = script.lines().count();
            assert!(whole > plain.lines().count(), "{shell}: nothing is lost: {whole}");
        }
    }
}
