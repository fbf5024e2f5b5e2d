//! What each command does: build the request, send it, show the answer.

mod api_key;
mod audit;
mod certificate;
mod change;
mod documents;
mod find;
mod group;
mod key_file;
mod listener;
mod load_balancer;
mod member;
mod network;
mod pool;
mod project;
mod reset_password;
mod rule;
mod scaling;
mod service;
mod session;
mod suggest;
mod user;

use std::future::Future;

use crate::args::{Arguments, Command, Global, UserCommand};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::Output;
use crate::{instance_process, proxy_process, sample_server, up};

/// What a command works with.
pub(crate) struct Context {
    client: Client,
    output: Output,
}

/// Runs the command that was given.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { global, command } = arguments;
    match command {
        Command::Completions { shell } => documents::completions(shell),
        Command::Man(man) => documents::man(&man),
        Command::SampleServer(sample) => sample_server::run(&sample),
        Command::Up(up) => up::run(&global, &up),
        Command::Proxy(proxy) => proxy_process::run(&global, &proxy),
        Command::Instance(instance) => instance_process::run(instance),
        Command::Login(login) => block_on(session::login(&global, &login)),
        Command::Logout(logout) => block_on(session::logout(&logout)),
        Command::Whoami => with_service(&global, session::whoami),
        Command::Lb(command) => {
            with_service(&global, async |context| load_balancer::run(context, command).await)
        }
        Command::Listener(command) => {
            with_service(&global, async |context| listener::run(context, command).await)
        }
        Command::Pool(command) => {
            with_service(&global, async |context| pool::run(context, command).await)
        }
        Command::Member(command) => {
            with_service(&global, async |context| member::run(context, command).await)
        }
        Command::Rule(command) => {
            with_service(&global, async |context| rule::run(context, command).await)
        }
        Command::Cert(command) => {
            with_service(&global, async |context| certificate::run(context, command).await)
        }
        Command::Group(command) => {
            with_service(&global, async |context| group::run(context, command).await)
        }
        Command::Policy(command) => {
            with_service(&global, async |context| scaling::policy(context, command).await)
        }
        Command::Schedule(command) => {
            with_service(&global, async |context| scaling::schedule(context, command).await)
        }
        Command::Hook(command) => {
            with_service(&global, async |context| scaling::hook(context, command).await)
        }
        Command::Network(command) => {
            with_service(&global, async |context| network::run(context, command).await)
        }
        Command::Key(command) => {
            with_service(&global, async |context| api_key::run(context, command).await)
        }
        Command::KeyFile(command) => {
            with_service(&global, async |context| key_file::run(context, command).await)
        }
        Command::User(UserCommand::ResetPassword(reset)) => {
            block_on(reset_password::run(&global, &reset))
        }
        Command::User(command) => {
            with_service(&global, async |context| user::run(context, command).await)
        }
        Command::Project(command) => {
            with_service(&global, async |context| project::run(context, command).await)
        }
        Command::Audit(arguments) => {
            with_service(&global, async |context| audit::run(context, arguments).await)
        }
        Command::Status => with_service(&global, service::status),
    }
}

/// Connects and runs `work`.
fn with_service(
    global: &Global,
    work: impl AsyncFnOnce(&mut Context) -> Result<(), Failure>,
) -> Result<(), Failure> {
    block_on(async {
        let mut context =
            Context { client: Client::connect(global).await?, output: Output::new(global.output) };
        work(&mut context).await
    })
}

/// Runs a future on this thread.
fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::system("starting"))?.block_on(work)
}
