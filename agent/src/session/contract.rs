//! The contract of a package in its sandbox, and the effects that it asks for.

use super::{Session, SessionError};
use crate::clock;
use crate::vault::{MadeReport, SessionRecord};
use medshare_contract_abi::usage::{
    ReportBody, UsageCall, UsageEffect, UsageInput, UsageOutcome, UsageParameters, UsageState,
};
use medshare_contract_host::{UsageContract, compiled};
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::manifest::Manifest;
use medshare_exchange::report::{ReportEnvelope, ReportText, report_commitment};
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::id::Timestamp;
use medshare_ledger::side_block::Report;
use rand_core::OsRng;

/// The contract that travels in a package, with this package's parameters.
pub(super) struct Guard {
    pub(super) contract: UsageContract,
    parameters: UsageParameters,
    contract_key: SealingPublicKey,
}

impl Guard {
    /// Compiles the contract of a package. Its hash is covered by the package's id, which the parent block carries.
    pub(super) fn of(manifest: &Manifest) -> Result<Self, SessionError> {
        let parameters =
            manifest.usage_parameters().ok_or(SessionError::Misbehaves { what: "its parameters are unknown" })?;
        let contract = compiled(&manifest.contract)?;
        Ok(Self { contract: UsageContract::new(contract), parameters, contract_key: manifest.contract_key.clone() })
    }
}

impl Session<'_> {
    pub(super) fn usage(&self) -> Result<UsageState, SessionError> {
        self.record.usage().ok_or(SessionError::Misbehaves { what: "what it remembers cannot be read" })
    }

    /// Runs the contract, performs its effects in order and stores what is left; a report it makes is stored, not yet sent. What could not
    /// be stored is not asked.
    pub(super) fn run(&mut self, call: UsageCall) -> Result<UsageOutcome, SessionError> {
        self.run_of(call, None)
    }

    /// The same of a violation whose report, of this hash, can never be recorded: that it was made anew is stored with the new one.
    pub(super) fn run_anew(&mut self, call: UsageCall, before: Hash32) -> Result<UsageOutcome, SessionError> {
        self.run_of(call, Some(before))
    }

    fn run_of(&mut self, call: UsageCall, before: Option<Hash32>) -> Result<UsageOutcome, SessionError> {
        self.vault.make_room().map_err(|e| SessionError::unprepared(self.vault.folder(), e))?;
        let now = clock::now();
        let input = self.input(call, now)?;
        let outcome = self.guard.contract.decide(&input)?;
        let mut after = self.record.clone();
        after.remember(outcome.state);
        let agent = self.record.agent().ok_or(SessionError::Destroyed)?;
        let (guard, input, requestor) = (&self.guard, &input, self.agent.keys);
        let mut desk = ReportDesk { guard, input, agent: &agent, requestor, now, key: None, sealing: false };
        for effect in &outcome.effects {
            desk.perform(effect, &mut after)?;
        }
        if let Some(before) = before.filter(|_| outcome.report().is_some()) {
            after.made_anew(before);
        }
        let made = after.pending.clone();
        if let Err(error) = self.store(after) {
            // nothing here remembers a violation that the contract has judged: it goes out all the same
            if let Some(violation) = made.filter(MadeReport::is_of_violation) {
                drop(self.hand_to_each(&violation.envelope));
            }
            return Err(error);
        }
        if outcome.effects.contains(&UsageEffect::DestroyKeys) {
            self.vault.discard_kept()?;
        }
        Ok(outcome)
    }

    pub(super) fn input(&self, call: UsageCall, now: Timestamp) -> Result<UsageInput, SessionError> {
        Ok(UsageInput { parameters: self.guard.parameters.clone(), state: self.usage()?, call, now_ms: now.0 })
    }
}

/// Performs effects: fetches the key, seals, signs and numbers the report, ends access, destroys keys.
struct ReportDesk<'a> {
    guard: &'a Guard,
    input: &'a UsageInput,
    agent: &'a SigningKey,
    /// Who keeps in letters to herself what only she needs.
    requestor: &'a RequestorKeys,
    now: Timestamp,
    key: Option<SealingPublicKey>,
    sealing: bool,
}

impl ReportDesk<'_> {
    fn perform(&mut self, effect: &UsageEffect, record: &mut SessionRecord) -> Result<(), SessionError> {
        match effect {
            UsageEffect::RetrieveKey => self.key = Some(self.guard.contract_key.clone()),
            UsageEffect::Encrypt => self.sealing = self.key.is_some(),
            UsageEffect::Report(body) => self.report(body, record)?,
            UsageEffect::RefuseAccess => record.drop_data_key(),
            UsageEffect::DestroyKeys => record.destroy_keys(),
        }
        Ok(())
    }

    fn report(&self, body: &ReportBody, record: &mut SessionRecord) -> Result<(), SessionError> {
        let misbehaves = |what| Err(SessionError::Misbehaves { what });
        let key = match &self.key {
            Some(key) if self.sealing => key,
            _ => return misbehaves("it reports without having fetched the key and sealed"),
        };
        if record.pending.is_some() {
            return misbehaves("it reports twice in one call");
        }
        if Some(body.sequence) != self.input.state.sequence.checked_add(1) {
            return misbehaves("its reports do not follow each other");
        }
        let text = ReportText { input: self.input.clone(), body: body.clone() };
        let lease = &record.lease;
        let sealed = text
            .seal(key, lease.parent, lease.id, &mut OsRng)
            .map_err(|_| SessionError::Misbehaves { what: "its key is not one that can be sealed to" })?;
        let report = Report {
            parent: lease.parent,
            lease: lease.id,
            sequence: body.sequence,
            previous: record.last_report,
            kind: body.kind.code(),
            at: self.now,
            commitment: report_commitment(&sealed),
        };
        record.last_report = report.hash();
        record.reports = body.sequence;
        let envelope = ReportEnvelope { agent_signature: self.agent.sign(&report), report, sealed };
        let made = MadeReport::new(envelope, record.lease.expires);
        record.pending = Some(match body.violation {
            true => made.of_violation(&self.input.call, self.requestor, &mut OsRng)?,
            false => made,
        });
        Ok(())
    }
}
