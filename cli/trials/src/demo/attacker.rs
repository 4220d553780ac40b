//! What no honest command does: requests changed after signing, sent twice, or made by a stranger.

use super::cast::{Cast, Researcher};
use anyhow::{Context as _, Result, bail};
use medshare_agent::client::NodeClient;
use medshare_agent::request::{Following, follow};
use medshare_exchange::api::ErrorAnswer;
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_genesis::keys::{RequestorKeys, StoredKeys as _};
use medshare_ledger::facts::GenesisFacts;
use medshare_ledger::id::Timestamp;
use medshare_ledger::purpose::{ActReason, Purpose};
use rand_core::{OsRng, RngCore};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest that the request which is sent twice may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Somebody with a network card and no scruples.
pub struct Attacker<'a> {
    cast: &'a Cast,
    facts: GenesisFacts,
}

impl<'a> Attacker<'a> {
    /// An attacker on this network.
    ///
    /// # Errors
    /// When the genesis cannot be read.
    pub fn new(cast: &'a Cast) -> Result<Self> {
        Ok(Self { facts: medshare_genesis::file::load(&cast.layout.genesis())?, cast })
    }

    /// A request of this researcher, changed after she signed it; returns why it was refused.
    ///
    /// # Errors
    /// When it is not refused, or for another reason.
    pub fn tampered(&self, victim: &Researcher) -> Result<String> {
        let keys = RequestorKeys::load(&victim.key, None)?;
        let mut signed = SignedRequest::sign(self.request(&keys)?, &keys.signing);
        signed.request.purpose.reason = ActReason::PublicHealth;
        self.refused(&signed, "bad-signature")
    }

    /// A request signed with a key that nobody registered; returns why it was refused.
    ///
    /// # Errors
    /// When it is not refused, or for another reason.
    pub fn stranger(&self) -> Result<String> {
        let keys = RequestorKeys::generate(&mut OsRng);
        self.refused(&SignedRequest::sign(self.request(&keys)?, &keys.signing), "unknown-key")
    }

    /// A good request, sent a second time by somebody who overheard it, once it was answered; returns why that was refused.
    ///
    /// # Errors
    /// When it is not refused, or for another reason.
    pub fn replay(&self, victim: &Researcher) -> Result<String> {
        let keys = RequestorKeys::load(&victim.key, None)?;
        let signed = SignedRequest::sign(self.request(&keys)?, &keys.signing);
        let (status, body) = self.post(&signed)?;
        if status != 202 {
            bail!("the request itself was refused with {status}: {body}");
        }
        let node = NodeClient::new(vec![self.url()?.parse().context("a node's address is not valid")?])?;
        follow(&Following::at_owner(&node, signed.hash(), PATIENCE), serde_json::from_str(&body)?, |_| ())?;
        self.refused(&signed, "replay")
    }

    fn request(&self, keys: &RequestorKeys) -> Result<DataRequest> {
        let dataset = self.facts.datasets.first().context("the genesis has no data set")?;
        let mut nonce = [0; 16];
        OsRng.fill_bytes(&mut nonce);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let created = Timestamp(u64::try_from(since.as_millis()).unwrap_or_default());
        Ok(DataRequest {
            network: self.facts.network_id(),
            key: keys.signing.verifying_key(),
            owner: dataset.owner,
            dataset: dataset.id.clone(),
            terms_version: dataset.rules_version,
            record_type: dataset.record_type,
            purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: Vec::new() },
            created,
            deadline: created.plus_ms(3_600_000),
            nonce,
        })
    }

    fn refused(&self, signed: &SignedRequest, code: &str) -> Result<String> {
        let (status, body) = self.post(signed)?;
        let ErrorAnswer { error } = serde_json::from_str(&body)
            .with_context(|| format!("expected a refusal with {code}, got {status}: {body}"))?;
        if error.code != code {
            bail!("expected a refusal with {code}, got {}: {}", error.code, error.message);
        }
        Ok(error.message)
    }

    fn url(&self) -> Result<&str> {
        self.cast.founded.urls.first().map(String::as_str).context("no node")
    }

    fn post(&self, signed: &SignedRequest) -> Result<(u16, String)> {
        let config = ureq::config::Config::builder()
            .timeout_global(Some(Duration::from_secs(20)))
            .http_status_as_error(false)
            .build();
        let mut answer = medshare_lookup::agent(config)
            .post(format!("{}/v1/requests", self.url()?))
            .header("content-type", "application/octet-stream")
            .send(signed.encode().as_slice())
            .context("the owner's node does not answer")?;
        Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
    }
}
