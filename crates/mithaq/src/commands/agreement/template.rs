//! `mithaq agreement template`: a draft to begin with.

use node::agreements::template::filled;

use crate::{failure::Failure, output};

/// How the draft names the two parties.
#[derive(clap::Args)]
pub struct Args {
    /// The label of this agency in the agreement: 2 to 16 capital letters, digits and hyphens.
    #[arg(long, value_name = "LABEL", default_value = "XAA")]
    us: String,
    /// The other agency as its card names it: country, name, id or fingerprint.
    #[arg(long, value_name = "AGENCY", default_value = "XAB")]
    with: String,
    /// The other agency's label. Without it: what --with says.
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let label = args.label.as_deref().unwrap_or(&args.with);
    output::lines_of(&filled(&args.us, &args.with, label, node::clock::today())?)
}
