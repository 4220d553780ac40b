//! The addresses of a name.

use hickory_resolver::config::{LookupIpStrategy, ResolverConfig, ResolverOpts};
use hickory_resolver::name_server::TokioConnectionProvider;
use hickory_resolver::{TokioResolver, system_conf};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

/// Where the system names its name servers.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Why a name has no address.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// Nobody knows the name.
    #[error("there is no such host")]
    Unknown,
    /// No name server answered in time.
    #[error("no name server answered within {} s", within.as_secs())]
    Silent {
        /// How long they were given.
        within: Duration,
    },
    /// The system names nobody to ask.
    #[error("names cannot be looked up without /etc/resolv.conf; an IP address needs none")]
    NoNameServers,
    /// The lookup could not be made.
    #[error("the name cannot be looked up: {reason}")]
    Failed {
        /// What went wrong.
        reason: String,
    },
}

/// The addresses of `host`, a name or an address itself, of IPv4 first.
///
/// Blocks for as long as `within`, and may be called from any thread, also from one that drives tasks.
///
/// # Errors
/// [`LookupError`] when there is no address.
pub fn addresses(host: &str, within: Duration) -> Result<Vec<IpAddr>, LookupError> {
    if let Some(known) = known(host) {
        return Ok(known);
    }
    if !Path::new(RESOLV_CONF).exists() {
        return in_hosts_file(host, within);
    }
    let (config, options) = system_conf::read_system_conf()
        .map_err(|error| LookupError::Failed { reason: format!("{RESOLV_CONF}: {error}") })?;
    ask(host, config, options, within)
}

/// What needs nobody: addresses as they are written, and `localhost` (RFC 6761, section 6.3).
fn known(host: &str) -> Option<Vec<IpAddr>> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse() {
        return Some(vec![address]);
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    (name == "localhost" || name.ends_with(".localhost"))
        .then(|| vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])
}

/// Without name servers, names are those of `/etc/hosts`.
fn in_hosts_file(host: &str, within: Duration) -> Result<Vec<IpAddr>, LookupError> {
    ask(host, ResolverConfig::new(), ResolverOpts::default(), within).map_err(|_| LookupError::NoNameServers)
}

fn ask(
    host: &str,
    config: ResolverConfig,
    mut options: ResolverOpts,
    within: Duration,
) -> Result<Vec<IpAddr>, LookupError> {
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let resolver = TokioResolver::builder_with_config(config, TokioConnectionProvider::default())
                .with_options(options)
                .build();
            Ok::<_, std::io::Error>(tokio::time::timeout(within, resolver.lookup_ip(host)).await)
        })
    };
    // A runtime cannot be driven by a thread that drives another.
    let outcome = std::thread::scope(|scope| scope.spawn(work).join());
    match outcome {
        Ok(Ok(Ok(Ok(found)))) => {
            let mut found: Vec<IpAddr> = found.iter().collect();
            found.sort_by_key(IpAddr::is_ipv6);
            if found.is_empty() { Err(LookupError::Unknown) } else { Ok(found) }
        }
        Ok(Ok(Ok(Err(error)))) if error.is_no_records_found() => Err(LookupError::Unknown),
        Ok(Ok(Ok(Err(error)))) => Err(LookupError::Failed { reason: error.to_string() }),
        Ok(Ok(Err(_))) => Err(LookupError::Silent { within }),
        Ok(Err(error)) => Err(LookupError::Failed { reason: error.to_string() }),
        Err(_) => Err(LookupError::Failed { reason: "the thread that asks ended early".to_owned() }),
    }
}

#[cfg(test)]
mod tests;
