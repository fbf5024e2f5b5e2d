//! `elbow up`: everything on this machine. Opens the Ledger, makes what the first start makes, starts the API, control
//! and one proxy process, and stops them in order.
//!
//! ```text
//!   lock + Ledger -> API sockets -> first start -> control + proxy -> demo -> banner -> Ctrl-C
//!                                                                                   stop: API, proxy, instances, Ledger
//! ```

mod banner;
mod data_dir;
mod demo;
mod drivers;
mod first_start;
mod https;
mod key_files;
mod machine;
mod oidc;
mod sealing;
mod surroundings;

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use elbow_api::oidc::Oidc;
use elbow_api::{ApiState, Closing, Settings, Transport};
use elbow_control::{Control, Handle, ProxyCommand, ProxyOutput};
use elbow_model::instance::Phase;
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::observed::Observed;
use elbow_model::questions::Questions;
use elbow_model::scaling_group::{ScalingGroup, ScalingProcess};
use elbow_model::status::{self, MemberHealth, Status};
use elbow_model::value::{LoadBalancerId, ScalingGroupId};
use elbow_model::world::World;
use elbow_proxy::access_log::Target;
use elbow_store::ledger::{Ledger, Storage};
use elbow_vault::password;
use elbow_vault::seal::{CurrentSeal, Seal};
use elbow_vault::token::Tokens;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Duration, timeout};

use self::banner::{Admin, Banner, DemoLines};
pub(crate) use self::data_dir::DataDir;
use self::demo::Demo;
use self::key_files::Keys;
pub(crate) use self::machine::now;
use crate::args::{Global, UpArguments};
use crate::failure::Failure;
use crate::{logging, output};

/// The environment's password for the first user.
const ADMIN_PASSWORD: &str = "ELBOW_ADMIN_PASSWORD";
/// How long requests in flight may take to finish when the service stops.
const GRACE: Duration = Duration::from_secs(10);
/// How long the banner waits for what is intended, the demonstration included, to be in force.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it waits between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// What the key files of the data directory hold.
struct Secrets {
    tokens: Tokens,
    seal: Seal,
}

/// Runs the service until a signal ends it.
pub(crate) fn run(global: &Global, arguments: &UpArguments) -> Result<(), Failure> {
    logging::start(arguments.log_format)?;
    if let Err(error) = elbow_proxy::sys::descriptors::raise_limit() {
        tracing::warn!(%error, "the limit of descriptors stays as it is");
    }
    let data_dir = DataDir::open(&global.data_dir)?;
    let storage = Storage::Sqlite { directory: data_dir.path().to_owned() };
    data_dir.refuse_lost_store(&storage)?;
    let ledger = Ledger::open(&storage).map_err(|trouble| Failure::Start {
        what: trouble.to_string(),
        next: format!("elbow status --data-dir {}", data_dir.path().display()),
    })?;
    let tokens = Tokens::open(&data_dir.token_key())
        .map_err(|error| Failure::Start { what: error.to_string(), next: "elbow up".to_owned() })?;
    let seal = sealing::open(&data_dir, &ledger.world())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::system("starting"))?;
    runtime.block_on(serve(arguments, data_dir, ledger, Secrets { tokens, seal }))
}

async fn serve(
    arguments: &UpArguments,
    data_dir: DataDir,
    ledger: Ledger,
    secrets: Secrets,
) -> Result<(), Failure> {
    // Before anything starts, so that no signal is lost.
    let mut ends = Ends::watch()?;
    let program =
        std::env::current_exe().map_err(Failure::system("finding this program's file"))?;
    let (tcp, address) = listen(arguments.listen).await?;
    let local = listen_locally(&data_dir)?;
    let admin = first_start(&ledger).await?;
    let Secrets { tokens, seal } = secrets;
    let seal = Arc::new(CurrentSeal::new(seal));
    let key_files = Keys::start(&data_dir, &ledger, &tokens, &seal);
    let transport = https::transport(&arguments.https, &ledger, &seal)?;
    let is_secure = matches!(transport, Transport::Tls(_));
    let scheme = if is_secure { "https" } else { "http" };
    let oidc = oidc::open(&arguments.oidc, &format!("{scheme}://{address}"))?;
    let control = start_control(&ledger, &data_dir, &program, arguments)?;
    let closing = Closing::default();
    let doors = Doors { key_files, oidc, questions: control.questions() };
    let state = api_state(&ledger, tokens, seal, doors);
    let api = start_api(state, Sockets { tcp, transport, local }, &closing);

    // What was made once comes back without being asked for, as everything else does.
    let demo = demo::start(&ledger, arguments.demo).await;
    if let Ok(demo) = &demo {
        if timeout(PATIENCE, in_force(&ledger)).await.is_err() {
            tracing::warn!("no proxy runs the newest revision yet; `elbow status` tells more");
        }
        let demo = match demo {
            Some(demo) => demo_lines(&ledger, demo).await,
            None => None,
        };
        let banner = Banner { scheme, api: address, data_dir: data_dir.path(), admin, demo };
        // Nobody reads it: no reason not to serve.
        if let Err(failure) = output::print(&banner.text()) {
            tracing::warn!(%failure, "where the service is could not be printed");
        }
        ends.next().await;
        tracing::info!("stopping");
    }
    closing.begin();
    control.stop(GRACE).await;
    if let Err(error) = api.await {
        tracing::error!(%error, "the API did not stop in order");
    }
    ledger.close().await;
    demo.map(drop)
}

