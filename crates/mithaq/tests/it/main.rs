//! Stories of the command line, told by the real program: exit codes and JSON.

mod demo;
mod folder;
mod program;
mod send;
mod verify;
