//! `elbow member ...`

use clap::{Args, Subcommand};

use super::Changing;
use crate::notation::MemberNotation;

const EXAMPLES: &str = "\
Examples:
  elbow member add web 10.0.0.7:8080 --weight 10
  elbow member add web 10.0.1.5:9000 10.0.1.6:9000 --pool api
  elbow member edit web 10.0.0.7:8080 --weight 0      drain it: it finishes what it has and gets nothing new
  elbow member delete web 10.0.0.7:8080
  elbow member list web

A member is named by its address and port, its name or its id.";

#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// Add members to a pool
    #[command(after_help = EXAMPLES)]
    Add {
        /// The load balancer, by name or id
        load_balancer: String,
        /// ADDRESS[:PORT] ([V6]:PORT), with options as in 10.0.0.6:8080,weight=10,name=six
        #[arg(required = true)]
        members: Vec<MemberNotation>,
        /// The pool, by name or id; the default pool if left out
        #[arg(long)]
        pool: Option<String>,
        #[command(flatten)]
        options: MemberOptions,
        #[command(flatten)]
        changing: Changing,
    },
    /// List the members of a load balancer with their health
    #[command(visible_alias = "ls")]
    List {
        /// The load balancer, by name or id
        load_balancer: String,
        /// Only those of this pool
        #[arg(long)]
        pool: Option<String>,
    },
    /// Edit a member; address and port are fixed
    #[command(after_help = EXAMPLES)]
    Edit(MemberEdit),
    /// Delete members: they finish what they have
    #[command(visible_alias = "rm")]
    Delete {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The members: address and port, name or id
        #[arg(required = true)]
        members: Vec<String>,
        /// The pool, if members of several pools have this address
        #[arg(long)]
        pool: Option<String>,
        #[command(flatten)]
        changing: Changing,
    },
}

#[derive(Debug, Args)]
pub(crate) struct MemberOptions {
    /// Its share of the traffic: 0 (drain) to 256, 1 if left out
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) weight: Option<i64>,
    /// Whether it only serves while no other member can
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) backup: Option<bool>,
}

#[derive(Debug, Args)]
pub(crate) struct MemberEdit {
    /// The load balancer, by name or id
    pub(crate) load_balancer: String,
    /// The member: address and port, name or id
    pub(crate) member: String,
    /// The pool, if members of several pools have this address
    #[arg(long)]
    pub(crate) pool: Option<String>,
    /// A name for people
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) options: MemberOptions,
    /// Give it work again
    #[arg(long, conflicts_with = "disable")]
    pub(crate) enable: bool,
    /// Give it no new work, and keep its weight
    #[arg(long)]
    pub(crate) disable: bool,
    #[command(flatten)]
    pub(crate) changing: Changing,
}