fn start_control(
    ledger: &Ledger,
    data_dir: &DataDir,
    program: &Path,
    arguments: &UpArguments,
) -> Result<Handle, Failure> {
    let args: [&OsStr; 5] = [
        "proxy".as_ref(),
        "--data-dir".as_ref(),
        data_dir.path().as_ref(),
        "--log-format".as_ref(),
        arguments.log_format.word().as_ref(),
    ];
    let output =
        if logging::outlives_this_process() { ProxyOutput::Inherit } else { ProxyOutput::File };
    let is_logged_here = arguments.access_log.target() == Target::StandardOutput;
    let proxy = ProxyCommand {
        program: program.to_owned(),
        args: args.into_iter().map(OsStr::to_owned).chain(arguments.access_log.forward()).collect(),
        output,
        stdout: if is_logged_here { ProxyOutput::Inherit } else { output },
    };
    let control = Control {
        ledger: ledger.clone(),
        data_dir: data_dir.path().to_owned(),
        socket: data_dir.link_socket(),
        proxy: Some(proxy),
        drivers: drivers::config(
            data_dir,
            program,
            &ledger.world(),
            arguments.container_engine.as_deref(),
        )?,
    };
    control
        .run()
        .map_err(|error| Failure::Start { what: error.to_string(), next: "elbow up".to_owned() })
}

/// The signals that end the service.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    fn watch() -> Result<Self, Failure> {
        let watch = |kind| signal(kind).map_err(Failure::system("watching for signals"));
        Ok(Self {
            interrupt: watch(SignalKind::interrupt())?,
            terminate: watch(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

async fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let refused = |error: std::io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program listens there".to_owned(),
            _ => error.to_string(),
        };
        let what = format!("the API cannot listen on {wanted}: {why}");
        Failure::Start { what, next: format!("elbow up --listen {}:PORT", wanted.ip()) }
    };
    let listener = TcpListener::bind(wanted).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, address))
}

fn listen_locally(data_dir: &DataDir) -> Result<UnixListener, Failure> {
    let path = data_dir.api_socket();
    // Nobody else listens: the Ledger holds the directory's lock.
    data_dir::remove_stale(&path)?;
    let listener = UnixListener::bind(&path).map_err(|source| Failure::File {
        verb: "listen on",
        path: path.clone(),
        source,
    })?;
    data_dir::restrict(&path)?;
    Ok(listener)
}

/// Makes what the first start makes, if this is the first.
async fn first_start(ledger: &Ledger) -> Result<Admin, Failure> {
    if !first_start::is_due(&ledger.world()) {
        return Ok(Admin::Known);
    }
    let failed =
        |what: String| Failure::Start { what, next: "elbow up --data-dir OTHER".to_owned() };
    let given = std::env::var(ADMIN_PASSWORD).ok().filter(|password| !password.is_empty());
    let (admin, password) = match given {
        Some(password) => (Admin::FromEnvironment, password),
        None => {
            let random = password::random_password();
            (Admin::Random, random.map_err(|error| failed(error.to_string()))?)
        }
    };
    let shown = (admin == Admin::Random).then(|| banner::first_password(&password));
    let hashed = tokio::task::spawn_blocking(move || password::hash(&password)).await;
    let hash = hashed
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.to_string()))?;
    let change = first_start::change(hash, now()).map_err(|invalid| failed(invalid.0))?;
    // Before it is stored: a password that never came to be is harmless, one that nobody saw is lost.
    if let Some(shown) = shown {
        output::print(&shown)?;
    }
    let committed = ledger.commit(move |_| Ok(change)).await;
    committed.map(|_| admin).map_err(|error| failed(format!("the first start failed: {error}")))
}

/// What the API does by the program's help.
struct Doors {
    key_files: Arc<Keys>,
    oidc: Option<Arc<Oidc>>,
    questions: Arc<dyn Questions>,
}

/// What the API and the console listen on.
struct Sockets {
    tcp: TcpListener,
    transport: Transport,
    local: UnixListener,
}

fn api_state(ledger: &Ledger, tokens: Tokens, seal: Arc<CurrentSeal>, doors: Doors) -> ApiState {
    let Doors { key_files, oidc, questions } = doors;
    let settings = Settings {
        scrape_token: None,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        oidc,
        key_files: Some(key_files),
    };
    let machine = Arc::new(surroundings::ThisMachine::new());
    ApiState::new(ledger.clone(), tokens, seal, machine, questions, settings)
}

