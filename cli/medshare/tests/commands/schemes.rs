//! The commands of the cryptographic schemes as their guides describe them: the stories, and what is refused with which words.

mod abe_challenge;
mod abe_dispute;
mod abe_issue;
mod abe_owner;
mod abe_policy;
mod abe_pool;
mod abe_pool_cut_off;
mod abe_pool_versions;
mod abe_share;
mod abe_version;
mod abe_with_nodes;
mod aggregate;
mod at_once;
mod bad_input;
mod domain;
mod exit_codes;
mod files;
mod interrupted;
mod look_alikes;
mod other_kinds;
mod parties;
mod passphrase;
mod roles;
mod several_files;
mod signature;
