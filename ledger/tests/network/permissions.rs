//! A stand-in for the on-chain contract, enough of its state machine for the ledger's own rules.

use medshare_contract_abi::ReportKind;
use medshare_contract_abi::permissions::{
    PermissionCall as Call, PermissionEffects, PermissionInput, PermissionOutcome, PermissionRecord,
    PermissionRejection as Refusal, Status,
};
use medshare_ledger::execution::{ContractFault, Contracts};

/// Decides like the contract; refuses code that starts with `bad`; fails on demand.
#[derive(Default)]
pub struct TestContracts {
    pub fails: bool,
}

impl Contracts for TestContracts {
    fn permissions(&self, input: &PermissionInput) -> Result<PermissionOutcome, ContractFault> {
        if self.fails {
            return Err(ContractFault::Failed);
        }
        Ok(match decide(input) {
            Ok((record, effects)) => PermissionOutcome::Applied { record, effects },
            Err(refusal) => PermissionOutcome::Rejected(refusal),
        })
    }

    fn accepts_code(&self, code: &[u8]) -> bool {
        !code.starts_with(b"bad")
    }
}

fn decide(input: &PermissionInput) -> Result<(PermissionRecord, PermissionEffects), Refusal> {
    let mut effects = PermissionEffects::default();
    if let Call::Grant { sensitivity, violations_mask, exempt, expires_at_ms } = input.call {
        let record = PermissionRecord {
            status: Status::Granted,
            sensitivity,
            violations_mask,
            exempt,
            expires_at_ms,
            openings: 0,
            reports: 0,
            violations: 0,
            undecided: 0,
            destroyed: false,
        };
        return if input.record.is_some() { Err(Refusal::AlreadyGranted) } else { Ok((record, effects)) };
    }
    let mut record = input.record.ok_or(Refusal::NotGranted)?;
    if let (Call::Uphold, Status::Upheld | Status::Retrieved, 1..) = (input.call, record.status, record.undecided) {
        record.undecided = 0;
        return Ok((record, effects));
    }
    if record.status == Status::Retrieved && !matches!(input.call, Call::Report(_)) {
        return Err(Refusal::Final);
    }
    match input.call {
        Call::Open if record.is_over(input.now_ms) => return Err(Refusal::Expired),
        Call::Open if !record.status.is_live() => return Err(Refusal::Revoked),
        Call::Open => {
            record.status = Status::Opened;
            record.openings += 1;
        }
        Call::Report(ReportKind::Retrieved) if record.status != Status::Retrieved => {
            return Err(Refusal::NotRetrieved);
        }
        Call::Report(kind) => {
            record.reports += 1;
            record.destroyed |= kind == ReportKind::Retrieved;
            if record.is_violation(kind) {
                record.violations += 1;
                record.undecided += 1;
                effects.revoke_access = true;
                record.status = if record.status.is_live() { Status::Revoked } else { record.status };
            }
        }
        Call::Revoke { .. } if record.status.is_live() => {
            record.status = Status::Revoked;
            effects.revoke_access = true;
        }
        Call::Revoke { .. } => return Err(Refusal::Revoked),
        Call::Retrieve { judges_all } => {
            effects.revoke_access = record.status.is_live();
            record.status = Status::Retrieved;
            record.undecided = if judges_all { 0 } else { record.undecided };
        }
        _ if record.status.is_live() => return Err(Refusal::NotRevoked),
        _ if record.status == Status::Upheld => return Err(Refusal::AlreadyDecided),
        Call::Review if record.status == Status::UnderReview => return Err(Refusal::AlreadyUnderReview),
        Call::Review => record.status = Status::UnderReview,
        Call::Regrant => (record.status, record.undecided) = (Status::Regranted, 0),
        Call::Uphold => (record.status, record.undecided) = (Status::Upheld, 0),
        Call::Grant { .. } => return Err(Refusal::AlreadyGranted),
    }
    Ok((record, effects))
}
