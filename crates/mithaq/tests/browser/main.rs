//! The console in a real browser: journeys of officers of two made-up agencies, whose nodes are processes of the program.
//!
//! Chromium is driven by chromedriver. Where they are not installed, each test says so and is counted as skipped.

mod administrators;
mod agreements;
mod answer;
mod browser;
mod daily;
mod demo;
mod driver;
mod hostile;
mod hotline;
mod keyboard;
mod pages;
mod pairing;
mod paper;
mod passkeys;
mod pictures;
mod protected;
mod strangers;
mod two_officers;
