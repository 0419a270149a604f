//! demo
#[derive(clap::Args)]
pub struct Args {}
pub async fn run(_: Args) -> Result<(), crate::failure::Failure> { Ok(()) }
