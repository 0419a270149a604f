//! Stories of the command line, told by the real program: exit codes and JSON.

mod auditor;
mod canary;
mod demo;
mod folder;
mod kill;
mod life;
mod program;
mod restart;
mod send;
mod two;
mod uses;
mod verify;
