//! Stories of the command line, told by the real program: exit codes and JSON.

mod answers;
mod auditor;
mod canary;
mod demo;
mod evidence;
mod fake;
mod folder;
mod kill;
mod learn;
mod life;
mod moved;
mod office;
mod pair;
mod program;
mod progress;
mod readme;
mod remains;
mod reply;
mod restart;
mod send;
mod spoken;
mod statement;
mod two;
mod uses;
mod verify;
mod wrong_inputs;