fn start_api(state: ApiState, sockets: Sockets, closing: &Closing) -> tokio::task::JoinHandle<()> {
    let console = elbow_console::router(state.clone());
    let public = elbow_api::router_beside(state.clone(), console);
    let operator = elbow_api::operator_router(state);
    let (first, second) = (closing.clone(), closing.clone());
    let Sockets { tcp, transport, local } = sockets;
    tokio::spawn(async move {
        tokio::join!(
            elbow_api::serve(tcp, transport, public, first),
            elbow_api::serve_local(local, operator, second)
        );
    })
}

/// What the banner says of the demonstration, once it is in force.
async fn demo_lines(ledger: &Ledger, demo: &Demo) -> Option<DemoLines> {
    let (id, group, instead_of_usual) = match demo {
        Demo::Runs { balancer, group, instead_of_usual } => (*balancer, *group, instead_of_usual),
        Demo::Earlier { name } => return Some(DemoLines::Earlier { name: name.to_string() }),
    };
    let in_force = timeout(PATIENCE, settled(ledger, id, group)).await;
    let world = ledger.world();
    let balancer = world.load_balancer(id)?;
    let status = in_force.unwrap_or_else(|_| status_of(ledger, balancer));
    let trouble = match &status {
        Status::Active => None,
        other => Some(format!("{} {}", other.word(), other.reason().unwrap_or_default())),
    };
    let listener = balancer.listeners.first()?;
    let group = world.scaling_group(group)?;
    Some(DemoLines::Runs {
        name: balancer.settings.name.to_string(),
        address: SocketAddr::new(balancer.vip, listener.settings.port.get()),
        group: group.settings.name.to_string(),
        servers: serving(&world, group),
        most: group.settings.max.get(),
        trouble,
        instead_of_usual: instead_of_usual.clone(),
    })
}

/// Waits until a proxy is there, and every one runs what is intended now. Looks often: there are no news of
/// proxies that come when there is no load balancer yet.
async fn in_force(ledger: &Ledger) {
    let revision = ledger.world().revision();
    loop {
        let observed = ledger.observed();
        let are_up_to_date = observed.proxies.values().all(|proxy| proxy.revision >= revision);
        if !observed.proxies.is_empty() && are_up_to_date {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until a load balancer is in force with all instances of a group healthy behind it, or cannot be.
async fn settled(ledger: &Ledger, id: LoadBalancerId, group: ScalingGroupId) -> Status {
    let mut news = ledger.watch();
    loop {
        let world = ledger.world();
        let (Some(balancer), Some(group)) = (world.load_balancer(id), world.scaling_group(group))
        else {
            return Status::Disabled;
        };
        let status = status_of(ledger, balancer);
        let is_settled = match status {
            Status::Pending { .. } => false,
            // While some are not known to be healthy, not all take turns.
            Status::Active => {
                let all_serve = serving(&world, group) >= group.desired.get();
                // Who suspended it does not wait for more.
                let all_serve = all_serve || !group.does(ScalingProcess::ScaleOut);
                all_serve && all_are_known(balancer, &ledger.observed())
            }
            Status::Error { .. } | Status::Disabled => true,
        };
        if is_settled {
            return status;
        }
        // However much was missed: the next look is at the present.
        if let Err(RecvError::Closed) = news.recv().await {
            return status;
        }
    }
}

/// Waits until a load balancer is no longer pending.
async fn in_force_or_not(ledger: &Ledger, id: LoadBalancerId) {
    let mut news = ledger.watch();
    let is_pending = || {
        let world = ledger.world();
        let balancer = world.load_balancer(id);
        balancer.is_some_and(|b| matches!(status_of(ledger, b), Status::Pending { .. }))
    };
    while is_pending() {
        if let Err(RecvError::Closed) = news.recv().await {
            return;
        }
    }
}

/// How many instances of a group are in service.
fn serving(world: &World, group: &ScalingGroup) -> u32 {
    let instances = world.instances_of(group.id);
    let count = instances.filter(|instance| instance.phase == Phase::InService).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether no member's health is still to be found out, or bad.
fn all_are_known(balancer: &LoadBalancer, observed: &Observed) -> bool {
    let members =
        balancer.pools.iter().flat_map(|pool| pool.members.iter().map(move |m| (pool, m)));
    members.into_iter().all(|(pool, member)| match status::of_member(member, pool, observed) {
        MemberHealth::Healthy | MemberHealth::Draining | MemberHealth::Unmonitored => true,
        MemberHealth::Unknown | MemberHealth::Unhealthy => false,
    })
}

fn status_of(ledger: &Ledger, balancer: &LoadBalancer) -> Status {
    status::of_load_balancer(balancer, &ledger.observed())
}
